"""What a run adds to the ledger: intended before the deed; afterwards what became of it, and what was told and found.

PURE. An entry is written for news only: a run in which nothing changed adds none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.decide.case import standing_notice
from reconciler.model.ledger import Cause, Entry, Event, Histories, History
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Trouble
from reconciler.model.task import Key, Order


def intended(plan: Plan, told: Histories) -> list[Entry]:
    """Before the deed: an entry with all calls and their undo for each target that is due."""
    fresh = [one for one in plan.ready if not _is_pending(told.get(one.key), plan.run)]
    fates = [_cut_short(plan, one) for one in fresh if (told.get(one.key) or History()).pending]
    return fates + [
        _entry(
            plan,
            one,
            Event.INTENDED,
            detail=_detail(one),
            undo=bool(one.undo_progress),
            calls=one.calls,
            plan=plan.digest,
        )
        for one in fresh
    ]


def _detail(one: Decision) -> str:
    return one.why if one.undo_progress or one.reason is Reason.ALLOWED else ""


def taken_back(plan: Plan, outcomes: Sequence[Outcome], told: Histories) -> list[Entry]:
    """After an undo: what became of it; the plan speaks of nothing else, so nothing else is to be written down."""
    return list(_fates(plan, outcomes, told))


def afterwards(
    repository: Repository, plan: Plan, outcomes: Sequence[Outcome], told: Histories, delivered: Mapping[Key, str]
) -> list[Entry]:
    """After the deed. `delivered`: (task, target) -> where its team was told of it in this run."""
    return [
        *_fates(plan, outcomes, told),
        *_notices(repository, plan, told, delivered),
        *_ends(plan, told),
        *_withdrawn(plan, told),
    ]


def awaiting_notice(repository: Repository, plan: Plan, told: Histories) -> dict[Key, Order]:
    """What waits for its team to be told."""
    orders = {(order.task, order.target.arn): order for order in repository.orders}
    return {
        one.key: orders[one.key]
        for one in plan.decisions
        if one.verdict is Verdict.SCHEDULED
        and one.key in orders
        and repository.config.accounts[one.account].enforce
        and not _told(repository, orders[one.key], told, plan)
    }


def _told(repository: Repository, order: Order, told: Histories, plan: Plan) -> bool:
    history = told.get((order.task, order.target.arn), History())
    return standing_notice(history, order, repository.exemptions_for(order), plan.at) is not None


def _is_pending(history: History | None, run: str) -> bool:
    return bool(history and history.pending and history.pending.run == run)


def _fates(plan: Plan, outcomes: Iterable[Outcome], told: Histories) -> Iterator[Entry]:
    decisions = {one.key: one for one in plan.decisions}
    known = set()
    for outcome in outcomes:
        known.add(outcome.key)
        if outcome.key in decisions:
            yield _fate(plan, decisions[outcome.key], outcome)
    yield from (
        _entry(plan, one, Event.RESTORED, detail="it is found as it was before", cause=Cause.FOUND_UNDONE, undo=True)
        for one in plan.decisions
        if one.undo_progress is UndoProgress.ALREADY_UNDONE
    )
    known |= {one.key for one in plan.decisions if one.undo_progress is UndoProgress.ALREADY_UNDONE}
    for key, history in told.items():
        if key not in decisions or key in known:
            continue
        found = decisions[key]
        if history.unknown_outcome and found.done:
            why = "AWS had not said whether it was done, and it is found done"
            yield _entry(plan, found, Event.APPLIED, detail=why, cause=Cause.FOUND_DONE)
        elif history.pending and history.pending.run != plan.run:
            if found.done and not history.pending.undo:
                why = "the run that set about it was cut short, and it is found done"
                yield _entry(plan, found, Event.APPLIED, detail=why, cause=Cause.FOUND_DONE)
            elif found.verdict is not Verdict.UNSEEN:
                yield _cut_short(plan, found)


def _cut_short(plan: Plan, one: Decision) -> Entry:
    why = "the run that set about it was cut short, and it is needed still"
    return _entry(plan, one, Event.FAILED, detail=why, cause=Cause.CUT_SHORT)


def _fate(plan: Plan, one: Decision, outcome: Outcome) -> Entry:
    undo = bool(one.undo_progress)
    if outcome.problem is None:
        event = Event.RESTORED if one.undo_progress is UndoProgress.COMPLETE else Event.APPLIED
        return _entry(plan, one, event, detail=one.why if undo else "", undo=undo)
    trouble = outcome.problem.trouble
    # An undo must know what AWS took before it stopped. Without an answer, the next call may have been taken too.
    unknown = trouble is Trouble.UNKNOWN
    taken = one.calls[: outcome.sent + unknown]
    event = Event.STALE if trouble is Trouble.STALE else Event.FAILED
    cause = Cause.OUTCOME_UNKNOWN if unknown else None
    return _entry(plan, one, event, detail=outcome.problem.message, cause=cause, undo=undo, calls=taken)


def _notices(repository: Repository, plan: Plan, told: Histories, delivered: Mapping[Key, str]) -> Iterator[Entry]:
    decisions = {one.key: one for one in plan.decisions}
    for key, order in awaiting_notice(repository, plan, told).items():
        if key in delivered:
            yield _entry(plan, decisions[key], Event.NOTICED, link=delivered[key], digest=order.notice)


def _ends(plan: Plan, told: Histories) -> Iterator[Entry]:
    for one in plan.decisions:
        history = told.get(one.key, History())
        open_still = not history.settled and (history.told or history.acted or history.pending)
        restored = history.first_noticed_at and not history.settled
        if one.verdict in (Verdict.SATISFIED, Verdict.EXPIRED) and open_still:
            yield _entry(plan, one, Event.SETTLED, detail=one.why)
        elif one.verdict is Verdict.EXEMPT and not history.exempted and (open_still or history.told or restored):
            yield _entry(plan, one, Event.EXEMPTED, detail=one.why)


def _withdrawn(plan: Plan, told: Histories) -> Iterator[Entry]:
    planned = {one.key for one in plan.decisions}
    for key, history in told.items():
        if key not in planned and (history.told or history.exempted or history.pending or history.first_noticed_at):
            yield Entry(
                at=plan.at,
                run=plan.run,
                event=Event.SETTLED,
                task=key[0],
                target=key[1],
                account=history.account,
                action=history.action,
                detail="the task no longer names it",
                cause=Cause.WITHDRAWN,
            )


def _entry(plan: Plan, one: Decision, event: Event, /, **further: Any) -> Entry:
    return Entry(
        at=plan.at,
        run=plan.run,
        event=event,
        task=one.task,
        target=one.target,
        account=one.account,
        action=one.action,
        **further,
    )
