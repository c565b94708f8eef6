"""What a run adds to the ledger: intents before its calls; afterwards outcomes, notices, and what was found. PURE.

An entry is written for news only: a run in which nothing changed adds none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.ledger.history import NOTHING
from reconciler.model.ledger import Cause, Entry, Event, Histories, History
from reconciler.model.notice import Delivery, Telling
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Trouble
from reconciler.model.task import Key

LAPSED = {
    Cause.ALTERED: "another action, other options, another team or account",
    Cause.UNSPARED: "an exemption has ended since",
    Cause.WATCHED: "its account is only watched",
    Cause.REFUSED: "it is refused",
    Cause.MOVED: "its team is told in another place now",
    Cause.PAUSED: "the pause held it for longer than its grace",
    Cause.OLDER: "it is older than its order on the main branch",
}
ENDS = {Reason.GONE: Cause.GONE, Reason.EXPIRED: Cause.EXPIRED}


def intended(plan: Plan, histories: Histories) -> list[Entry]:
    """Before the calls: an entry with all of them and their undo for each target that is due."""
    fresh = [
        (decision, pending)
        for decision in plan.ready
        if (pending := histories.get(decision.key, NOTHING).pending) is None or pending.run != plan.run
    ]
    return [
        *(_holds(plan, histories) if fresh else ()),
        *(_cut_short(plan, decision, pending) for decision, pending in fresh if pending),
        *(_intent(plan, decision) for decision, _ in fresh),
    ]


def after_undo(plan: Plan, outcomes: Sequence[Outcome], histories: Histories) -> list[Entry]:
    """After an undo: what is held, if that was not written before its calls, and its outcomes.

    The plan speaks of nothing else, so nothing else is to be written down.
    """
    return [*_holds(plan, histories), *_outcomes(plan, outcomes, histories)]


def after_run(  # noqa: PLR0913, PLR0917  all that a run has found and told
    plan: Plan,
    outcomes: Sequence[Outcome],
    histories: Histories,
    announced: Mapping[Key, Telling],
    lapsed: Mapping[Key, Cause],
    delivery: Delivery,
) -> list[Entry]:
    """After the calls. `announced`: what teams were to be told; of that, `delivery` says what was delivered, and when.

    lapsed: why notices count no more
    """
    return [
        *_outcomes(plan, outcomes, histories),
        *_lapses(plan, lapsed),
        *_ends(plan, histories),
        *_withdrawn(plan, histories),
        *_notices(plan, announced, delivery),
    ]


def reminded(plan: Plan, reminders: Mapping[Key, str], delivery: Delivery) -> list[Entry]:
    """After the calls: the reminders of what is to come that were delivered. `reminders`: their names."""
    at = max(plan.at, delivery.at or plan.at)
    return [
        _entry(plan, decision, Event.REMINDED, place=place, due=decision.due, reminder=name).model_copy(
            update={"at": at}
        )
        for decision in plan.decisions
        if (name := reminders.get(decision.key)) and (place := delivery.delivered.get(decision.key))
    ]


def _holds(plan: Plan, histories: Histories) -> Iterator[Entry]:
    """What nothing is done to from now on, until its task's file changes; nothing of what is held by it already."""
    for decision in plan.decisions:
        line = histories.get(decision.key, NOTHING).taken_back
        if plan.undo_request and decision.hold and not (line and line.digest == decision.hold):
            what = {"digest": decision.hold, "by": plan.undo_request.by, "undo": True}
            yield _entry(plan, decision, Event.LAPSED, detail=decision.why, cause=Cause.TAKEN_BACK, **what)


def _intent(plan: Plan, decision: Decision) -> Entry:
    undo = bool(decision.undo_progress)
    # Otherwise that it is due says all.
    detail = decision.why if undo or decision.reason in (Reason.ALLOWED, Reason.WAIVED) else ""
    made_from = {"plan": plan.digest, "commit": plan.repository.commit, "identity": decision.identity}
    return _entry(plan, decision, Event.INTENDED, detail=detail, undo=undo, calls=decision.calls, **made_from)


def _cut_short(plan: Plan, decision: Decision, pending: Entry) -> Entry:
    why = "the run was interrupted; it is still needed"
    return _entry(plan, decision, Event.FAILED, detail=why, cause=Cause.CUT_SHORT, undo=pending.undo)


def _outcomes(plan: Plan, outcomes: Iterable[Outcome], histories: Histories) -> Iterator[Entry]:
    """This run's own, and those that earlier runs owe: what became of their calls is seen, or sent again."""
    decisions = {decision.key: decision for decision in plan.decisions}
    known = set()
    for outcome in outcomes:
        known.add(outcome.key)
        if outcome.key in decisions:
            yield _outcome(plan, decisions[outcome.key], outcome)
    for decision in plan.decisions:
        if decision.undo_progress is UndoProgress.ALREADY_UNDONE:
            known.add(decision.key)
            why = "it is found as it was before"
            gone = {"runs": decision.runs, "undo": True}
            yield _entry(plan, decision, Event.RESTORED, detail=why, cause=Cause.FOUND_UNDONE, **gone)
    for key, decision in decisions.items():
        if key in histories and key not in known:
            yield from _owed(plan, decision, histories[key])


def _outcome(plan: Plan, decision: Decision, outcome: Outcome) -> Entry:
    undo = bool(decision.undo_progress)
    if outcome.problem is None:
        event = Event.RESTORED if decision.undo_progress is UndoProgress.COMPLETE else Event.APPLIED
        runs = decision.runs if event is Event.RESTORED else ()
        idle = outcome.nothing_left and not undo
        detail = "AWS said that nothing was left to do" if idle else decision.why if undo else ""
        return _entry(
            plan, decision, event, detail=detail, cause=Cause.NOTHING_LEFT if idle else None, undo=undo, runs=runs
        )
    trouble = outcome.problem.trouble
    # An undo must know what AWS took before it stopped. Without an answer, the next call may have been taken too.
    unknown = trouble is Trouble.UNKNOWN
    taken = decision.calls[: outcome.sent + unknown]
    event = Event.STALE if outcome.stale else Event.FAILED
    causes = {Cause.OUTCOME_UNKNOWN: unknown, Cause.NO_ROOM: trouble is Trouble.CAPACITY}
    causes[Cause.LATE] = outcome.stale and outcome.late
    cause = next((cause for cause, so in causes.items() if so), None)
    return _entry(plan, decision, event, detail=outcome.problem.message, cause=cause, undo=undo, calls=taken)


def _owed(plan: Plan, decision: Decision, history: History) -> Iterator[Entry]:
    """What is found of an earlier run that was cut short, or that AWS did not answer."""
    pending = history.pending if history.pending and history.pending.run != plan.run else None
    if history.unknown_outcome and decision.done:
        why = "AWS had not said whether it was done, and it is found done"
        yield _entry(plan, decision, Event.APPLIED, detail=why, cause=Cause.FOUND_DONE)
    elif pending and decision.done and not pending.undo:
        why = "the run was interrupted; it is found done"
        yield _entry(plan, decision, Event.APPLIED, detail=why, cause=Cause.FOUND_DONE)
    elif pending and decision.verdict is not Verdict.UNSEEN:
        yield _cut_short(plan, decision, pending)


def _lapses(plan: Plan, lapsed: Mapping[Key, Cause]) -> Iterator[Entry]:
    for decision in plan.decisions:
        if cause := lapsed.get(decision.key):
            yield _entry(plan, decision, Event.LAPSED, detail=LAPSED[cause], cause=cause)


def _notices(plan: Plan, announced: Mapping[Key, Telling], delivery: Delivery) -> Iterator[Entry]:
    at = max(plan.at, delivery.at or plan.at)
    for decision in plan.decisions:
        if (telling := announced.get(decision.key)) and (place := delivery.delivered.get(decision.key)):
            # A hold says why; all else is in the date.
            detail = decision.why if telling.cause in (Cause.HELD, Cause.PAUSED) else ""
            entry = _entry(
                plan,
                decision,
                Event.NOTICED,
                detail=detail,
                place=place,
                commit=plan.repository.commit,
                **vars(telling),
            )
            yield entry.model_copy(update={"at": at})


def _ends(plan: Plan, histories: Histories) -> Iterator[Entry]:
    for decision in plan.decisions:
        history = histories.get(decision.key, NOTHING)
        # What was intended after it was settled is open again, and the run that sees it done says so at once.
        unfinished = history.pending or (not history.settled and (history.notice or history.acted))
        restored = history.first_noticed_at and not history.settled
        ended = ENDS.get(decision.reason)  # of what was settled before, and whose notice stands, that is news too
        if decision.verdict in (Verdict.SATISFIED, Verdict.EXPIRED) and (unfinished or (ended and history.notice)):
            yield _entry(plan, decision, Event.SETTLED, detail=decision.why, cause=ended)
        known = unfinished or history.notice or restored
        if decision.verdict is Verdict.EXEMPT and known and not history.exempted:
            yield _entry(plan, decision, Event.EXEMPTED, detail=decision.why)


def _withdrawn(plan: Plan, histories: Histories) -> Iterator[Entry]:
    planned = {decision.key for decision in plan.decisions}
    for key, history in histories.items():
        known = history.notice or history.exempted or history.pending or history.first_noticed_at
        known = known or history.taken_back
        if key not in planned and known:
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


def _entry(plan: Plan, decision: Decision, event: Event, /, **further: Any) -> Entry:
    return Entry(
        at=plan.at,
        run=plan.run,
        event=event,
        task=decision.task,
        target=decision.target,
        account=decision.account_id,
        action=decision.action,
        **further,
    )
