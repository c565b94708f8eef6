"""The ledger as one commit of the report branch holds it: read and folded once a run, and handed on. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from reconciler.ledger.adoption import FILE as ADOPTED
from reconciler.ledger.chain import chained, continues, last_hash, parse
from reconciler.ledger.effects import Effects, applied_calls
from reconciler.ledger.heartbeat import noted
from reconciler.ledger.history import NOTHING, histories, links
from reconciler.ledger.times import in_time
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry, Event, Histories, History
from reconciler.model.task import Action, Key

NEVER_WRITTEN = BranchSnapshot("", {})
Counts = Mapping[tuple[Action, str], Set[Key]]


@dataclass(frozen=True)
class Ledger:
    """All that is remembered. Each mapping is by (task, target).

    snapshot: the files that it was read from, the lease among them; entries: in the order of their lines
    applied: the calls that were sent and not undone; links: where a team was last notified, as the tracker names it
    """

    snapshot: BranchSnapshot = NEVER_WRITTEN
    entries: tuple[Entry, ...] = ()
    histories: Histories = field(default_factory=dict)
    applied: Effects = field(default_factory=dict)
    links: Mapping[Key, str] = field(default_factory=dict)

    @property
    def last(self) -> Entry | None:
        """The last line, None if there is none."""
        return self.entries[-1] if self.entries else None

    def history(self, key: Key) -> History:
        """What is told of a task and target, perhaps nothing."""
        return self.histories.get(key, NOTHING)

    def intended_on(self, day: date) -> Counts:
        """(action, account's number) -> what runs intended to do on that UTC day, each once, and no undo."""
        found: dict[tuple[Action, str], set[Key]] = defaultdict(set)
        for entry in self.entries:
            if entry.event is Event.INTENDED and not entry.undo and entry.at.date() == day:
                found[entry.action, entry.account].add(entry.key)
        return found

    @cached_property
    def last_intended(self) -> Mapping[str, Mapping[tuple[str, str], datetime]]:
        """ARN -> (service, operation) -> when any task, or the undo of one, was last to send it there."""
        found: dict[str, dict[tuple[str, str], datetime]] = defaultdict(dict)
        for entry in self.entries:
            for call in entry.calls if entry.event is Event.INTENDED else ():
                found[entry.target][call.service, call.operation] = entry.at
        return found

    def without(self, run: str) -> Ledger:
        """As it would be without what a run wrote."""
        return folded(self.snapshot, [entry for entry in self.entries if entry.run != run])

    def extended(self, snapshot: BranchSnapshot) -> Ledger:
        """As a later commit holds it: only the lines that are new are parsed and folded. InvalidInput as `read`."""
        before, files = self.snapshot.files, snapshot.files
        if not self.last or before.get(ADOPTED) != files.get(ADOPTED) or not continues(before, files):
            return folded(snapshot, in_time(parse(files), files, None, None))
        return folded(snapshot, in_time(parse(files, before, self.last.hash), files, None, self.last), self)

    def with_lines(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """The files that change when these entries are chained on, whole.

        What a run has written already is not written again: a push whose answer was lost may find its own lines.
        """
        runs = {entry.run for entry in entries}
        known = {entry.once for entry in self.entries if entry.run in runs}
        return chained(self.snapshot.files, self.last, [entry for entry in entries if entry.once not in known])

    def remembered_with(self, entries: Sequence[Entry]) -> dict[str, bytes]:
        """The same, and the heartbeat's file, which remembers them."""
        lines, before = self.with_lines(entries), self.snapshot.files
        added = sum(text.count(b"\n") - before.get(file, b"").count(b"\n") for file, text in lines.items())
        return {**lines, **noted(before, len(self.entries) + added, last_hash(lines))} if lines else {}


EMPTY = Ledger()


def read(snapshot: BranchSnapshot, now: datetime | None) -> Ledger:
    """The ledger of a commit. InvalidInput if a line is damaged, out of its chain, or dated after `now` (UTC).

    now: None for a reader that goes by nothing of it
    """
    return folded(snapshot, in_time(parse(snapshot.files), snapshot.files, now, None))


def timeless(snapshot: BranchSnapshot) -> Ledger:
    """The ledger of a commit, whatever its times say. InvalidInput if a line is damaged or out of its chain."""
    return folded(snapshot, parse(snapshot.files))


def folded(snapshot: BranchSnapshot, entries: Sequence[Entry], onto: Ledger = EMPTY) -> Ledger:
    """The ledger with these entries after those of another."""
    return Ledger(
        snapshot,
        (*onto.entries, *entries),
        histories(entries, onto.histories),
        applied_calls(entries, onto.applied),
        {**onto.links, **links(entries)},
    )
