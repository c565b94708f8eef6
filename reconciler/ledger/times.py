"""Time in the ledger only goes forward: no line is older than the one before it, and none is from the future. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.adoption import FILE, adoption
from reconciler.ledger.chain import place
from reconciler.ledger.files import Files
from reconciler.model.ledger import Entry

SKEW = timedelta(
    minutes=5
)  # by which the clocks of two machines may differ; a run whose own is farther off does not start
ADOPT = "look who wrote it (git log --show-signature); if the rest of the ledger is right, run `krampus ledger adopt`"


def in_time(entries: Iterable[Entry], files: Files, now: datetime | None, last: Entry | None) -> Iterator[Entry]:
    """The same entries, one by one, with those that were adopted dated no later than that.

    now: after which nothing can have been written, None if that is not asked; last: the entry before these, which makes
    them later than whatever was adopted. InvalidInput with the line that goes back, or is from the future, when it
    comes to it: who writes such a line gains a notice that nobody was given, or his clock was wrong. The entries may
    be gone by only once they are through: that what was adopted is not among them is known at the end.
    """
    adopted = adoption(files) if last is None else None
    latest = now + SKEW if now else None
    vouched = adopted.last if adopted else ""
    for entry in entries:
        if adopted and vouched:
            vouched = "" if entry.hash == vouched else vouched
            last = entry.model_copy(update={"at": min(entry.at, adopted.at)})
        elif last and entry.at < last.at - SKEW:
            why = f"is dated {_moment(entry.at)}, earlier than the line before it ({_moment(last.at)})"
            raise InvalidInput([_fault(files, entry, why)])
        elif latest and entry.at > latest:
            why = f"is dated {_moment(entry.at)}, which has not come yet: the clock of the run {entry.run} was ahead"
            raise InvalidInput([_fault(files, entry, f"{why}, or this machine's is behind")])
        else:
            last = entry
        yield last
    if vouched:
        message = "the line that was adopted is not in the ledger"
        raise InvalidInput([Fault(FILE, 1, 1, message, "restore the report branch to a commit that has it")])


def _fault(files: Files, entry: Entry, why: str) -> Fault:
    file, line = place(files, entry)
    return Fault(file, line, 1, f"line {line} {why}", ADOPT)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
