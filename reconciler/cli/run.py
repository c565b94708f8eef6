"""krampus plan, record, apply, publish, reconcile: the main job, in one process or as separate jobs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from reconciler import pipeline
from reconciler.apply.shards import parsed
from reconciler.cli.allow import Allow, WithoutNotice, with_limit_override
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
from reconciler.cli.handed import outcomes_handed, outcomes_text, plan_handed, writable
from reconciler.cli.plan_file import write_plan
from reconciler.cli.progress import progress
from reconciler.cli.schedule import Until, show_schedule, until_in_range
from reconciler.cli.show import PlanFormat, show_broken, show_outcomes, show_plan, show_undelivered, summarise, write
from reconciler.cli.undo import undo_exit
from reconciler.cli.waiting import wait_until_free
from reconciler.connections import Connections, ensure_right
from reconciler.errors import InvalidInput
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.render.escape import log_line

PlanFile = Annotated[Path, typer.Argument(help="A plan.json that `krampus plan --out` wrote.")]
PlanOut = Annotated[
    Path | None,
    typer.Option(
        callback=writable, help="Also write the plan to this file, for `krampus record`; packed if it ends in .gz."
    ),
]
Digest = Annotated[
    str, typer.Option(metavar="HEX", help="Refuse the plan if its digest differs (the job output `digest`).")
]


def _shard(said: str) -> pipeline.Shard:
    try:
        return parsed(said)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def plan(  # noqa: PLR0913, PLR0917  a command takes the options that it takes
    root: Root = Path(),
    now: Now = None,
    form: Annotated[PlanFormat, typer.Option("--format")] = PlanFormat.TEXT,
    out: PlanOut = None,
    detailed_exitcode: Annotated[bool, typer.Option("--detailed-exitcode", help="Exit 4 when calls are due.")] = False,
    base: Annotated[str, typer.Option(help="Also show what differs from the files at this commit (HEAD^1).")] = "",
    allow: Allow = None,
    without_notice: WithoutNotice = "",
    max_shards: Annotated[
        int, typer.Option(min=1, max=256, help="The most jobs that may share the calls (GitHub's output `shards`).")
    ] = 4,
    until: Until = None,
) -> None:
    """Observe every target and show what would be done, call by call. Changes nothing.

    With --until, show instead what comes on each day until then, what is done and what is held, if nothing changes.

    In GitHub Actions with --out, the step's outputs are `shards` (a JSON list, empty if nothing is due) and `digest`.

    Exit 0 fine, 1 could not run, 2 invalid input, 3 something could not be seen or rendered, is over a limit, or given
    up.
    """
    with report_errors():
        at = clock(now)
        last, repository = until_in_range(until, at), open_repository(root, now)
        connections = open_connections(root, repository.config, session(at), now)
        ensure_right(connections.ahead() if out and now is None else None)  # a run begins with it
        repository = with_limit_override(repository, allow, without_notice, connections)
        before = _before(connections, base) if base else None
        with progress("looking", len(repository.orders)) as tick:
            planned, _ = pipeline.make_plan(repository, connections, at, tick, before)
        if out:
            _hand_on(planned, out, max_shards)
        renderer, kind = partial(connections.renderer, base), partial(show_plan, repository=repository)
        (partial(show_schedule, until=last) if last else kind)(planned, form=form, renderer=renderer)
        summarise(planned, repository, renderer)
    show_broken(connections.broken)
    troubled = _exit(planned, (), Delivery(), connections.broken)
    raise typer.Exit(Exit.CALLS_DUE if detailed_exitcode and planned.ready and troubled is Exit.FINE else troubled)


def _hand_on(planned: Plan, out: Path, max_shards: int) -> None:
    write_plan(planned, out)
    write_outputs(planned, max_shards)


def _before(connections: Connections, commit: str) -> Repository | None:
    """The files at a commit; None, and a word, if they had faults: there is then nothing to compare with."""
    try:
        return pipeline.load_before(connections, commit)
    except InvalidInput as invalid:
        message = f"krampus: the files of {commit} have {len(invalid.faults)} faults, so nothing is compared with them"
        print(log_line(message), file=sys.stderr)
        return None


def record(  # noqa: PLR0913, PLR0917  likewise
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
        pipeline.record_plan(
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
    due = _shard(shard)
    with report_errors():
        repository = open_repository(root, now)
        planned = plan_handed(plan_file, digest, repository)
        connections = open_connections(root, repository.config, session(planned.at), now)
        at = clock_to_write_by(now, connections)
        repository = with_limit_override(repository, allow, without_notice, connections)
        try:
            for outcome in pipeline.apply_plan(repository, planned, due, connections, at):
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
        result = pipeline.publish_plan(repository, planned, handed, connections, at)
        show_outcomes(result.outcomes)
    show_undelivered(result.delivery)
    if planned.undo_request:
        raise typer.Exit(undo_exit(result, connections.broken))
    show_broken(connections.broken)
    raise typer.Exit(_exit(planned, result.outcomes, result.delivery, connections.broken))


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
            result = pipeline.reconcile(repository, connections, at, tick)
        show_plan(result.plan, repository, PlanFormat.TEXT, connections.renderer)
        show_outcomes(result.outcomes)
        summarise(result.plan, repository, connections.renderer)
    show_undelivered(result.delivery)
    show_broken(connections.broken)
    raise typer.Exit(_exit(result.plan, result.outcomes, result.delivery, connections.broken))


def _exit(planned: Plan, outcomes: Sequence[Outcome], delivery: Delivery, broken: Mapping[str, str]) -> Exit:
    troubled = any(decision.troubled for decision in planned.decisions)
    failed = any(outcome.failed or outcome.late for outcome in outcomes)
    return Exit.PARTIAL if troubled or failed or delivery.refused or delivery.deferred or broken else Exit.FINE
