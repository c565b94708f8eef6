"""What the ledger says was done to a target and not taken back, and what takes back what of it still stands. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.sighting import Resource
from reconciler.model.task import Action, Key
from reconciler.resources.catalog import resolve
from reconciler.resources.kind import Refused, UndoStep

SKEW = timedelta(minutes=1)  # AWS's clock and ours may differ by so much
Given = tuple[tuple[datetime, Call], ...]


@dataclass(frozen=True)
class AppliedCalls:
    """The calls that were made, or may have been, to one target of one task; newest first, with when.

    A call that was made again is there once: that it was needed again shows that the one before stood no more.
    """

    target: str
    account: str
    action: Action
    calls: Given = ()
    pending: Entry | None = None

    @property
    def undoable(self) -> bool:
        """Whether any of it can be taken back."""
        return any(call.undo for _, call in self.calls)

    @property
    def lasting(self) -> tuple[str, ...]:
        """What nothing takes back, in order."""
        return tuple(f"{call.service}.{call.operation}" for _, call in reversed(self.calls) if not call.undo)


def applied_calls(entries: Iterable[Entry]) -> dict[Key, AppliedCalls]:
    """(task, target) -> what was done and not taken back; those of which nothing was done are missing."""
    found: dict[Key, AppliedCalls] = {}
    for entry in entries:
        before = found.get(entry.key, AppliedCalls(entry.target, entry.account, entry.action))
        found[entry.key] = _after(replace(before, account=entry.account, action=entry.action), entry)
    # What has no fate yet may have been done.
    whole = {key: _with(one, one.pending.calls) if one.pending else one for key, one in found.items()}
    return {key: one for key, one in whole.items() if one.calls}


def take_back(what: AppliedCalls, resource: Resource) -> UndoStep:
    """The calls that take back what still stands, compared with a fresh look.

    Raises Refused or Underway, as the kind says; Refused too if the resource is not the one that was acted on.
    """
    undoable = [(at, call) for at, call in what.calls if call.undo]
    same = [call for at, call in undoable if not resource.created or resource.created <= at + SKEW]
    if undoable and not same:
        raise Refused(f"it was created {resource.created:%Y-%m-%d %H:%M} UTC, after what was done: it is another one")
    return resolve(what.target)[0].undo_calls(resource, same) if same else UndoStep(())


def _after(before: AppliedCalls, entry: Entry) -> AppliedCalls:
    if entry.event is Event.INTENDED:
        cut = _with(before, before.pending.calls) if before.pending else before
        return replace(cut, pending=None if entry.undo else entry)
    if entry.event is Event.RESTORED:
        return AppliedCalls(entry.target, entry.account, entry.action)
    if before.pending is None or entry.event in (Event.NOTICED, Event.REMINDED):
        return before
    learned = entry.event in (Event.FAILED, Event.STALE) and entry.cause is not Cause.CUT_SHORT
    return replace(_with(before, entry.calls if learned else before.pending.calls), pending=None)


def _with(before: AppliedCalls, calls: Iterable[Call]) -> AppliedCalls:
    at = before.pending.at if before.pending else datetime.max.replace(tzinfo=UTC)
    newer = tuple((at, call) for call in reversed(tuple(calls)))
    known = {_what(call) for _, call in newer}
    return replace(before, calls=(*newer, *((when, call) for when, call in before.calls if _what(call) not in known)))


def _what(call: Call) -> str:
    return call.model_copy(update={"undo": None}).model_dump_json()
