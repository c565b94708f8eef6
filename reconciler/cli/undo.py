"""krampus undo: undoes what a task did."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from reconciler import pipeline
from reconciler.cli.actor import actor
from reconciler.cli.common import (
    Exit,
    Now,
    Root,
    clock,
    clock_to_write_by,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.cli.github_outputs import write_outputs
from reconciler.cli.show import PlanFormat, show_broken, show_outcomes, show_plan, show_undelivered, write
from reconciler.model.plan import Plan, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.undo_request import UndoRequest
from reconciler.publish.missing_ledger import ensure_whole
from reconciler.render.escape import log_line


def undo(  # noqa: PLR0913, PLR0917  each is a word of the command line
    task: Annotated[str, typer.Argument(help="The task to undo; its file may be gone.")],
    target: Annotated[str, typer.Argument(metavar="ARN", help="Only what it did to this target.")] = "",
    root: Root = Path(),
    now: Now = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    while_paused: Annotated[bool, typer.Option("--while-paused", help="Undo even while Krampus is paused.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Only write the plan to this file, for `krampus record`, `apply`, `publish`.")
    ] = None,
) -> None:
    """Undo what a task did: the calls are derived, shown, recorded and sent.

    Only what the task ordered on the main branch, and what is still in effect, so that it can be repeated. It refuses a
    target for which the task is in force. Freezes and limits do not hold it.

    Exit 0 everything is undone, 1 could not run, 2 invalid input or the task is in force (nothing was touched),
    3 something could not be undone, or not yet.
    """
    with report_errors():
        repository, at = open_repository(root, now), clock(now)
        connections = open_connections(root, repository.config, session(at), now)
        if not (out or dry_run):
            at = clock_to_write_by(now, connections)
            connections.tracker()  # a tracker that cannot be opened must stop it before it acts
        undo_request = UndoRequest(task=task, target=target, by=actor(connections), while_paused=while_paused)
        planned, ledger = pipeline.plan_undo(repository, connections, undo_request, at)
        if out:
            write(out, planned.model_dump_json(indent=1) + "\n")
            write_outputs(planned, 1)
        if not planned.decisions:
            _show_nothing(task, ensure_whole(ledger, connections, connections.config))
            raise typer.Exit(Exit.FINE)
        show_plan(planned, repository, PlanFormat.TEXT, connections.renderer)
        if out or dry_run:
            raise typer.Exit(_exit(planned))
        result = pipeline.carry_out(repository, planned, ledger, connections, at)
        show_outcomes(result.outcomes)
    show_undelivered(result.delivery)
    raise typer.Exit(undo_exit(result, connections.broken))


def _show_nothing(task: str, unknown: str) -> None:
    """unknown: why it is not known whether the ledger has lost lines, "" if it has not"""
    if unknown:
        print(log_line(f"krampus: {unknown}"), file=sys.stderr)
    print(log_line(f"{task}: nothing to undo"))


def undo_exit(result: pipeline.Result, broken: Mapping[str, str]) -> Exit:
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
    )
    return Exit.FINE if good else Exit.PARTIAL
