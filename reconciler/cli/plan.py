"""krampus plan and merge: what would be done, from one look, or from those of several jobs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.allow import Allow, WithoutNotice, with_limit_override
from reconciler.cli.common import (
    Now,
    Root,
    clock,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.cli.exit import Exit, exit_of
from reconciler.cli.github_outputs import write_outputs
from reconciler.cli.handed import writable
from reconciler.cli.plan_file import write_plan
from reconciler.cli.progress import progress
from reconciler.cli.schedule import Until, show_schedule, until_in_range
from reconciler.cli.shards import look_at_shard, looks_handed, missing_shards, shard_of
from reconciler.cli.show import PlanFormat, show_broken, show_plan, summarise
from reconciler.connections import Connections, ensure_right
from reconciler.errors import InvalidInput
from reconciler.model.notice import Delivery
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.pipeline import basis
from reconciler.pipeline import plan as planning
from reconciler.render.escape import log_line

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

PlanShard = Annotated[
    str, typer.Option(metavar="K/N", help="Only look at shard K of N, whole accounts, into --out, for `krampus merge`.")
]
LookFiles = Annotated[list[Path], typer.Argument(help="What `krampus plan --shard --out` wrote, one of each shard.")]
PlanOut = Annotated[
    Path | None,
    typer.Option(
        callback=writable, help="Also write the plan to this file, for `krampus record`; packed if it ends in .gz."
    ),
]
DetailedExitcode = Annotated[bool, typer.Option("--detailed-exitcode", help="Exit 4 when calls are due.")]
MaxShards = Annotated[
    int, typer.Option(min=1, max=256, help="The most jobs that may share the calls (GitHub's output `shards`).")
]


def plan(  # noqa: PLR0913, PLR0917  a command takes the options that it takes
    root: Root = Path(),
    now: Now = None,
    form: Annotated[PlanFormat, typer.Option("--format")] = PlanFormat.TEXT,
    out: PlanOut = None,
    detailed_exitcode: DetailedExitcode = False,
    base: Annotated[str, typer.Option(help="Also show what differs from the files at this commit (HEAD^1).")] = "",
    allow: Allow = None,
    without_notice: WithoutNotice = "",
    max_shards: MaxShards = 4,
    until: Until = None,
    shard: PlanShard = "",
) -> None:
    """Observe every target and show what would be done, call by call. Changes nothing.

    With --until, show instead what comes on each day until then, what is done and what is held, if nothing changes.

    In GitHub Actions with --out, the step's outputs are `shards` (a JSON list, empty if nothing is due) and `digest`.

    Exit 0 fine, 1 could not run, 2 invalid input, 3 something could not be seen or rendered, is over a limit, or given
    up.
    """
    with report_errors():
        at, part = clock(now), shard_of(shard) if shard else None
        last, repository = until_in_range(until, at), open_repository(root, now)
        connections = open_connections(root, repository.config, session(at), now)
        ensure_right(connections.ahead() if out and now is None else None)  # a run begins with it
        if part:
            unseen = look_at_shard(repository, connections, at, part, _needed(out, base, until))
            raise typer.Exit(Exit.PARTIAL if unseen else Exit.FINE)
        repository = with_limit_override(repository, allow, without_notice, connections)
        before = _before(connections, base) if base else None
        with progress("looking", len(repository.orders)) as tick:
            planned, _ = planning.make_plan(repository, connections, at, tick, before)
        renderer = partial(connections.renderer, base)
        _show_and_hand_on(planned, repository, renderer, form, out, max_shards, last)
    raise typer.Exit(_plan_exit(planned, connections, detailed_exitcode))


def merge(  # noqa: PLR0913, PLR0917  a command takes the options that it takes
    look_files: Annotated[
        list[Path], typer.Argument(help="What `krampus plan --shard --out` wrote, one of each shard.")
    ],
    root: Root = Path(),
    now: Now = None,
    form: Annotated[PlanFormat, typer.Option("--format")] = PlanFormat.TEXT,
    out: PlanOut = None,
    detailed_exitcode: DetailedExitcode = False,
    allow: Allow = None,
    without_notice: WithoutNotice = "",
    max_shards: MaxShards = 4,
) -> None:
    """Decide on what the jobs of `krampus plan --shard` saw: one plan, as if one job had looked. Changes nothing.

    Of a shard that handed nothing over each target is unseen; the rest goes on.

    Exit codes and outputs as for `krampus plan`.
    """
    with report_errors():
        at, repository = clock(now), open_repository(root, now)
        connections = open_connections(root, repository.config, session(at), now)
        ensure_right(connections.ahead() if out and now is None else None)
        repository = with_limit_override(repository, allow, without_notice, connections)
        parts = looks_handed(look_files, repository, connections.report_branch().head(), at)
        for missing in missing_shards(parts):
            print(
                log_line(f"krampus: shard {missing} handed over nothing, so its accounts are unseen"), file=sys.stderr
            )
        planned = planning.merge(repository, connections, at, parts)
        _show_and_hand_on(planned, repository, connections.renderer, form, out, max_shards, None)
    raise typer.Exit(_plan_exit(planned, connections, detailed_exitcode))


def _needed(out: Path | None, base: str, until: object) -> Path:
    """Where a shard writes; BadParameter if that is not said, or if more is asked than a shard knows."""
    if base or until:
        raise typer.BadParameter("--shard only looks; --base and --until are for a whole plan")
    if out is None:
        raise typer.BadParameter("--shard hands over what it saw: say where with --out")
    return out


def _show_and_hand_on(  # noqa: PLR0913, PLR0917  likewise
    planned: Plan,
    repository: Repository,
    renderer: Callable[[], Renderer],
    form: PlanFormat,
    out: Path | None,
    max_shards: int,
    until: date | None,
) -> None:
    if out:
        write_plan(planned, out)
        write_outputs(planned, max_shards)
    if until:
        show_schedule(planned, until, form, renderer)
    else:
        show_plan(planned, repository, form, renderer)
    summarise(planned, repository, renderer)


def _plan_exit(planned: Plan, connections: Connections, detailed_exitcode: bool) -> Exit:
    show_broken(connections.broken)
    troubled = exit_of(planned, (), Delivery(), connections.broken)
    return Exit.CALLS_DUE if detailed_exitcode and planned.ready and troubled is Exit.FINE else troubled


def _before(connections: Connections, commit: str) -> Repository | None:
    """The files at a commit; None, and a word, if they had faults: there is then nothing to compare with."""
    try:
        return basis.load_before(connections, commit)
    except InvalidInput as invalid:
        message = f"krampus: the files of {commit} have {len(invalid.faults)} faults, so nothing is compared with them"
        print(log_line(message), file=sys.stderr)
        return None
