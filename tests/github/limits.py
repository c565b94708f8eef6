"""GitHub's limits on what an account creates, and a clock that only the requests and the waits move.

Source: docs.github.com, "Rate limits for the REST API", secondary rate limits: 80 in a minute, 500 in an hour.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.github.rules import Refusal
from tests.github.wire import Request

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MINUTELY = 80
CREATES = re.compile(r"POST /repos/[^/]+/[^/]+/(issues|issues/\d+/comments|labels)")
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass
class Limits:
    """`pace`: how long each write takes; hourly: how much an account may create. refused: how often it struck."""

    at: datetime
    pace: timedelta = timedelta(seconds=1)
    hourly: int = 500
    refused: int = 0
    _created: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def now(self) -> datetime:
        """The time."""
        return self.at

    def clock(self) -> float:
        """The same in seconds."""
        return self.at.timestamp()

    def pause(self, seconds: float) -> None:
        """Wait."""
        self.at += timedelta(seconds=seconds)

    def check(self, request: Request) -> None:
        """Let time pass for a write; Refusal with `Retry-After` if its account creates too much."""
        if not request.writes:
            return
        self.at += self.pace
        if not CREATES.fullmatch(request.line):
            return
        created = self._created[request.login]
        for window, most in ((MINUTE, MINUTELY), (HOUR, self.hourly)):
            recent = [at for at in created if at > self.at - window]
            if len(recent) >= most:
                self.refused += 1
                wait = recent[-most] + window - self.at
                raise Refusal(403, SECONDARY, headers={"Retry-After": f"{wait.total_seconds() + 1:.0f}"})
        created.append(self.at)
