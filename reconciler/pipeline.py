"""The commands as straight lines of stages: load, observe, decide, record, act, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from reconciler.act import act
from reconciler.clients.process import this_process
from reconciler.confirm import confirm
from reconciler.decide import decide
from reconciler.doors import Doors
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger import parse
from reconciler.model.ledger import Entry
from reconciler.model.notice import Told
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.tip import Tip
from reconciler.narrow import narrowed
from reconciler.observe import observe
from reconciler.publish import Doors as PublishingDoors
from reconciler.publish import publish, publish_undo
from reconciler.record import free, is_ledger, record, unrecorded
from reconciler.undo import Wish, undo, undoing

if TYPE_CHECKING:
    from reconciler.clients.aws import Aws

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    told: Told


def make_plan(repository: Repository, doors: Doors, now: datetime, tick: Tick) -> tuple[Plan, Tip]:
    """The plan, and the report branch as it stood when the plan was made."""
    book = doors.book()
    tip = book.fetch(is_ledger)
    entries = parse(tip.files)
    live = observe(repository.orders, doors.eyes(), tick)
    return decide(repository, entries, live, now, book.head()), tip


def record_plan(plan: Plan, doors: Doors) -> None:
    """Commit and push the calls that are due; InvalidInput if the plan is of another commit."""
    book = doors.book()
    _must_be_of(plan, book.head())
    record(plan, book, book.fetch(is_ledger))


def apply_plan(repository: Repository, plan: Plan, doors: Doors, now: datetime) -> list[Outcome]:
    """Send the calls of a recorded plan, as far as AWS still looks as it did.

    InvalidInput if the report branch does not hold the record of this very plan, or holds its fate already.
    """
    book = doors.book()
    _must_be_of(plan, book.head())
    entries = parse(book.fetch(is_ledger).files)
    if why := unrecorded(plan, entries):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew, record that plan, and apply it once")])
    before = [entry for entry in entries if entry.run != plan.run]
    return list(_carry_out(repository, plan, before, _hands(plan, doors), max(plan.at, now)))


def publish_plan(repository: Repository, plan: Plan, outcomes: Sequence[Outcome], doors: Doors) -> Told:
    """Issues, ledger, report."""
    base = None
    if not plan.ready:
        base = doors.book().fetch(is_ledger)
        free(plan, base)
    return publish(repository, plan, outcomes, _publishing(doors), base)


def plan_undo(repository: Repository, doors: Doors, wish: Wish, now: datetime) -> tuple[Plan, Tip]:
    """The plan that takes back what a task did, and the report branch as it stood then."""
    book = doors.book()
    tip = book.fetch(is_ledger)
    asked = undoing(repository, parse(tip.files), wish, now)
    live = observe(asked.looks, doors.eyes())
    return undo(asked, repository.config, live, now, book.head()), tip


def carry_undo(repository: Repository, plan: Plan, tip: Tip, doors: Doors) -> Result:
    """Record it, send its calls, tell of it."""
    publishing = PublishingDoors(doors.book(), doors.tracker(), doors.renderer())
    record(plan, publishing.book, tip, this_process())
    outcomes: list[Outcome] = []
    told = Told()
    try:
        if plan.ready:
            for outcome in act(plan, _hands(plan, doors)):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        told = publish_undo(repository.config, plan, outcomes, publishing)
    return Result(plan, tuple(outcomes), told)


def reconcile(repository: Repository, doors: Doors, now: datetime, tick: Tick) -> Result:
    """All in one process. Even a run that breaks off reports what it did."""
    doors.tracker()  # a tracker that cannot be opened must stop the run before it acts
    plan, tip = make_plan(repository, doors, now, tick)
    recorded = record(plan, doors.book(), tip, this_process())
    outcomes: list[Outcome] = []
    told = Told()
    try:
        if plan.ready:
            for outcome in _carry_out(repository, plan, parse(tip.files), _hands(plan, doors), now):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        told = publish(repository, plan, outcomes, _publishing(doors), None if recorded else tip)
    return Result(plan, tuple(outcomes), told)


def _carry_out(
    repository: Repository, plan: Plan, entries: Sequence[Entry], hands: Aws, now: datetime
) -> Iterator[Outcome]:
    """A second look, by the hands' own account, and the calls of what is still as it was."""
    still, left = confirm(repository, plan, entries, hands, now)
    yield from left
    yield from act(still, hands)


def _hands(plan: Plan, doors: Doors) -> Aws:
    """The act role, let do in each account what the plan takes there."""
    return doors.hands(narrowed(plan))


def _must_be_of(plan: Plan, head: str) -> None:
    if plan.repository.commit != head:
        why = f"the plan was made from commit {plan.repository.commit[:12]}, but the checkout is at {head[:12]}"
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew; nothing has been done")])


def _publishing(doors: Doors) -> PublishingDoors:
    return PublishingDoors(doors.book(), doors.tracker(), doors.renderer())
