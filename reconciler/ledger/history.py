"""What the ledger tells of each target: one fold over its entries, an event a function. PURE."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event, Histories, History


def histories(entries: Iterable[Entry]) -> Histories:
    """(task, target) -> what the ledger tells of it."""
    told: dict[tuple[str, str], History] = defaultdict(History)
    for entry in entries:
        history = replace(told[entry.key], account=entry.account, action=entry.action, last=entry.hash)
        told[entry.key] = AFTER[entry.event](history, entry)
    return dict(told)


def places(entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """(task, target) -> where its team was told of it last."""
    return {entry.key: entry.link for entry in entries if entry.event is Event.NOTICED}


def calls_digest(calls: Iterable[Call]) -> str:
    """12 hex characters over calls, to see whether the same ones are needed again."""
    text = json.dumps([call.model_dump(mode="json") for call in calls], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _noticed(history: History, entry: Entry) -> History:
    return replace(
        history,
        first_noticed_at=history.first_noticed_at or entry.at,
        told=entry.at,
        order=entry.digest,
        failures=0,
        settled=False,
        exempted=False,
        acted=False,
        undo_failures=0,
    )


def _intended(history: History, entry: Entry) -> History:
    return replace(history, pending=entry, unknown_outcome=None)


def _applied(history: History, entry: Entry) -> History:
    if history.pending and history.pending.undo:
        return replace(history, pending=None, undo_failures=0)  # a step of it; the rest follows
    made = history.pending or history.unknown_outcome
    calls = made.calls if made else ()
    done = (*history.done, (entry.at, calls_digest(calls)))
    return replace(history, done=done, pending=None, unknown_outcome=None, failures=0, acted=True, settled=False)


def _failed(history: History, entry: Entry) -> History:
    if history.pending and history.pending.undo:
        return replace(history, pending=None, undo_failures=history.undo_failures + 1)
    unsure = history.pending if history.pending and entry.calls == history.pending.calls else None
    return replace(history, pending=None, unknown_outcome=unsure, failures=history.failures + 1)


def _stale(history: History, _entry: Entry) -> History:
    return replace(history, pending=None)


def _settled(history: History, entry: Entry) -> History:
    if entry.cause is Cause.WITHDRAWN:
        # A task that names it again is a new order, reviewed anew.
        return History(account=entry.account, action=entry.action, last=entry.hash)
    # What the team mended itself and what comes back later is news, so it is told again. What Krampus did and what
    # drifts back was told of already.
    told = history.told if history.acted else None
    return replace(history, told=told, settled=True, exempted=False, failures=0, pending=None, unknown_outcome=None)


def _exempted(history: History, _entry: Entry) -> History:
    return replace(history, told=None, exempted=True, settled=False, failures=0, pending=None)


def _restored(history: History, _entry: Entry) -> History:
    return replace(history, told=None, acted=False, settled=False, failures=0, undo_failures=0, pending=None)


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
}
