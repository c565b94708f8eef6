"""What a stage costs does not grow faster than what it is about, whichever of it there is more of.

It is looked at function by function, so that one that grows with the square is not hidden by many that do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

import pytest

from tests.growth.stages import works
from tests.growth.work import Count, Work, count_calls, count_lines, count_nothing
from tests.growth.world import Size

pytestmark = pytest.mark.usefixtures("_outside")

MOST = 2.2
FEW = {"calls": 100, "lines": 100, "bytes": 100_000}  # below that it is chance, or something that is done once
ALL = Size(targets=6, accounts=2, tasks=1, exemptions=3, issues=2, remembered=6)
# What there is more of, and what there is of it in one unit.
AXES = {
    "targets": Size(targets=12, accounts=0, tasks=0, exemptions=0, issues=0),
    "accounts": Size(targets=6, accounts=6, tasks=0, exemptions=0, issues=0),
    "tasks": Size(targets=6, accounts=0, tasks=6, exemptions=0, issues=0),
    "exemptions": Size(targets=6, accounts=0, tasks=0, exemptions=12, issues=0),
    "issues": Size(targets=6, accounts=6, tasks=2, exemptions=0, issues=12),
    "what is remembered": Size(targets=6, accounts=0, tasks=0, exemptions=0, issues=0, remembered=60),
}


def grown(size: Size, times: int) -> Size:
    """So many times as much of all, and at least one of what there must be."""
    targets, accounts, tasks, *rest = (number * times for number in astuple(size))
    return Size(targets, max(2, accounts), max(1, tasks), *rest)


def stages(folder: Path, size: Size, count: Count) -> Mapping[str, Work]:
    folder.mkdir()
    return works(folder, size, count)


def assert_linear(folder: Path, size: Size, times: int, count: Count) -> None:
    """Twice as much of it is at most about twice the work, in each function of each stage."""
    stages(folder / "before", grown(size, 2 * times), count_nothing)  # what is remembered is of all by then
    once = stages(folder / "once", grown(size, times), count)
    twice = stages(folder / "twice", grown(size, 2 * times), count)
    grew = [
        f"{stage}: {what} of {name} grew from {once[stage][what, name]} to {number}"
        for stage, work in twice.items()
        for (what, name), number in work.items()
        if number > MOST * once[stage][what, name] + FEW[what]
    ]
    assert not grew, "\n".join(grew)


@pytest.mark.parametrize("size", [ALL, AXES["targets"]], ids=["everything", "targets of one task"])
def test_twice_as_much_is_twice_the_calls(size: Size, tmp_path: Path) -> None:
    assert_linear(tmp_path, size, 3, count_calls)


@pytest.mark.proof("each line is counted, which takes a minute")
def test_twice_as_much_of_everything_is_twice_the_lines_and_bytes(tmp_path: Path) -> None:
    assert_linear(tmp_path, ALL, 3, count_lines)


@pytest.mark.proof("a hundred targets in six installations")
@pytest.mark.parametrize("axis", AXES)
def test_twice_as_much_of_one_thing_is_twice_the_calls(axis: str, tmp_path: Path) -> None:
    # Some 200 targets make pages of a report that was one: a step, and no growth.
    assert_linear(tmp_path, AXES[axis], 3, count_calls)
