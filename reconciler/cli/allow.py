"""--allow ACTION=N: what a person lets go in one run, and who that person is."""

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
SAID = re.compile(rf"({'|'.join(ACTIONS)})=([0-9]{{1,6}})")
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="ACTION=N",
        help="For this run alone: up to N targets of this action in all and in each account, whatever the limits. "
        "Repeatable. The ledger records who asked.",
    ),
]


def with_limit_override(repository: Repository, said: Sequence[str] | None, connections: Connections) -> Repository:
    """The repository with what is allowed for this run; git is asked only if GitHub does not say by whom.

    Raises BadParameter (exit 2) if it cannot be read, DoorClosed if nobody knows who asks.
    """
    limits: dict[Action, int] = {}
    for one in said or ():
        match = SAID.fullmatch(one)
        if not match:
            raise typer.BadParameter(f"'{one}' is not ACTION=N; write for example --allow kill=40")
        action: Action = "kill" if match[1] == "kill" else "disable"
        limits[action] = max(int(match[2]), limits.get(action, 0))
    return replace(repository, limit_override=LimitOverride(limits, actor(connections))) if limits else repository
