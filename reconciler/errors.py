"""Faults of files, and the errors that end a command early, which the command line turns into exit codes."""

from __future__ import annotations

import difflib
import heapq
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with one file: where (line and column count from 1), what, and what to do about it."""

    file: str
    line: int
    column: int
    message: str
    help: str = ""


# A part of a name that nobody can read, so that one letter more or less makes it another thing's: an id of AWS, the
# number of an account, a digest, a random ending.
OPAQUE = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{6,}|[0-9a-f]{8,}")
MOST_COMPARED = 500
MOST_NAMED = 20


def nearest(word: object, known: Iterable[str]) -> str:
    """The help of a fault about an unknown word: `did you mean 'x'?` if a known one is near, else the list of them.

    A word whose unreadable parts are others is never near: an id is right or wrong, and that of another thing is worse
    than none.
    """
    said, words = str(word)[:MOST_COMPARED], known if isinstance(known, Collection) else tuple(known)
    parts = OPAQUE.findall(said)
    alike = words if len(words) <= MOST_COMPARED else [one for one in words if one[:1].lower() == said[:1].lower()]
    candidates = {one.lower(): one for one in heapq.nsmallest(MOST_COMPARED, alike) if OPAQUE.findall(one) == parts}
    close = difflib.get_close_matches(said.lower(), candidates, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{candidates[close[0]]}'?"
    shown = heapq.nsmallest(MOST_NAMED, words)
    more = f" and {len(words) - len(shown):,} more" if len(words) > len(shown) else ""
    return f"known: {', '.join(shown) or 'none'}{more}"


class InvalidInput(Exception):  # noqa: N818  the vocabulary's word
    """The repository, or a file given to a command, is wrong: exit 2, and not one call was made."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(sorted(faults))


class DoorClosed(Exception):  # noqa: N818  the vocabulary's word
    """git, AWS or the tracker as a whole could not be reached, or refused: exit 1. The text says what to do."""


class OtherRun(DoorClosed):
    """Another run is at work, or has written since this one looked; this one has done nothing, and may begin anew."""


class TrackerRefused(Exception):  # noqa: N818  the vocabulary's word
    """The tracker did not answer one request, or refused it. The others go on, and the next run tries again.

    message: why, for a person. status: of HTTP, 0 if there was no answer.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Locked(TrackerRefused):
    """The issue takes no comments; its text can be changed all the same."""


class Deferred(TrackerRefused):
    """The request was not sent, or must wait for longer than this run may: later runs send it."""
