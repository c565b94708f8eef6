"""krampus record, apply, publish, reconcile: the main job, in one process or as separate jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.allow import Allow, WithoutNotice, with_limit_override
from reconciler.cli.common import (
    Now,
    Root,
    clock,
    clock_to_write_by,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.cli.exit import Exit, exit_of
from reconciler.cli.handed import outcomes_handed, outcomes_text, plan_handed, writable
from reconciler.cli.progress import progress
from reconciler.cli.shards import shard_of
from reconciler.cli.show import PlanFormat, show_broken, show_outcomes, show_plan, show_undelivered, summarise, write
from reconciler.cli.undo import undo_exit
from reconciler.cli.waiting import wait_until_free
from reconciler.model.outcome import Outcome
from reconciler.pipeline import run as running

PlanFile = Annotated[Path, typer.Argument(help="A plan.json that `krampus plan --out` wrote.")]
Digest = Annotated[
    str, typer.Option(metavar="HEX", help="Refuse the plan if its digest differs (the job output `digest`).")
]


def record(  # noqa: PLR0913, PLR0917  a command takes the options that it takes
    plan_file: PlanFile,
    root: Root = Path(),
    now: Now = None,
    digest: Digest = "",
    allow: Allow = None,
    without_notice: WithoutNotice = "",
) -> None:
    """Commit and push the calls that are due, with the undo of each. Prints the plan's digest.

    The plan is decided again, from the files, the ledger and what it saw; `--allow` and `--without-notice` must be as
    they were for `plan`.

    Exit 0 fine, 1 could not run, 2 the plan is not what follows, or its time has not come (nothing was recorded).
    """
    with report_errors():
        repository = open_repository(root, now)
        planned = plan_handed(plan_file, digest, repository)
        connections = open_connections(root, repository.config, session(planned.at), now)
        at = clock_to_write_by(now, connections)
        if planned.undo_request:
            wait_until_free(connections, planned.run)
            at = clock(now)
        running.record_plan(
            with_limit_override(repository, allow, without_notice, connections), planned, connections, at
        )
        print(planned.digest)


def apply(  # noqa: PLR0913, PLR0917  likewise
    plan_file: PlanFile,
    root: Root = Path(),
    now: Now = None,
    out: Annotated[
        Path | None, typer.Option(callback=writable, help="Write the outcomes to this file, for `krampus publish`.")
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="K/N", help="Send only shard K of N; an account is never split.")
    ] = "1/1",
    digest: Digest = "",
    allow: Allow = None,
    without_notice: WithoutNotice = "",
) -> None:
    """Send the calls of a recorded plan once, except to targets that changed since, in AWS or on the main branch.

    Past the end of the run's lease nothing more is sent.

    Exit 0 fine, 1 could not run, 2 the plan is not the recorded one or was already applied, 3 something failed, or the
    time was over.
    """
    outcomes: list[Outcome] = []
    due = shard_of(shard)
    with report_errors():
        repository = open_repository(root, now)
        planned = plan_handed(plan_file, digest, repository)
        connections = open_connections(root, repository.config, session(planned.at), now)
        at = clock_to_write_by(now, connections)
        repository = with_limit_override(repository, allow, without_notice, connections)
        try:
            for outcome in running.apply_plan(repository, planned, due, connections, at):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
        finally:
            if out and outcomes:
                write(out, outcomes_text(planned, outcomes))
        if out and not outcomes:
            write(out, outcomes_text(planned, ()))  # a share of which nothing is due
        show_outcomes(outcomes)
    raise typer.Exit(Exit.PARTIAL if any(outcome.failed or outcome.late for outcome in outcomes) else Exit.FINE)


def publish(
    plan_file: PlanFile,
    outcome_files: Annotated[list[Path] | None, typer.Argument(help="What `krampus apply --out` wrote.")] = None,
    root: Root = Path(),
    now: Now = None,
    digest: Digest = "",
) -> None:
    """Notify the teams, and write ledger and report.

    A target that was due and is in no file of outcomes counts as unknown, never as done; the next run observes it.

    Exit 0 fine, 1 could not run, 2 invalid input or the plan was never recorded, 3 something failed, was unseen, was
    held by a limit, is given up, or unknown.
    """
    with report_errors():
        repository = open_repository(root, now)
        planned = plan_handed(plan_file, digest, repository, to_tell=True)
        handed = outcomes_handed(outcome_files or (), planned)
        connections = open_connections(root, repository.config, session(planned.at), now)
        at = clock_to_write_by(now, connections)
        if planned.undo_request and not planned.ready:  # else the run that is at work is its own
            wait_until_free(connections, planned.run)
            at = clock(now)
        result = running.publish_plan(repository, planned, handed, connections, at)
        show_outcomes(result.outcomes)
    show_undelivered(result.delivery)
    if planned.undo_request:
        raise typer.Exit(undo_exit(result, connections.broken))
    show_broken(connections.broken)
    raise typer.Exit(exit_of(planned, result.outcomes, result.delivery, connections.broken))


def reconcile(root: Root = Path(), now: Now = None, allow: Allow = None, without_notice: WithoutNotice = "") -> None:
    """The main job: plan, record, apply and publish.

    Exit 0 fine, 1 could not run (nothing was touched), 2 invalid input (nothing was touched), 3 ran, but something
    failed, was unseen, was held by a limit, or is given up until a person looks.
    """
    with report_errors():
        repository = open_repository(root, now)
        connections = open_connections(root, repository.config, session(clock(now)), now)
        at = clock_to_write_by(now, connections)
        repository = with_limit_override(repository, allow, without_notice, connections)
        with progress("reconciling", len(repository.orders)) as tick:
            result = running.reconcile(repository, connections, at, tick)
        show_plan(result.plan, repository, PlanFormat.TEXT, connections.renderer)
        show_outcomes(result.outcomes)
        summarise(result.plan, repository, connections.renderer)
    show_undelivered(result.delivery)
    show_broken(connections.broken)
    raise typer.Exit(exit_of(result.plan, result.outcomes, result.delivery, connections.broken))
