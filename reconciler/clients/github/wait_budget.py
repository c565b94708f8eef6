"""How long a run waits for GitHub, at a time and altogether: its job has a time limit, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.errors import Deferred

LONGEST, ALTOGETHER = 300.0, 900.0  # seconds


@dataclass
class WaitBudget:
    """How many seconds may be waited: `longest` at a time, `left` altogether. pause, clock: of time, or a test's."""

    longest: float = LONGEST
    left: float = ALTOGETHER
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def wait(self, seconds: float) -> None:
        """Wait; Deferred if that would be too long."""
        if seconds > self.longest or seconds > self.left:
            raise Deferred(f"GitHub's limit is reached for another {seconds:.0f} s, which is too long to wait")
        self.left -= seconds
        self.pause(seconds)
