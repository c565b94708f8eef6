"""Seconds that go by only while everybody who is at work waits for some to go by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition


@dataclass
class Clock:
    """Call it for the time; `pause` waits. Who waits is at work, by `at_work`."""

    now: float = 0.0
    waited: float = 0.0
    _working: int = 0
    _until: list[float] = field(default_factory=list)
    _change: Condition = field(default_factory=Condition)

    def __call__(self) -> float:
        """The time."""
        return self.now

    def pause(self, seconds: float) -> None:
        """Wait until so much later."""
        with self._change:
            until = self.now + seconds
            self.waited += seconds
            self._until.append(until)
            self._go_on()
            while self.now < until:
                assert self._change.wait(timeout=60), "nobody went on"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While this thread is at work, no time goes by but what it waits for, too."""
        with self._change:
            self._working += 1
        try:
            yield
        finally:
            with self._change:
                self._working -= 1
                self._go_on()

    def _go_on(self) -> None:
        if self._until and len(self._until) >= self._working:
            self.now = max(self.now, min(self._until))
            self._until = [until for until in self._until if until > self.now]
            self._change.notify_all()
