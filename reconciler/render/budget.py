"""What rendering one text may cost: time, and characters written or held in between."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from jinja2.exceptions import SecurityError

T = TypeVar("T")

SECONDS = 30  # of this thread's own work: a report of 20,000 targets takes three
ALL_SECONDS = 300  # for all texts of a run together
CHARACTERS = 50_000_000
LONGEST = 1_000_000  # characters of one value, or elements of one list
UNTIMED = 64  # so much is made between two looks at the clock, each of which costs as much as a small step


class Budget:
    """What is left for one text. Everything that a template can repeat is charged, so nothing goes on for ever."""

    def __init__(
        self, seconds: float = SECONDS, all_seconds: float = ALL_SECONDS, characters: int = CHARACTERS
    ) -> None:
        self._seconds, self._all_seconds, self._characters = seconds, all_seconds, characters
        self.begin()

    def begin(self) -> None:
        """Another text."""
        self._begun = time.thread_time()
        self._until = self._begun + min(self._seconds, self._all_seconds)
        self._left, self._untimed = self._characters, 0

    def end(self) -> None:
        """The text is made, or given up."""
        self._all_seconds -= time.thread_time() - self._begun

    def charge(self, size: int = 1) -> None:
        """One more step, that makes something of this size. Raises SecurityError if it is one too many."""
        if size > LONGEST:
            raise SecurityError(f"it makes a value of more than {LONGEST:,} characters or elements")
        self._left -= size
        if self._left < 0:
            raise SecurityError(f"it makes more than {self._characters:,} characters")
        self._untimed -= size
        if self._untimed < 0:
            self._untimed = UNTIMED
            self._ask_the_clock()

    def _ask_the_clock(self) -> None:
        if time.thread_time() > self._until:
            raise SecurityError(f"it takes longer than {self._seconds:g} seconds")

    def counted(self, values: Iterable[T]) -> Iterator[T]:
        """The same values, each of them a step."""
        for value in values:
            self.charge()
            yield value

    def made(self, value: T) -> T | list[object]:
        """A value that something made, charged; of a generator the list, which alone has a size."""
        if isinstance(value, str):  # most are, and to ask what else it may be is dear
            self.charge(len(value))
            return value
        if isinstance(value, Iterator):
            return list(self.counted(value))
        self.charge(len(value) if isinstance(value, str | list | tuple | dict) else 1)
        return value
