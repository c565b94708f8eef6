"""The commands as straight lines of stages: load, observe, decide, record, act, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reconciler.apply.collect import gather
from reconciler.apply.recheck import confirm
from reconciler.apply.send import act
from reconciler.apply.session_policy import narrowed
from reconciler.apply.shards import share
from reconciler.clients.process import this_process
from reconciler.connections import Doors
from reconciler.decide.plan_diff import visible, with_the_rest
from reconciler.decide.rules import decide
from reconciler.decide.undo import undo, undoing
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.chain import parse
from reconciler.ledger.record import begun, fated, free, is_ledger, not_after_another, record, unrecorded
from reconciler.load.repository import load
from reconciler.model.branch_snapshot import Tip
from reconciler.model.ledger import Entry
from reconciler.model.notice import Told
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, lay_out
from reconciler.model.repository import Repository
from reconciler.model.undo_request import Wish
from reconciler.observe.named import observe
from reconciler.publish.publish import Doors as PublishingDoors
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
    told: Told


def make_plan(
    repository: Repository, doors: Doors, now: datetime, tick: Tick, base: Repository | None = None
) -> tuple[Plan, Tip]:
    """The plan, and the report branch as it stood when the plan was made.

    With `base`, the files before a pull request, it also says what they would have come to, from the same look.
    """
    book = doors.book()
    tip = book.fetch(is_ledger)
    entries = parse(tip.files)
    live = observe([*repository.orders, *(visible(repository, base) if base else ())], doors.eyes(), tick)
    plan = decide(repository, entries, live, now, book.head())
    if base is not None:
        before = decide(base, entries, with_the_rest(base, live), now).decisions
        plan = plan.model_copy(update={"before": before})
    return plan, tip


def load_before(doors: Doors, commit: str) -> Repository:
    """The files as they were at a commit; InvalidInput with their faults, DoorClosed if there is no such commit."""
    with TemporaryDirectory(prefix="krampus-") as folder:
        for name, content in doors.history().files_at(commit).items():
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return load(Path(folder))


def record_plan(plan: Plan, doors: Doors) -> None:
    """Commit and push the calls that are due; InvalidInput if the plan is of another commit."""
    book = doors.book()
    _must_be_of(plan, book.head())
    record(plan, book, book.fetch(is_ledger))


def apply_plan(repository: Repository, plan: Plan, shard: Shard, doors: Doors, now: datetime) -> Iterator[Outcome]:
    """Send a shard's share of a recorded plan, as far as AWS still looks as it did; each outcome as it comes in.

    InvalidInput if the report branch does not hold the record of this very plan, or holds its fate already.
    """
    book = doors.book()
    _must_be_of(plan, book.head())
    tip = book.fetch(is_ledger)
    entries, due = parse(tip.files), share(plan, *shard)
    if why := unrecorded(plan, entries) or fated(plan, due, tip, entries):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew, record that plan, and apply it once")])
    before = [entry for entry in entries if entry.run != plan.run]
    mine = lay_out(plan.at, plan.repository.commit, due, plan.wish)
    yield from _carry_out(repository, mine, before, _hands(mine, doors), max(plan.at, now))


def publish_plan(repository: Repository, plan: Plan, handed: Sequence[Outcome], doors: Doors) -> Result:
    """Issues, ledger, report; of an undo what was taken back. Of what no outcome was handed over nobody knows.

    InvalidInput if the plan has calls and was never recorded: then none was sent, and there is nothing to tell.
    DoorClosed if another run has written since, unless this one's record still waits for its end.
    """
    publishing = _publishing(doors)
    tip = publishing.book.fetch(is_ledger)
    entries = parse(tip.files)
    if why := unrecorded(plan, entries):
        raise InvalidInput([Fault("plan.json", 1, 1, why, "none of its calls was sent; plan anew")])
    if not begun(plan, entries):
        not_after_another(plan, entries)  # an old job that is run anew must not bring back an old report
    outcomes = gather(plan, handed, entries)
    if not plan.ready:
        free(plan, tip)
    if plan.wish:
        return Result(plan, outcomes, publish_undo(repository.config, plan, outcomes, publishing))
    told = publish(_signed(repository, doors), plan, outcomes, publishing, None if plan.ready else tip)
    return Result(plan, outcomes, told)


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
    repository = _signed(repository, doors)
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


def _signed(repository: Repository, doors: Doors) -> Repository:
    """The repository with who wrote its tasks, which the issues tell."""
    return replace(repository, authors=doors.history().authors("tasks"))


def _hands(plan: Plan, doors: Doors) -> Aws:
    """The act role, let do in each account what the plan takes there."""
    return doors.hands(narrowed(plan))


def _must_be_of(plan: Plan, head: str) -> None:
    if plan.repository.commit != head:
        why = f"the plan was made from commit {plan.repository.commit[:12]}, but the checkout is at {head[:12]}"
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan anew; nothing has been done")])


def _publishing(doors: Doors) -> PublishingDoors:
    return PublishingDoors(doors.book(), doors.tracker(), doors.renderer())
