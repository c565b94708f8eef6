"""How long a run waits for GitHub: neither long at a time nor long altogether, for its job has an end, too."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.errors import Deferred

LONGEST, ALTOGETHER = 300.0, 900.0


@dataclass
class WaitBudget:
    """What may be waited: `longest` at a time, `left` altogether. pause, clock: the world's, or a test's."""

    longest: float = LONGEST
    left: float = ALTOGETHER
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def wait(self, seconds: float) -> None:
        """Wait; Deferred if that were too long."""
        if seconds > self.longest or seconds > self.left:
            raise Deferred(f"GitHub's limit is reached for another {seconds:.0f} s, which is too long to wait")
        self.left -= seconds
        self.pause(seconds)
