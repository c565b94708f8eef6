"""The canned AWS of the benchmarks: Krampus takes it for AWS, goes through a cycle, and then has nothing left to do."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.canned.__main__ import HOURS, START
from benchmarks.canned.measured import Figures, measure
from benchmarks.canned.repository import make
from benchmarks.canned.world import SHARES, Place, World, place_in


def test_a_world_has_as_many_targets_as_it_says_each_in_its_place(tmp_path: Path) -> None:
    for accounts, regions, targets in ((1, 1, 7), (3, 2, 500), (7, 4, 1234)):
        world = World(accounts, regions, targets, tmp_path / "changes.txt")
        named = [(place, arn) for place in world.places for sort in SHARES for arn in world.arns(sort, place)]

        assert len({arn for _, arn in named}) == len(named) == targets
        assert {place_in(arn) == place for place, arn in named} == {True}
        counts = Counter(place.account for place, _ in named)
        assert max(counts.values()) - min(counts.values()) <= 1
    assert Place(0, 0) in world.places


@pytest.mark.proof("five runs in processes of their own")
def test_a_cycle_is_told_done_and_then_over(tmp_path: Path, _outside: None) -> None:
    world = World(2, 2, 100, tmp_path / "changes.txt")
    make(world, tmp_path, "files")

    def run(phase: str) -> Figures:
        now = f"{START + timedelta(hours=HOURS[phase]):%Y-%m-%dT%H:%M:%SZ}"
        return measure(world, tmp_path, ["reconcile", "--root", "repository", "--now", now])

    figures = {phase: run(phase) for phase in HOURS}

    assert {phase: one.exit_code for phase, one in figures.items()} == dict.fromkeys(HOURS, 0), figures["act"].said
    writes = {phase: one.writes for phase, one in figures.items()}
    # Of each account 4 buckets, 10 roles, 4 functions and 20 groups; instances go together in each region.
    assert writes == {**dict.fromkeys(HOURS, 0), "act": 2 * (4 + 10 + 4 + 20 + 2 + 2)}
    changed = (tmp_path / "changes.txt").read_text(encoding="utf-8").split()[1::2]
    assert len(set(changed)) == len(changed) == 100
    assert set(changed) == {arn.rpartition(":")[2].rpartition("/")[2] for arn in _arns(world)}


def _arns(world: World) -> list[str]:
    return [arn for place in world.places for sort in SHARES for arn in world.arns(sort, place)]
