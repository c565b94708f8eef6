"""The ledger as one commit of the report branch holds it: read and folded once a run, and handed on. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.adoption import FILE as ADOPTED
from reconciler.ledger.adoption import adoption
from reconciler.ledger.chain import Piece, chained, last_hash, new_pieces, pieces, walk
from reconciler.ledger.checkpoint import (
    FILE,
    Awake,
    Checkpoint,
    End,
    contradiction,
    head_of,
    made,
    mark,
    read_checkpoint,
)
from reconciler.ledger.effects import Effects
from reconciler.ledger.files import FULL, continues, ledger_files
from reconciler.ledger.fold import Fold, Sent
from reconciler.ledger.heartbeat import noted
from reconciler.ledger.history import NOTHING
from reconciler.ledger.need import Need
from reconciler.ledger.times import in_time
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry, Event, Histories, History
from reconciler.model.task import Action, Key

NEVER_WRITTEN = BranchSnapshot("", {})
LEAST = 1_000  # lines: for fewer a checkpoint is not made anew
Counts = Mapping[tuple[Action, str], Set[Key]]


@dataclass(frozen=True)
class Ledger:
    """All that is remembered, as far as it was needed.

    snapshot: the files that it was read from, the lease among them; entries: all lines, or with `need` those of late
    lines: how many there are in all; last: the last one, None if there is none
    fold: where each target stands; before: where it stood before `entries`
    ends: the ends of the files that were read; checkpoint: where reading began, None if at the beginning
    """

    snapshot: BranchSnapshot = NEVER_WRITTEN
    entries: tuple[Entry, ...] = ()
    lines: int = 0
    last: Entry | None = None
    fold: Fold = field(default_factory=Fold)
    before: Fold = field(default_factory=Fold)
    ends: Mapping[str, End] = field(default_factory=dict)
    checkpoint: Checkpoint | None = None
    need: Need | None = None

    @property
    def histories(self) -> Histories:
        """What is told of each (task, target)."""
        return self.fold.histories

    @property
    def applied(self) -> Effects:
        """(task, target) -> the calls that were sent and not undone."""
        return self.fold.applied

    @property
    def links(self) -> Mapping[Key, str]:
        """(task, target) -> where its team was last notified, as the tracker names it."""
        return self.fold.links

    @property
    def last_intended(self) -> Mapping[str, Sent]:
        """ARN -> (service, operation) -> when any task, or the undo of one, was last to send it there."""
        return self.fold.sent

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

    def without(self, run: str) -> Ledger:
        """As it would be without what a run wrote, which may be no older than `need` tells."""
        left = tuple(entry for entry in self.entries if entry.run != run)
        if len(left) == len(self.entries):
            return self
        last, lines = (left[-1] if left else None), self.lines - len(self.entries) + len(left)
        return replace(self, entries=left, lines=lines, last=last, fold=self.before.after(left))

    def extended(self, snapshot: BranchSnapshot) -> Ledger:
        """As a later commit holds it: only the lines that are new are parsed and folded. InvalidInput as `read`."""
        before = self.snapshot
        if not self.last or before.blob(ADOPTED) != snapshot.blob(ADOPTED) or not continues(before, snapshot):
            return read(snapshot, None, self.need)
        return _with(self, snapshot, new_pieces(before, snapshot), None)

    def with_lines(self, entries: Sequence[Entry], full: int = FULL, *, fresh: bool = False) -> dict[str, bytes]:
        """The files that change when these entries are chained on, whole; `full`, `fresh` as for `chained`.

        What a run has written already is not written again: a push whose answer was lost may find its own lines.
        """
        return chained(self.snapshot.files, self.last, self._new(entries), full, fresh=fresh)

    def remembered_with(self, entries: Sequence[Entry], full: int = FULL, *, fresh: bool = False) -> dict[str, bytes]:
        """The same, and the heartbeat's file, which remembers them."""
        lines = self.with_lines(entries, full, fresh=fresh)
        total = self.lines + len(self._new(entries))
        return {**lines, **noted(self.snapshot.files, total, last_hash(lines))} if lines else {}

    def next_checkpoint(self, least: int = LEAST) -> dict[str, bytes]:
        """The files of a checkpoint that covers more, if it is time for one: if what it would cover besides has grown
        in proportion to what it holds, so that all of them together cost no more than the lines do.

        None is made where none is gone by, or for fewer lines than `least`. InvalidInput if a line that it would cover
        is damaged.
        """
        base, names = self.checkpoint, ledger_files(self.snapshot.files)
        file = self._covered_next(names, least)
        if not file:
            return {}
        end, covered = self.ends[file], names[: names.index(file) + 1]
        after, last = (base.fold, base.head.last) if base else (Fold(), None)
        files, skipped = self.snapshot.files, len(base.head.covered) if base else 0
        between = ((name, 1, files[name]) for name in covered[skipped:])
        fold = after.after(in_time(walk(between, last.hash if last else ""), files, None, last))
        moved = {key[1] for key, one in self.histories.items() if fold.histories.get(key, NOTHING).last != one.last}
        awake = moved | (self.need.targets if self.need else set())
        forgotten = base.forgotten if base else frozenset[str]()
        return made(fold, end, covered, self.snapshot, Awake(awake, forgotten))

    def _covered_next(self, names: Sequence[str], least: int) -> str:
        """The last file that a new checkpoint covers; "" if it is not time for one."""
        if not (self.need and self.need.signed):
            return ""
        base, adopted = self.checkpoint, adoption(self.snapshot.files)
        old = [
            name
            for name in names[:-1]
            if name in self.ends
            and self.ends[name].last.at < self.need.covered_before
            and not (adopted and self.ends[name].last.at <= adopted.at)
        ]
        covered, held = (base.head.lines, len(base.fold.histories)) if base else (0, 0)
        return old[-1] if old and self.ends[old[-1]].lines - covered >= max(least, held) else ""

    def _new(self, entries: Sequence[Entry]) -> list[Entry]:
        runs = {entry.run for entry in entries}
        known = {entry.once for entry in self.entries if entry.run in runs}
        return [entry for entry in entries if entry.once not in known]


EMPTY = Ledger()


def read(snapshot: BranchSnapshot, now: datetime | None, need: Need | None = None) -> Ledger:
    """The ledger of a commit. InvalidInput if a line is damaged, out of its chain, or dated after `now` (UTC).

    now: None for a reader that goes by nothing of it; need: what is needed of it, None if all is. All is read too where
    the checkpoint does not serve; InvalidInput if it speaks of other lines than there are.
    """
    head = head_of(snapshot) if need and need.signed else None
    against = contradiction(head, snapshot) if head else ""
    if need and head and not against and head.last.at < need.first:
        known = read_checkpoint(head, snapshot)
        ledger = _from(known, snapshot, now, need) if known else None
        if ledger:
            return ledger
    ledger = _with(replace(EMPTY, need=need), snapshot, pieces(snapshot.files), now)
    if against:
        what = "restore the report branch to a commit at which both agreed"
        raise InvalidInput([Fault(FILE, 1, 1, f"tells of lines that are not there: {against}", what)])
    return ledger


def timeless(snapshot: BranchSnapshot) -> Ledger:
    """The ledger of a commit, whatever its times say. InvalidInput if a line is damaged or out of its chain."""
    return folded(snapshot, tuple(walk(pieces(snapshot.files))))


def folded(snapshot: BranchSnapshot, entries: Sequence[Entry]) -> Ledger:
    """The ledger of these entries and no others."""
    last = entries[-1] if entries else None
    return Ledger(snapshot, tuple(entries), len(entries), last, Fold().after(entries))


def _from(known: Checkpoint, snapshot: BranchSnapshot, now: datetime | None, need: Need) -> Ledger | None:
    """The ledger from a checkpoint on; None if something that it has forgotten is spoken of again."""
    head = known.head
    begun = Ledger(lines=head.lines, last=head.last, fold=known.fold, before=known.fold, checkpoint=known, need=need)
    ledger = _with(begun, snapshot, pieces(snapshot.files, len(head.covered)), now)
    spoken_of = {target for _, target in ledger.histories.keys() - known.fold.histories.keys()} | need.targets
    return None if known.forgotten.intersection(map(mark, spoken_of)) else ledger


def _with(ledger: Ledger, snapshot: BranchSnapshot, pieces: Iterable[Piece], now: datetime | None) -> Ledger:
    """The ledger with the lines that follow it."""
    reading, last = (
        _Reading(ledger.need, ledger.lines, ledger.last, dict(ledger.ends), bool(ledger.entries)),
        ledger.last,
    )
    entries = in_time(walk(reading.noted(pieces), last.hash if last else ""), snapshot.files, now, last)
    before = ledger.before.after(reading.early(entries))
    return replace(
        ledger,
        snapshot=snapshot,
        entries=(*ledger.entries, *reading.late),
        lines=reading.lines,
        last=reading.last,
        fold=(ledger.fold if ledger.entries else before).after(reading.late),
        before=before,
        ends=reading.ends,
    )


@dataclass
class _Reading:
    """How far the lines have been read. late: the entries that a run may look at by itself"""

    need: Need | None
    lines: int
    last: Entry | None
    ends: dict[str, End]
    begun: bool  # whether there are such entries before these
    late: list[Entry] = field(default_factory=list)

    def noted(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The same, and where each ends: the next one is asked for once all entries of it have come to `early`."""
        for piece in pieces:
            yield piece
            if self.last:
                self.ends[piece[0]] = End(self.lines, self.last)

    def early(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those that come before `late`: a line may be dated a little before the one that it follows."""
        for entry in entries:
            self.lines, self.last = self.lines + 1, entry
            if self.begun or self.late or not self.need or entry.at >= self.need.first:
                self.late.append(entry)
            else:
                yield entry
