"""What was sent to each target and not undone: one fold over the ledger's entries. PURE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.task import Action, Key

SentCalls = tuple[tuple[Entry, Call], ...]


@dataclass(frozen=True)
class AppliedCalls:
    """The calls that were sent, or possibly sent, to one target of one task, and not undone.

    account: the number of the account in which they were intended last
    known: those with an outcome, newest first, each with the line that intended it
    pending: the intent that has none yet
    """

    target: str
    account: str
    action: Action
    known: SentCalls = ()
    pending: Entry | None = None

    @property
    def calls(self) -> SentCalls:
        """All of them, newest first: what has no outcome yet may have been done.

        A call that was sent again is there once: that it was needed again shows that the one before stood no more.
        """
        return _with(self, self.pending.calls).known if self.pending else self.known

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs that intended them, oldest first."""
        return tuple(dict.fromkeys(intent.run for intent, _ in reversed(self.calls)))

    def only(self, wanted: Callable[[Entry], bool]) -> AppliedCalls:
        """The calls of those intents alone that are wanted."""
        known = tuple((intent, call) for intent, call in self.calls if wanted(intent))
        account = known[0][0].account if known else self.account
        return replace(self, known=known, pending=None, account=account)

    @property
    def undoable(self) -> bool:
        """Whether any of it can be undone."""
        return any(call.undo for _, call in self.calls)

    @property
    def intents(self) -> tuple[Entry, ...]:
        """The lines that intended what can be undone, newest first."""
        return tuple(intent for intent, call in self.calls if call.undo)

    @property
    def undone_as(self) -> Action:
        """The action whose look shows all that an undo goes by: a task may have been raised from one to the other."""
        return "kill" if any(intent.action == "kill" for intent in self.intents) else self.action

    @property
    def irreversible(self) -> tuple[str, ...]:
        """The operations that nothing undoes, oldest first."""
        return tuple(f"{call.service}.{call.operation}" for _, call in reversed(self.calls) if not call.undo)


Effects = Mapping[Key, AppliedCalls]


def applied_after(known: AppliedCalls | None, entry: Entry) -> AppliedCalls:
    """What was sent to a target of a task and not undone, with one more entry of it; perhaps no calls at all."""
    known = known or AppliedCalls(entry.target, entry.account, entry.action)
    # A line that says nothing of calls may be of another account: a bucket's task may name another by now.
    account = entry.account if entry.event is Event.INTENDED else known.account
    return _after(replace(known, account=account, action=entry.action), entry)


def _after(applied: AppliedCalls, entry: Entry) -> AppliedCalls:
    if entry.event is Event.INTENDED:
        cut_short = _with(applied, applied.pending.calls) if applied.pending else applied
        return replace(cut_short, pending=None if entry.undo else entry)
    if entry.event is Event.RESTORED:
        gone = set(entry.runs)
        return applied.only(lambda intent: bool(gone) and intent.run not in gone)
    if applied.pending is None or entry.event in (Event.NOTICED, Event.REMINDED, Event.LAPSED):
        return applied
    if entry.cause is Cause.NOTHING_LEFT:  # what somebody else did is not ours to undo
        return replace(applied, pending=None)
    # What failed says how far it came; a run that was cut short cannot.
    says = entry.event in (Event.FAILED, Event.STALE) and entry.cause is not Cause.CUT_SHORT
    return _with(applied, entry.calls if says else applied.pending.calls)


def _with(applied: AppliedCalls, calls: Iterable[Call]) -> AppliedCalls:
    """With calls of the pending intent known to have been sent, and nothing pending."""
    if applied.pending is None:
        return applied
    newer = tuple((applied.pending, call) for call in reversed(tuple(calls)))
    again = {_what(call) for _, call in newer}
    older = tuple((intent, call) for intent, call in applied.known if _what(call) not in again)
    return replace(applied, known=(*newer, *older), pending=None)


def _what(call: Call) -> str:
    return call.model_copy(update={"undo": None}).model_dump_json()
