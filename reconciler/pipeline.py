"""The commands as straight lines of stages: load, observe, decide, record, act, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.apply.collect import merge_outcomes
from reconciler.apply.recheck import recheck
from reconciler.apply.send import act
from reconciler.apply.session_policy import session_policies
from reconciler.apply.shards import share
from reconciler.clients.process import this_process
from reconciler.connections import Connections
from reconciler.decide.plan_diff import visible, with_the_rest
from reconciler.decide.rules import decide
from reconciler.decide.undo import undo, undoing
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.chain import parse
from reconciler.ledger.record import (
    ensure_no_other_run,
    ensure_not_superseded,
    is_run_state,
    pending_targets,
    record,
    unrecorded,
    why_not_applicable,
)
from reconciler.load.repository import load
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, plan_of
from reconciler.model.repository import Repository
from reconciler.model.undo_request import UndoRequest
from reconciler.observe.named import observe
from reconciler.publish.claim import Claim
from reconciler.publish.publish import publish, publish_undo

if TYPE_CHECKING:
    from reconciler.clients.aws.accounts import Aws

Tick = Callable[[int], None]
Shard = tuple[int, int]  # (2, 8) is the second of eight


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    told: Delivery


def make_plan(
    repository: Repository, connections: Connections, now: datetime, tick: Tick, base: Repository | None = None
) -> tuple[Plan, BranchSnapshot]:
    """The plan, and the report branch as it stood when the plan was made.

    With `base`, the files before a pull request, it also says what they would have come to, from the same look.
    """
    report_branch = connections.report_branch()
    snapshot = report_branch.fetch(is_run_state)
    entries = parse(snapshot.files)
    looks = [order.look for order in repository.orders]
    live = observe([*looks, *(visible(repository, base) if base else ())], connections.reader(), tick)
    plan = decide(repository, entries, live, now, report_branch.head())
    if base is not None:
        before = decide(base, entries, with_the_rest(base, live), now).decisions
        plan = plan.model_copy(update={"before": before})
    return plan, snapshot


def load_before(connections: Connections, commit: str) -> Repository:
    """The files as they were at a commit; InvalidInput with their faults, DoorClosed if there is no such commit."""
    with TemporaryDirectory(prefix="krampus-") as folder:
        for name, content in connections.history().files_at(commit).items():
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return load(Path(folder))


def record_plan(plan: Plan, connections: Connections) -> None:
    """Commit and push the calls that are due; InvalidInput if the plan is of another commit."""
    report_branch = connections.report_branch()
    _must_be_of(plan, report_branch.head())
    record(plan, report_branch, report_branch.fetch(is_run_state))


def apply_plan(
    repository: Repository, plan: Plan, shard: Shard, connections: Connections, now: datetime
) -> Iterator[Outcome]:
    """Send a shard's share of a recorded plan, as far as AWS still looks as it did; each outcome as it comes in.

    InvalidInput if the report branch does not hold the record of this very plan, or holds its fate already.
    """
    report_branch = connections.report_branch()
    _must_be_of(plan, report_branch.head())
    snapshot = report_branch.fetch(is_run_state)
    entries, due = parse(snapshot.files), share(plan, *shard)
    if why := unrecorded(plan, entries) or why_not_applicable(plan, due, snapshot, entries):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew, record that plan, and apply it once")])
    before = [entry for entry in entries if entry.run != plan.run]
    mine = plan_of(plan.at, plan.repository.commit, due, plan.undo_request)
    yield from _carry_out(repository, mine, before, _hands(mine, connections), max(plan.at, now))


def publish_plan(repository: Repository, plan: Plan, handed: Sequence[Outcome], connections: Connections) -> Result:
    """Issues, ledger, report; of an undo what was taken back. Of what no outcome was handed over nobody knows.

    InvalidInput if the plan has calls and was never recorded: then none was sent, and there is nothing to tell.
    DoorClosed if another run has written since, unless this one's record still waits for its end.
    """
    report_branch = connections.report_branch()
    snapshot = report_branch.fetch(is_run_state)
    entries = parse(snapshot.files)
    if why := unrecorded(plan, entries):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "none of its calls was sent; plan anew")])
    if not pending_targets(plan, entries):
        ensure_not_superseded(plan, entries)  # an old job that is run anew must not bring back an old report
    outcomes = merge_outcomes(plan, handed, entries)
    if not plan.ready:
        ensure_no_other_run(plan, snapshot)
    if plan.undo_request:
        return Result(plan, outcomes, publish_undo(repository.config, plan, outcomes, connections))
    claim = Claim(report_branch, plan, this_process(), None if plan.ready else snapshot)
    told = publish(_signed(repository, connections), plan, outcomes, connections, claim)
    return Result(plan, outcomes, told)


def plan_undo(
    repository: Repository, connections: Connections, undo_request: UndoRequest, now: datetime
) -> tuple[Plan, BranchSnapshot]:
    """The plan that takes back what a task did, and the report branch as it stood then."""
    report_branch = connections.report_branch()
    snapshot = report_branch.fetch(is_run_state)
    asked = undoing(repository, parse(snapshot.files), undo_request, now)
    live = observe(asked.looks.values(), connections.reader())
    return undo(asked, repository.config, live, now, report_branch.head()), snapshot


def carry_undo(repository: Repository, plan: Plan, snapshot: BranchSnapshot, connections: Connections) -> Result:
    """Record it, send its calls, tell of it."""
    connections.tracker()  # a tracker that cannot be opened must stop it before it acts
    record(plan, connections.report_branch(), snapshot, this_process())
    outcomes: list[Outcome] = []
    told = Delivery()
    try:
        if plan.ready:
            for outcome in act(plan, _hands(plan, connections)):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        told = publish_undo(repository.config, plan, outcomes, connections)
    return Result(plan, tuple(outcomes), told)


def reconcile(repository: Repository, connections: Connections, now: datetime, tick: Tick) -> Result:
    """All in one process. Even a run that breaks off reports what it did."""
    connections.tracker()  # a tracker that cannot be opened must stop the run before it acts
    repository = _signed(repository, connections)
    plan, snapshot = make_plan(repository, connections, now, tick)
    recorded = record(plan, connections.report_branch(), snapshot, this_process())
    outcomes: list[Outcome] = []
    told = Delivery()
    try:
        if plan.ready:
            for outcome in _carry_out(repository, plan, parse(snapshot.files), _hands(plan, connections), now):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        claim = Claim(connections.report_branch(), plan, this_process(), None if recorded else snapshot)
        told = publish(repository, plan, outcomes, connections, claim)
    return Result(plan, tuple(outcomes), told)


def _carry_out(
    repository: Repository, plan: Plan, entries: Sequence[Entry], writer: Aws, now: datetime
) -> Iterator[Outcome]:
    """A second look, by the hands' own account, and the calls of what is still as it was."""
    still, left = recheck(repository, plan, entries, writer, now)
    yield from left
    yield from act(still, writer)


def _signed(repository: Repository, connections: Connections) -> Repository:
    """The repository with who wrote its tasks, which the issues tell."""
    return replace(repository, authors=connections.history().authors("tasks"))


def _hands(plan: Plan, connections: Connections) -> Aws:
    """The act role, let do in each account what the plan takes there."""
    return connections.writer(session_policies(plan))


def _must_be_of(plan: Plan, head: str) -> None:
    if plan.repository.commit != head:
        why = f"the plan was made from commit {plan.repository.commit[:12]}, but the checkout is at {head[:12]}"
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew; nothing has been done")])
