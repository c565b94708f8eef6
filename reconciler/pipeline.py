"""The commands as straight lines of stages: load, observe, decide, record, act, publish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.act import act
from reconciler.decide import decide
from reconciler.doors import Doors
from reconciler.errors import DoorClosed
from reconciler.ledger import parse
from reconciler.model.notice import Told
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.tip import Tip
from reconciler.observe import observe
from reconciler.publish import Doors as PublishingDoors
from reconciler.publish import publish, publish_undo
from reconciler.record import is_ledger, record
from reconciler.undo import Wish, undo, undoing

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
    """Commit and push the calls that are due."""
    book = doors.book()
    record(plan, book, book.fetch(is_ledger))


def apply_plan(plan: Plan, doors: Doors) -> list[Outcome]:
    """Send the calls of a recorded plan; DoorClosed if the report branch does not hold its record."""
    entries = parse(doors.book().fetch(is_ledger).files)
    recorded = {entry.key for entry in entries if entry.run == plan.run and entry.event == "intended"}
    unrecorded = [one for one in plan.ready if one.key not in recorded]
    if unrecorded:
        raise DoorClosed(f"{len(unrecorded)} acts of this plan are not recorded; run `krampus record` with it first")
    return list(act(plan, doors.hands()))


def publish_plan(repository: Repository, plan: Plan, outcomes: Sequence[Outcome], doors: Doors) -> Told:
    """Issues, ledger, report."""
    return publish(repository, plan, outcomes, PublishingDoors(doors.book(), doors.tracker(), doors.renderer()))


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
    record(plan, publishing.book, tip)
    outcomes: list[Outcome] = []
    told = Told()
    try:
        if plan.ready:
            for outcome in act(plan, doors.hands()):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        told = publish_undo(repository.config, plan, outcomes, publishing)
    return Result(plan, tuple(outcomes), told)


def reconcile(repository: Repository, doors: Doors, now: datetime, tick: Tick) -> Result:
    """All in one process. Even a run that breaks off reports what it did."""
    doors.tracker()  # a tracker that cannot be opened must stop the run before it acts
    plan, tip = make_plan(repository, doors, now, tick)
    record(plan, doors.book(), tip)
    outcomes: list[Outcome] = []
    told = Told()
    try:
        if plan.ready:
            for outcome in act(plan, doors.hands()):
                outcomes.append(outcome)  # noqa: PERF402  one by one: an interruption keeps what came before it
    finally:
        told = publish_plan(repository, plan, outcomes, doors)
    return Result(plan, tuple(outcomes), told)
