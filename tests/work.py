"""How much work something is: calls counted by the profiler, which no other process on the machine changes."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from typing import Any

TWICE = 2.2  # times the work for n may that for 2n be


def calls(run: Callable[[], object], *named: str) -> int:
    """The calls that something makes: of the functions of these names, or all."""
    profile = cProfile.Profile()
    profile.runcall(run)
    counted: Any = pstats.Stats(profile)
    if not named:
        return int(counted.total_calls)
    return sum(int(number) for (_, _, name), (number, *_) in counted.stats.items() if name in named)


def assert_linear(work: Callable[[int], Callable[[], object]], n: int, *named: str) -> None:
    """Twice as much of it is at most about twice the work. `work`: makes ready so many, and returns what does it."""
    work(2)()  # what is done once in a process
    once, twice = calls(work(n), *named), calls(work(2 * n), *named)
    assert twice <= TWICE * max(once, 1), f"{n}: {once} calls, {2 * n}: {twice}"
