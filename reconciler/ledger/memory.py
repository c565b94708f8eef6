"""What is remembered of the ledger beside the ledger itself: a shorter one has lost lines, an absent one is not empty.

PURE. A chain proves that no line is missing before its last one; that it is the last, only something else can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from reconciler.errors import DoorClosed
from reconciler.ledger import heartbeat, lease
from reconciler.ledger.adoption import FILE as ADOPTED
from reconciler.ledger.adoption import adoption
from reconciler.ledger.chain import intact, pieces, walk
from reconciler.ledger.files import FOLDER, continues
from reconciler.ledger.read import Ledger
from reconciler.model.branch_snapshot import BranchSnapshot

SHOWN = 5  # links of issues


@dataclass(frozen=True)
class Memory:
    """That the ledger had so many lines, and the hash of the last. commit: of this clone, where they still are, or ""

    at: the date of that line, None if it is not known
    """

    lines: int
    last: str
    commit: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Absence:
    """What is known of a ledger that has lost lines. there: how many it has; branch: its name

    memories: those that it does not live up to; issues: links to issues, which speak of orders it knows nothing of
    """

    branch: str
    there: int
    memories: tuple[Memory, ...] = ()
    issues: tuple[str, ...] = ()

    @property
    def known(self) -> str:
        """What was known, in one line."""
        most = max((memory.lines for memory in self.memories), default=0)
        lines = f"{self.there} lines where {most} or more are remembered" if most else "no line"
        issues = f"{len(self.issues)} {'issue' if len(self.issues) == 1 else 'issues'}"
        return f"{lines}, {issues}" if self.issues else lines


class LinesMissing(DoorClosed):
    """The ledger is shorter than what is remembered: nothing may be done by it, and it must not be begun anew."""

    def __init__(self, absence: Absence) -> None:
        """The words for a person are made of what is known."""
        super().__init__(_words(absence))
        self.absence = absence


def is_blank(snapshot: BranchSnapshot) -> bool:
    """Whether no run has ever written to the branch, as far as the branch itself tells."""
    ledger = any(name.startswith(FOLDER) for name in snapshot.files)
    return not ledger and not any(file in snapshot.files for file in (lease.FILE, heartbeat.FILE, ADOPTED))


def missing(ledger: Ledger, branch: str, clone: Iterable[BranchSnapshot], issues: Sequence[str] = ()) -> Absence | None:
    """What the ledger has lost; None if it has all that is remembered.

    clone: commits at which this clone has seen the branch; issues: links to own issues, where the branch is blank.
    What was remembered before an adoption was looked at by whoever adopted.
    """
    adopted = adoption(ledger.snapshot.files)
    gone_from = (snapshot for snapshot in clone if not continues(snapshot, ledger.snapshot))  # of the rest all is there
    memories = [_noted(ledger.snapshot), *(_seen(snapshot) for snapshot in gone_from)]
    broken = tuple(
        memory
        for memory in memories
        if not _has(ledger, memory) and not (adopted and memory.at and memory.at <= adopted.at)
    )
    if not broken and not issues:
        return None
    return Absence(branch, ledger.lines, broken, tuple(issues))


def _noted(snapshot: BranchSnapshot) -> Memory:
    beat = heartbeat.parsed(snapshot.files.get(heartbeat.FILE, b""))
    return Memory(beat.lines, beat.last) if beat else Memory(0, "")


def _seen(snapshot: BranchSnapshot) -> Memory:
    """Of a broken chain the lines before its fault: what follows it proves nothing."""
    entries = intact(snapshot.files)
    last = entries[-1] if entries else None
    return Memory(len(entries), last.hash if last else "", snapshot.commit, last.at if last else None)


def _has(ledger: Ledger, memory: Memory) -> bool:
    """Whether the remembered line stands where it stood; the chain proves those before it."""
    if not memory.lines or memory.lines > ledger.lines:
        return not memory.lines
    if memory.lines == ledger.lines and ledger.last:
        return ledger.last.hash == memory.last
    entries = ledger.entries if len(ledger.entries) == ledger.lines else walk(pieces(ledger.snapshot.files))
    return next(islice(entries, memory.lines - 1, None)).hash == memory.last


def _words(absence: Absence) -> str:
    is_so = f"has {absence.there} lines" if absence.there else "holds no ledger"
    said = [f"lines of the ledger are missing: branch {absence.branch!r} {is_so}. What is known of it:"]
    for memory in absence.memories:
        if memory.commit:
            said.append(
                f"- this clone has seen it at commit {memory.commit} with {memory.lines} lines. To put it back: "
                f"git push origin {memory.commit}:refs/heads/{absence.branch} (with --force if git refuses it)"
            )
        else:
            said.append(f"- heartbeat.json remembers {memory.lines} lines, the last one {memory.last}")
    if count := len(absence.issues):
        links = ", ".join(absence.issues[:SHOWN]) + (f" and {count - SHOWN} more" if count > SHOWN else "")
        said.append(
            f"- {count} {'issue tells' if count == 1 else 'issues tell'} of orders that it does not know: {links}"
        )
    said.append(
        "Without the missing lines nobody knows what teams were told, what was done, and what can be undone: nothing "
        "is done, nobody is told anew, and nothing is begun anew.\n"
        "Look for the branch in other clones, and ask who deleted or rewrote it. If the lines are lost for good, "
        "`krampus ledger adopt` begins anew: then nothing that was lost counts."
    )
    return "\n".join(said)
