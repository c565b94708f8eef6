"""Whether this machine's clock agrees with AWS's: deadlines and request signatures depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

CLOCK = "clock"
TOLERATED = timedelta(seconds=60)
ACCEPTED = timedelta(minutes=5)  # AWS refuses signatures that are farther off


def clock(ahead: timedelta | None) -> Iterator[CheckResult]:
    """`ahead`: how far this clock is ahead of AWS's; None if that is unknown."""
    if ahead is None:
        yield unchecked(CLOCK, "AWS did not return its time")
    elif abs(ahead) > TOLERATED:
        side = "ahead of" if ahead > timedelta() else "behind"
        seconds = abs(ahead.total_seconds())
        yield wrong(CLOCK, f"this machine's clock is {seconds:.0f} seconds {side} AWS's; set it (NTP)")
    else:
        yield fine(CLOCK)
