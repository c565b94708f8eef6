"""Faults of files, and the errors that end a command early, which the command line turns into exit codes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with one file: where (line and column count from 1), what, and what to do about it."""

    file: str
    line: int
    column: int
    message: str
    help: str = ""


def nearest(word: object, known: Iterable[str]) -> str:
    """The help of a fault about an unknown word: `did you mean 'x'?` if a known one is near, else the list of them."""
    words = sorted(known)
    close = difflib.get_close_matches(str(word), words, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(words) or 'none'}"


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
