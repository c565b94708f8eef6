"""What the ledger tells of a target after one more entry of it: an event a function. PURE."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace

from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event, History, StandingNotice
from reconciler.model.task import Order

NOTHING = History()
HOLDS = (Cause.HELD, Cause.PAUSED)
CHANGES = (Cause.BROUGHT_FORWARD, Cause.POSTPONED, Cause.RELEASED, *HOLDS)


def history_after(known: History, entry: Entry) -> History:
    """What is told of a task and target with one more entry of it."""
    history = replace(known, account=entry.account, action=entry.action, last=entry.hash)
    return AFTER[entry.event](history, entry)


def standing_hold(history: History, order: Order) -> Entry | None:
    """The line by which the target is held since it was undone; None if none does, or its task's file has changed."""
    line = history.taken_back
    return line if line and line.digest == order.content else None


def calls_digest(calls: Iterable[Call]) -> str:
    """12 hex characters over calls, to see whether the same ones are needed again."""
    text = json.dumps([call.model_dump(mode="json") for call in calls], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _noticed(history: History, entry: Entry) -> History:
    notice = _standing(history.notice, entry)
    if entry.cause in CHANGES and history.notice and notice:
        return replace(history, notice=notice)
    return replace(
        history,
        first_noticed_at=history.first_noticed_at or entry.at,
        identity=history.identity or entry.identity,
        gone=False,
        notice=notice,
        failures=0,
        stale=0,
        settled=False,
        exempted=False,
        acted=False,
        undo_failures=0,
        taken_back=history.taken_back if entry.cause else None,  # a fresh notice: the task's file has changed since
    )


def _standing(before: StandingNotice | None, entry: Entry) -> StandingNotice | None:
    """A later date or a hold is told of a notice that stands, and its floor counts on from when that was given.

    None without a date: a line that names none has promised nothing.
    """
    if entry.since is None or entry.due is None:
        return None
    keeps = before and entry.cause in (Cause.POSTPONED, *HOLDS)
    hold = entry.cause if entry.cause in HOLDS else None
    return StandingNotice(
        told_at=before.told_at if before and keeps else entry.at,
        since=entry.since,
        due=entry.due,
        digest=entry.digest,
        identity=entry.identity,
        tracker=entry.tracker,
        repository=entry.repository,
        place=entry.place,
        hold=hold,
        held_at=entry.at if hold else None,
    )


def _intended(history: History, entry: Entry) -> History:
    return replace(history, pending=entry, unknown_outcome=None)


def _applied(history: History, entry: Entry) -> History:
    if history.pending and history.pending.undo:
        return replace(history, pending=None, stale=0, undo_failures=0)  # a step of it; the rest follows
    intent = history.pending or history.unknown_outcome
    calls = intent.calls if intent else ()
    # What is there after AWS took the end of it may be another one, even if no run has seen it gone.
    gone = history.gone or (entry.action == "kill" and any(call.undo is None for call in calls))
    history = replace(history, gone=gone, pending=None, unknown_outcome=None, failures=0, stale=0, settled=False)
    if entry.cause is Cause.NOTHING_LEFT:  # nothing was done that somebody could have undone
        return history
    return replace(history, done=(*history.done, (entry.at, calls_digest(calls))), acted=True)


def _failed(history: History, entry: Entry) -> History:
    if entry.cause is Cause.NO_ROOM:
        return replace(history, pending=None)  # nothing to look at: it is tried until there is room
    if history.pending and history.pending.undo:
        return replace(history, pending=None, stale=0, undo_failures=history.undo_failures + 1)
    unknown = history.pending if history.pending and entry.calls == history.pending.calls else None
    # What was never sent, since its run was cut short, says nothing of whether it changes.
    stale = history.stale if entry.cause is Cause.CUT_SHORT else 0
    return replace(history, pending=None, unknown_outcome=unknown, failures=history.failures + 1, stale=stale)


def _stale(history: History, entry: Entry) -> History:
    return replace(history, pending=None, stale=history.stale + (entry.cause is not Cause.LATE))


def _settled(history: History, entry: Entry) -> History:
    if entry.cause is Cause.WITHDRAWN:
        # A task that names it again is a new order, reviewed anew.
        return History(account=entry.account, action=entry.action, last=entry.hash)
    # What the team fixed itself and comes back later is news, so that the team is notified again; so is what comes
    # after it was gone. What Krampus did and drifts back was in a notice already.
    ended = not history.acted or entry.cause in (Cause.GONE, Cause.EXPIRED)
    history = replace(history, pending=None, unknown_outcome=None, gone=history.gone or entry.cause is Cause.GONE)
    notice = replace(history.notice, hold=None, held_at=None) if history.notice and not ended else None
    return replace(history, notice=notice, settled=True, exempted=False, failures=0, stale=0)


def _exempted(history: History, _entry: Entry) -> History:
    return replace(history, notice=None, exempted=True, settled=False, failures=0, stale=0, pending=None)


def _lapsed(history: History, entry: Entry) -> History:
    taken_back = entry if entry.cause is Cause.TAKEN_BACK else history.taken_back
    return replace(history, notice=None, taken_back=taken_back)


def _restored(history: History, _entry: Entry) -> History:
    return replace(history, notice=None, acted=False, settled=False, failures=0, stale=0, undo_failures=0, pending=None)


def _reminded(history: History, entry: Entry) -> History:
    return replace(history, reminded=(*history.reminded, entry.reminder))


AFTER: dict[Event, Callable[[History, Entry], History]] = {
    Event.NOTICED: _noticed,
    Event.REMINDED: _reminded,
    Event.INTENDED: _intended,
    Event.APPLIED: _applied,
    Event.FAILED: _failed,
    Event.STALE: _stale,
    Event.SETTLED: _settled,
    Event.EXEMPTED: _exempted,
    Event.RESTORED: _restored,
    Event.LAPSED: _lapsed,
}
