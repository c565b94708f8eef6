"""All that is remembered of each target: one fold over the ledger's entries, each looked at once. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from reconciler.ledger.effects import AppliedCalls, applied_after
from reconciler.ledger.history import NOTHING, history_after
from reconciler.model.call import Call
from reconciler.model.ledger import Entry, Event, Histories
from reconciler.model.task import Action, Key

Sent = Mapping[tuple[str, str], datetime]  # (service, operation) -> when it was last intended


@dataclass(frozen=True)
class _Packed:
    """What was sent to a target, as it is written: each intent once, and of each call which intended it."""

    account: str
    action: Action
    intents: tuple[Entry, ...]
    known: tuple[tuple[int, Call], ...]
    pending: Entry | None = None


PACKED = TypeAdapter(_Packed)


@dataclass(frozen=True, eq=False)  # equal as mappings are
class Applied(Mapping[Key, AppliedCalls]):
    """What was sent to each target and not undone. packed: as it is written; changed: what has come since.

    Most is never asked for, and a call with its undo is large: it is unpacked when it is.
    """

    packed: Mapping[Key, bytes] = field(default_factory=dict)
    changed: dict[Key, AppliedCalls] = field(default_factory=dict)

    def __getitem__(self, key: Key) -> AppliedCalls:
        """What was sent to one target of one task."""
        return self.changed[key] if key in self.changed else _unpacked(key, self.packed[key])

    def __iter__(self) -> Iterator[Key]:
        """The targets of tasks."""
        return iter(dict.fromkeys((*self.packed, *self.changed)))

    def __len__(self) -> int:
        """How many there are."""
        return len(self.packed.keys() | self.changed.keys())

    def as_packed(self, key: Key) -> bytes:
        """What was sent to one, as it is written; nothing if there was nothing."""
        return packed(self.changed[key]) if key in self.changed else self.packed.get(key, b"")


@dataclass(frozen=True)
class Fold:
    """Where each target stands after some entry. Each mapping is by (task, target), but `sent`, which is by target.

    applied: the calls that were sent and not undone; links: where a team was last notified, as the tracker names it
    sent: when any task, or the undo of one, was last to send an operation there
    """

    histories: Histories = field(default_factory=dict)
    applied: Applied = field(default_factory=Applied)
    links: Mapping[Key, str] = field(default_factory=dict)
    sent: Mapping[str, Sent] = field(default_factory=dict)

    def after(self, entries: Iterable[Entry]) -> Fold:
        """The same after more entries."""
        found, links, sent = dict(self.histories), dict(self.links), dict(self.sent)
        applied = Applied(self.applied.packed, dict(self.applied.changed))
        for entry in entries:
            key = entry.key
            found[key] = history_after(found.get(key, NOTHING), entry)
            applied.changed[key] = applied_after(applied.get(key), entry)
            if entry.event is Event.NOTICED:
                links[key] = entry.place
            elif entry.event is Event.INTENDED:
                calls = {(call.service, call.operation): entry.at for call in entry.calls}
                sent[entry.target] = {**sent.get(entry.target, {}), **calls}
        return Fold(found, applied, links, sent)


def packed(applied: AppliedCalls) -> bytes:
    """What was sent to one target, in one line; nothing if there is nothing to tell."""
    intents = {intent.hash: intent for intent, _ in applied.known}
    number = {hash: at for at, hash in enumerate(intents)}
    known = tuple((number[intent.hash], call) for intent, call in applied.known)
    return PACKED.dump_json(
        _Packed(applied.account, applied.action, tuple(intents.values()), known, applied.pending),
        exclude_defaults=True,
    )


def _unpacked(key: Key, line: bytes) -> AppliedCalls:
    told = PACKED.validate_json(line)
    known = tuple((told.intents[number], call) for number, call in told.known)
    return AppliedCalls(key[1], told.account, told.action, known, told.pending)
