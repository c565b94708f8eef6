"""Counts work, where seconds would say something else on each machine: lines of Python that ran, and bytes made."""

from __future__ import annotations

import gc
import sys
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Work:
    """lines: as often as each ran, in every thread; bytes: what each took at its most, whether or not it was kept.

    A loop in C is seen by what it makes: a text, a hash's input, a list. One that makes nothing is not seen.
    """

    lines: int = 0
    bytes: int = 0


def count(work: Callable[[], T]) -> tuple[T, Work]:
    """What it returns, and the work that it was."""
    done = Work()

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            now, peak = tracemalloc.get_traced_memory()
            done.lines += 1
            done.bytes += max(0, peak - last[0])
            tracemalloc.reset_peak()
            last[0] = now
        return trace

    gc.collect()
    gc.disable()  # when it runs, and in whose line, is chance
    tracemalloc.start()
    before, last = sys.gettrace(), [tracemalloc.get_traced_memory()[0]]
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        return work(), done
    finally:
        sys.settrace(before)
        threading.settrace(None)  # type: ignore[arg-type]  # it takes it, and means none
        tracemalloc.stop()
        gc.enable()
