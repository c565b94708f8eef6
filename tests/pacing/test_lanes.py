"""Threads are shared evenly by lanes, so that one that waits holds up no other."""

from __future__ import annotations

from collections import Counter
from itertools import product
from threading import Barrier, Event, Lock

import pytest

from reconciler.observe.lanes import side_by_side

MOST = 8


def test_a_lane_that_waits_holds_up_no_other() -> None:
    go_on, others = Event(), [(lane, number) for lane, number in product("bcd", range(50))]
    slow = [("a", number) for number in range(50)]

    def work(item: tuple[str, int]) -> tuple[str, int]:
        if item[0] == "a":
            assert go_on.wait(timeout=20)
        return item

    seen = []
    for one in side_by_side([*slow, *others], lambda item: item[0], work, MOST):
        seen.append(one)
        if len(seen) == len(others):
            go_on.set()  # none before all others are through

    assert set(seen[: len(others)]) == set(others)
    assert sorted(seen) == sorted([*slow, *others])


def test_a_lane_alone_has_all_threads_and_there_are_no_more() -> None:
    together, lock = Barrier(MOST, timeout=20), Lock()
    busy: Counter[str] = Counter()

    def work(_item: int) -> int:
        with lock:
            busy["now"] += 1
            busy["most"] = max(busy["most"], busy["now"])
        together.wait()
        with lock:
            busy["now"] -= 1
        return 1

    assert sum(side_by_side(range(4 * MOST), lambda _: "a", work, MOST)) == 4 * MOST
    assert busy["most"] == MOST


def test_more_lanes_than_threads_take_turns() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item % 20)
        return item

    assert sorted(side_by_side(range(100), lambda item: item % 20, work, 1)) == list(range(100))
    assert all(sorted(begun[start : start + 20]) == list(range(20)) for start in range(0, 100, 20))


def test_what_an_item_raises_comes_through_and_ends_the_rest() -> None:
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        raise ValueError(item)

    with pytest.raises(ValueError, match="0"):
        list(side_by_side(range(100), lambda _: "a", work, 1))
    assert len(begun) < 4


def test_nothing_to_do_is_done() -> None:
    assert list(side_by_side([], lambda _: "a", lambda item: item, MOST)) == []
