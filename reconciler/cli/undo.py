"""krampus undo: undoes what a task did."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from reconciler.cli.actor import actor
from reconciler.cli.common import (
    Now,
    Root,
    clock,
    clock_to_write_by,
    moment,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.cli.exit import Exit
from reconciler.cli.github_outputs import write_outputs
from reconciler.cli.handed import writable
from reconciler.cli.plan_file import write_plan
from reconciler.cli.show import PlanFormat, show_broken, show_outcomes, show_plan, show_undelivered
from reconciler.cli.undo_text import dry_run_text, subject
from reconciler.cli.waiting import say_waiting, wait_until_free
from reconciler.connections import Connections
from reconciler.errors import OtherRun
from reconciler.model.fields import DURATION, Duration
from reconciler.model.plan import Plan, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.undo_request import UndoRequest
from reconciler.pipeline import plan as planning
from reconciler.pipeline import run as running
from reconciler.publish.missing_ledger import ensure_whole
from reconciler.render.escape import log_line, log_text

Run = Annotated[str, typer.Option("--run", metavar="RUN", help="Instead, all that one run did, of any task.")]
AllSince = Annotated[
    str,
    typer.Option(metavar="TIME", help="Instead, all that runs did since then (2026-12-01T03:00Z), or in the last 6h."),
]
WhilePaused = Annotated[
    bool,
    typer.Option(
        "--while-paused",
        help="Undo even while Krampus is paused, and also what a task in force orders: it is then held.",
    ),
]
BEGINNINGS = 5  # how often an undo begins anew because another run came first


def undo(  # noqa: PLR0913, PLR0917  each is a word of the command line
    task: Annotated[str, typer.Argument(help="The task to undo; its file may be gone.")] = "",
    target: Annotated[str, typer.Argument(metavar="ARN", help="Only what it did to this target.")] = "",
    run: Run = "",
    all_since: AllSince = "",
    root: Root = Path(),
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    while_paused: WhilePaused = False,
    out: Annotated[
        Path | None,
        typer.Option(
            callback=writable, help="Only write the plan to this file, for `krampus record`, `apply`, `publish`."
        ),
    ] = None,
) -> None:
    """Undo what a task did: the calls are derived, shown, recorded and sent.

    Only what the task ordered on the main branch, and what is still in effect, so that it can be repeated. It refuses a
    target for which a task is in force, since a later run would do it again. In an emergency, pause Krampus first, then
    undo with --while-paused: the target is held from then on, until the task's file changes. Freezes and limits do not
    hold it. A run that is at work is waited for.

    Exit 0 everything is undone, 1 could not run, 2 invalid input or the task is in force (nothing was touched),
    3 something could not be undone, or not yet.
    """
    with report_errors():
        repository, at = open_repository(root, now), clock(now)
        asked = _asked(task, run, _since(all_since, at), target, while_paused)
        connections = open_connections(root, repository.config, session(at), now)
        if not (out or dry_run):
            clock_to_write_by(now, connections)
            connections.tracker()  # a tracker that cannot be opened must stop it before it acts
        asked = asked.model_copy(update={"by": actor(connections)})
        if out or dry_run:
            raise typer.Exit(_planned(repository, connections, asked, out, now))
        result = _carried_out(repository, connections, asked)
        show_outcomes(result.outcomes)
    show_undelivered(result.delivery)
    raise typer.Exit(undo_exit(result, connections.broken))


def _asked(task: str, run: str, since: datetime | None, target: str, while_paused: bool) -> UndoRequest:
    try:
        return UndoRequest(task=task, run=run, since=since, target=target, while_paused=while_paused)
    except ValidationError:
        why = "give one of TASK, --run and --all-since, and ARN with TASK alone"
        raise typer.BadParameter(why) from None


def _since(text: str, now: datetime) -> datetime | None:
    """A time, or how long ago it is."""
    if not text:
        return None
    if DURATION.fullmatch(text):
        return now - TypeAdapter(Duration).validate_python(text)
    since = moment(text)
    if since > now:
        raise typer.BadParameter(f"--all-since: {since:%Y-%m-%d %H:%M} UTC has not come yet")
    return since


def _planned(
    repository: Repository, connections: Connections, asked: UndoRequest, out: Path | None, now: datetime | None
) -> Exit:
    """Show what an undo comes to, and write it to a file if there is one; nothing else is done."""
    if out:
        wait_until_free(connections)  # what that run still does is to be undone too
    planned, ledger = planning.plan_undo(repository, connections, asked, clock(now))
    if out:
        write_plan(planned, out)
        write_outputs(planned, 1)
    if not planned.decisions:
        _show_nothing(asked, ensure_whole(ledger, connections, connections.config))
    else:
        print(log_text(dry_run_text(planned, repository)))
    return _exit(planned)


def _carried_out(repository: Repository, connections: Connections, asked: UndoRequest) -> running.Result:
    """Plan an undo, show it and carry it out. Of two at the same time, the later one waits and plans again."""
    for _ in range(BEGINNINGS):
        wait_until_free(connections)
        planned, ledger = planning.plan_undo(repository, connections, asked, connections.clock())
        if not planned.decisions:
            _show_nothing(asked, ensure_whole(ledger, connections, connections.config))
            raise typer.Exit(Exit.FINE)
        show_plan(planned, repository, PlanFormat.TEXT, connections.renderer)
        try:
            return running.carry_out(repository, planned, ledger, connections, planned.at)
        except OtherRun as other:
            last = other
            say_waiting(f"{other} Nothing was done yet; this undo begins anew.")
    raise last


def _show_nothing(asked: UndoRequest, unknown: str) -> None:
    """unknown: why it is not known whether the ledger has lost lines, "" if it has not"""
    if unknown:
        print(log_line(f"krampus: {unknown}"), file=sys.stderr)
    print(log_line(f"{subject(asked)}: nothing to undo"))


def undo_exit(result: running.Result, broken: Mapping[str, str]) -> Exit:
    """Fine if all is as before; what is not is said. `broken`: the templates that could not be rendered."""
    show_broken(broken)
    failed = any(outcome.problem for outcome in result.outcomes) or result.delivery.refused or result.delivery.deferred
    if failed or any(decision.undo_progress is UndoProgress.PARTIAL for decision in result.plan.decisions):
        print("not everything is undone yet; run `krampus undo` again", file=sys.stderr)
    return Exit.PARTIAL if failed or broken else _exit(result.plan)


def _exit(planned: Plan) -> Exit:
    """Fine if the plan undoes everything that was done."""
    whole = (UndoProgress.COMPLETE, UndoProgress.ALREADY_UNDONE)
    ends = (Verdict.READY, Verdict.SATISFIED)
    good = all(
        decision.verdict in ends and decision.undo_progress in whole and decision.reason is not Reason.UNDO_INCOMPLETE
        for decision in planned.decisions
        if decision.reason is not Reason.TAKEN_BACK  # another task's, of which nothing is to be undone
    )
    return Exit.FINE if good else Exit.PARTIAL
