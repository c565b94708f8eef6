"""What the ledger tells of each target: one fold over its entries, an event a function. PURE."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from reconciler.ledger.times import SKEW
from reconciler.model.call import Call
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Cause, Entry, Event, Histories, History
from reconciler.model.task import Key, Order

NOTHING = History()


def histories(entries: Iterable[Entry], before: Histories = MappingProxyType({})) -> Histories:
    """(task, target) -> what the entries tell of it, after those that `before` tells of."""
    found = dict(before)
    for entry in entries:
        known = found.get(entry.key, NOTHING)
        history = replace(known, account=entry.account, action=entry.action, last=entry.hash)
        found[entry.key] = AFTER[entry.event](history, entry)
    return found


def links(entries: Iterable[Entry]) -> dict[Key, str]:
    """(task, target) -> where its team was notified last."""
    return {entry.key: entry.place for entry in entries if entry.event is Event.NOTICED}


def standing_notice(
    history: History, order: Order, exemptions: Iterable[Exemption], brought: datetime | None, now: datetime
) -> datetime | None:
    """When the notice that counts was delivered: of this order and team, not before an exemption that has ended.

    brought: when the order came to main (UTC), None if git was not asked; nobody can have been told of it before.
    """
    at = history.noticed_at
    if at is None or history.notice_digest != order.notice or (brought and at < brought - SKEW):
        return None
    return None if any(at < exemption.end <= now for exemption in exemptions) else at


def calls_digest(calls: Iterable[Call]) -> str:
    """12 hex characters over calls, to see whether the same ones are needed again."""
    text = json.dumps([call.model_dump(mode="json") for call in calls], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _noticed(history: History, entry: Entry) -> History:
    return replace(
        history,
        first_noticed_at=history.first_noticed_at or entry.at,
        noticed_at=entry.at,
        notice_digest=entry.digest,
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
    intent = history.pending or history.unknown_outcome
    calls = intent.calls if intent else ()
    done = (*history.done, (entry.at, calls_digest(calls)))
    return replace(history, done=done, pending=None, unknown_outcome=None, failures=0, acted=True, settled=False)


def _failed(history: History, entry: Entry) -> History:
    if history.pending and history.pending.undo:
        return replace(history, pending=None, undo_failures=history.undo_failures + 1)
    unknown = history.pending if history.pending and entry.calls == history.pending.calls else None
    return replace(history, pending=None, unknown_outcome=unknown, failures=history.failures + 1)


def _stale(history: History, _entry: Entry) -> History:
    return replace(history, pending=None)


def _settled(history: History, entry: Entry) -> History:
    if entry.cause is Cause.WITHDRAWN:
        # A task that names it again is a new order, reviewed anew.
        return History(account=entry.account, action=entry.action, last=entry.hash)
    # What the team fixed itself and comes back later is news, so that the team is notified again. What Krampus did and
    # drifts back was in a notice already.
    noticed_at = history.noticed_at if history.acted else None
    history = replace(history, pending=None, unknown_outcome=None)
    return replace(history, noticed_at=noticed_at, settled=True, exempted=False, failures=0)


def _exempted(history: History, _entry: Entry) -> History:
    return replace(history, noticed_at=None, exempted=True, settled=False, failures=0, pending=None)


def _lapsed(history: History, _entry: Entry) -> History:
    return replace(history, noticed_at=None)


def _restored(history: History, _entry: Entry) -> History:
    return replace(history, noticed_at=None, acted=False, settled=False, failures=0, undo_failures=0, pending=None)


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
