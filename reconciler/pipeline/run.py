"""Record, apply, publish: each as a job of its own, or all in one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.apply.collect import merge_outcomes
from reconciler.apply.narrow import within_limits
from reconciler.apply.recheck import recheck
from reconciler.apply.send import WhyNot, send
from reconciler.apply.session_policy import session_policies
from reconciler.apply.shards import share
from reconciler.connections import Connections
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger import lease
from reconciler.ledger.claim import Claim
from reconciler.ledger.read import Ledger
from reconciler.ledger.record import (
    ensure_has_come,
    ensure_no_other_run,
    ensure_not_superseded,
    ensure_of,
    is_run_state,
    pending_targets,
    record,
    unrecorded,
    why_not_applicable,
)
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, plan_of
from reconciler.model.repository import Repository
from reconciler.model.shard import Shard
from reconciler.pipeline.basis import dated, must_follow, newest_of, read_ledger, with_authors, with_past
from reconciler.pipeline.plan import Tick, make_plan
from reconciler.publish.finished_run import finished_run
from reconciler.publish.missing_ledger import telling_operators
from reconciler.publish.publish import publish, publish_undo


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    delivery: Delivery


def record_plan(repository: Repository, plan: Plan, connections: Connections, now: datetime) -> None:
    """Commit and push the calls that are due.

    InvalidInput if the plan is of another commit, or not what follows from the files, the ledger and what it saw.
    """
    ensure_of(plan, connections.report_branch().head())
    ensure_has_come(plan, now)
    newest_of(repository, connections)
    with telling_operators(connections, repository.config):
        ledger = read_ledger(connections, now, plan, repository)
    must_follow(repository, plan, ledger, connections, now)
    record(plan, connections.report_branch(), ledger, connections.is_dead, connections.clock())


def apply_plan(
    repository: Repository, plan: Plan, shard: Shard, connections: Connections, now: datetime
) -> Iterator[Outcome]:
    """Send a shard's share of a recorded plan, as far as AWS and main still ask for it; each outcome as it comes in.

    It may not push, so it cannot renew the run's lease: past its end nothing is sent, and each target left is `late`.
    InvalidInput if the report branch does not hold the record of this very plan, or tells its outcome already; or as
    `record_plan`.
    """
    ensure_of(plan, connections.report_branch().head())
    ensure_has_come(plan, now)
    newest = newest_of(repository, connections)
    ledger, due = read_ledger(connections, now, plan, repository, newest), share(plan, shard)
    if why := unrecorded(plan, ledger) or why_not_applicable(plan, due, ledger):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan again, record that plan, and apply it once")])
    if plan.ready:  # made while nothing was paused, unless it holds something; a pause since then leaves it alone
        paused = repository.config.paused and any(decision.hold for decision in plan.decisions)
        config = repository.config.model_copy(update={"paused": paused})
        must_follow(replace(repository, config=config), plan, ledger, connections, now)
    mine = plan_of(plan.at, plan.repository.commit, due, plan.undo_request)
    newest = dated(newest, connections, now)
    why_not = lease.until_over(ledger.snapshot.files, plan, connections.clock)
    yield from _recheck_and_send(newest, plan, mine, ledger.without(plan.run), connections, max(plan.at, now), why_not)


def publish_plan(
    repository: Repository, plan: Plan, handed: Sequence[Outcome], connections: Connections, now: datetime
) -> Result:
    """Issues, ledger, report; of an undo what was undone. Of what no outcome was handed over nobody knows.

    InvalidInput if the plan has calls and was never recorded: then none was sent, and there is nothing to tell.
    DoorClosed if another run is at work, or has written since, unless this one's record still waits for its end. That
    it completes however late, as long as no other has taken its lease.
    """
    with telling_operators(connections, repository.config):
        ledger = read_ledger(connections, now, plan, repository)
    if why := unrecorded(plan, ledger):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "none of its calls was sent; plan again")])
    if not plan.ready:
        ensure_has_come(plan, now)  # what is recorded had come, and its outcomes must not be lost
    if not pending_targets(plan, ledger):
        ensure_not_superseded(plan, ledger)  # an old job that is run anew must not bring back an old report
    outcomes = merge_outcomes(plan, handed, ledger.entries)
    ensure_no_other_run(plan, ledger, connections.is_dead, connections.clock(), again=True)
    claim = _claim(plan, ledger, connections, lease.since(ledger.snapshot.files, plan))
    delivery = _publish(with_authors(repository, connections), plan, outcomes, ledger, connections, claim)
    return Result(plan, outcomes, delivery)


def reconcile(repository: Repository, connections: Connections, now: datetime, tick: Tick) -> Result:
    """All in one process."""
    connections.tracker()  # what cannot be opened later need not be looked for in AWS first
    with telling_operators(connections, repository.config):
        plan, ledger = make_plan(repository, connections, now, tick)
    return carry_out(repository, plan, ledger, connections, now)


def carry_out(repository: Repository, plan: Plan, ledger: Ledger, connections: Connections, now: datetime) -> Result:
    """Record a plan, look again, send its calls, and publish: the rest of `reconcile` and of `undo`.

    `ledger`: from which the plan was made. Even a run that breaks off reports what it did.
    """
    connections.tracker()  # a tracker that cannot be opened must stop the run before it acts
    newest_of(repository, connections)  # a checkout that is not of main must too
    repository = with_authors(dated(repository, connections, now), connections)
    at = connections.clock()
    recorded = record(plan, connections.report_branch(), ledger, connections.is_dead, at, connections.process())
    claim = _claim(plan, ledger, connections, at if recorded else None)
    outcomes: list[Outcome] = []
    delivery = Delivery()
    try:
        if plan.ready:
            newest = replace(newest_of(repository, connections), brought=repository.brought)
            for outcome in _recheck_and_send(newest, plan, plan, ledger, connections, now, claim.why_not):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        latest = ledger.extended(connections.report_branch().fetch(is_run_state))
        delivery = _publish(repository, plan, outcomes, latest, connections, claim)
    return Result(plan, tuple(outcomes), delivery)


def _recheck_and_send(  # noqa: PLR0913, PLR0917  what was planned, and what it is held against
    newest: Repository,
    plan: Plan,
    share: Plan,
    ledger: Ledger,
    connections: Connections,
    now: datetime,
    why_not: WhyNot,
) -> Iterator[Outcome]:
    """A second look, by the very role that acts, and the calls of what is still as it was planned.

    newest: what main says now, which can only stop what was planned: of all that it adds, nothing is in the plan.
    why_not: as for `send`
    """
    bounded, over_limit = within_limits(newest, plan, share, ledger)
    yield from over_limit
    writer = connections.writer(session_policies(bounded))  # which may do only what the plan takes in each account
    newest = with_past(newest, ledger, connections, plan.undo_request)
    still_due, left_alone = recheck(newest, bounded, ledger, writer, now)
    yield from left_alone
    yield from send(still_due, writer, why_not)


def _publish(  # noqa: PLR0913, PLR0917  all that a run has come to
    repository: Repository,
    plan: Plan,
    outcomes: Sequence[Outcome],
    ledger: Ledger,
    connections: Connections,
    claim: Claim,
) -> Delivery:
    run = finished_run(repository, plan, outcomes, ledger, connections.clock())
    return (publish_undo if plan.undo_request else publish)(run, connections, claim)


def _claim(plan: Plan, ledger: Ledger, connections: Connections, at: datetime | None) -> Claim:
    """at: when the run took its lease; None if it has not pushed, and must find the branch as the plan knew it."""
    base = None if at else ledger.snapshot
    return Claim(connections.report_branch(), plan, connections.process(), connections.clock, base, at)
