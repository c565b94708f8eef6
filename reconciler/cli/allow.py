"""--allow ACTION=N and --without-notice REASON: what a person allows for one run, and who that person is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, get_args

import typer

from reconciler.cli.actor import actor
from reconciler.connections import Connections
from reconciler.model.override import LimitOverride
from reconciler.model.repository import Repository
from reconciler.model.task import Action

ACTIONS: tuple[Action, ...] = get_args(Action)
OPTION = re.compile(rf"({'|'.join(ACTIONS)})=([0-9]{{1,6}})")
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="ACTION=N",
        help="In this run, allow up to N targets of this action, in total and per account, above the limits. "
        "Repeatable. The ledger records who asked.",
    ),
]
WithoutNotice = Annotated[
    str,
    typer.Option(
        "--without-notice",
        metavar="REASON",
        help="In this run, do at once what was held past its date, without telling its team of another date first. "
        "Its team is told by whom and why.",
    ),
]


def with_limit_override(
    repository: Repository, allow: Sequence[str] | None, without_notice: str, connections: Connections
) -> Repository:
    """The repository with what is allowed for this run; git's user is read only if GitHub names no actor.

    Raises BadParameter (exit 2) if an option is not ACTION=N, DoorClosed if it is unknown who asked.
    """
    limits: dict[Action, int] = {}
    for option in allow or ():
        match = OPTION.fullmatch(option)
        if not match:
            raise typer.BadParameter(f"'{option}' is not ACTION=N; write for example --allow kill=40")
        action: Action = "kill" if match[1] == "kill" else "disable"
        limits[action] = max(int(match[2]), limits.get(action, 0))
    why = " ".join(without_notice.split())
    if not (limits or why):
        return repository
    return replace(repository, limit_override=LimitOverride(limits, actor(connections), why))
