"""Whether this machine's clock agrees with AWS's: deadlines are judged by it, and signatures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

CLOCK = "clock"
NOTICED = timedelta(seconds=60)
BEARABLE = timedelta(minutes=5)  # AWS accepts no signature that is farther off


def clock(ahead: timedelta | None) -> Iterator[CheckResult]:
    """`ahead`: of AWS's; None if AWS did not tell."""
    if ahead is None:
        yield unchecked(CLOCK, "AWS did not tell the time")
    elif abs(ahead) > NOTICED:
        side = "ahead of" if ahead > timedelta() else "behind"
        seconds = abs(ahead.total_seconds())
        yield wrong(CLOCK, f"the clock here is {seconds:.0f} seconds {side} that of AWS; set it (NTP)")
    else:
        yield fine(CLOCK)
