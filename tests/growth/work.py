"""Counts work, where seconds would say something else on each machine: what is called, what runs, what is made."""

from __future__ import annotations

import cProfile
import gc
import pstats
import sys
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import cache
from types import CodeType, FrameType
from typing import Any

Work = Counter[tuple[str, str]]  # (what is counted, in which function) -> how much of it
Count = Callable[[Callable[[], Any]], tuple[Any, Work]]  # what the given function returns, and the work that it was
# Ours, our templates as Jinja2 has compiled them, and what serialises. The rest waits for processes and threads.
COUNTED = ("/reconciler/", "templates/", "/pydantic/", "/json/", "~")


@cache
def _is_counted(file: str) -> bool:
    return any(each in file for each in COUNTED)


def count_calls(work: Callable[[], Any]) -> tuple[Any, Work]:
    """How often each function was called, or a generator went on, in this thread; also those in C. It costs little."""
    profile = cProfile.Profile()
    result = profile.runcall(work)
    counted: Any = pstats.Stats(profile)
    done: Work = Counter()
    for (file, _, name), (_, calls, *_) in counted.stats.items():
        if _is_counted(file):
            done["calls", f"{_short(file)}:{name}"] += calls
    return result, done


def count_lines(work: Callable[[], Any]) -> tuple[Any, Work]:
    """How often a line of each function ran, in every thread, and the bytes that it took at its most, kept or not.

    So a loop is seen in which nothing is called, and one in C by what it makes: a text, what is hashed, a list. One in
    C that makes nothing is not seen.
    """
    lines, sizes = Counter[CodeType](), Counter[CodeType]()

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        return within if _is_counted(frame.f_code.co_filename) else None

    def within(frame: FrameType, event: str, _argument: Any) -> Any:
        now, peak = tracemalloc.get_traced_memory()
        lines[frame.f_code] += event == "line"
        sizes[frame.f_code] += max(0, peak - last[0])
        tracemalloc.reset_peak()
        last[0] = now
        return within

    gc.collect()
    gc.disable()  # when it runs, and in whose line, is chance
    tracemalloc.start()
    before, last = sys.gettrace(), [tracemalloc.get_traced_memory()[0]]
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        result = work()
    finally:
        sys.settrace(before)
        threading.settrace(None)
        tracemalloc.stop()
        gc.enable()
    return result, _named("lines", lines) + _named("bytes", sizes)


def count_nothing(work: Callable[[], Any]) -> tuple[Any, Work]:
    """What is imported late, and done once in a process, is no work of what is measured after it."""
    return work(), Counter()


def _named(what: str, found: Counter[CodeType]) -> Work:
    done: Work = Counter()
    for code, number in found.items():
        done[what, f"{_short(code.co_filename)}:{code.co_qualname}"] += number
    return done


def _short(file: str) -> str:
    return file.rpartition("/site-packages/")[2].rpartition("/reconciler/")[2]
