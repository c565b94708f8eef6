"""Over whole lives of a target, no run sets about it before the notice that stands has been out for its whole time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given

from reconciler.model.plan import Verdict
from tests.laws.life import STEPS, Run, Step, World, lived

DAY = timedelta(days=1)
FLOOR = DAY  # `guardrails.notice`, where nothing is said


@dataclass(frozen=True)
class Notice:
    """What its team was told last, and when. used: whether Krampus has set about the target since."""

    at: datetime
    of: tuple[str, str]
    used: bool = False

    def due(self, world: World) -> datetime:
        return self.at + max(world.grace, FLOOR)


def end(world: World) -> datetime | None:
    """When the exemption in the file protects no more."""
    return datetime.combine(world.spared + DAY, time(), tzinfo=UTC) if world.spared else None


def settled(world: World) -> bool:
    return world.state == "gone" or (world.state == "stopped" and world.action == "disable")


def follow(runs: Sequence[Run]) -> None:
    """The notice that stands, as its team would say; and that each run keeps to it."""
    last: Notice | None = None
    for run in runs:
        last = kept(run, last) if run.decision else None  # what no task names any more is forgotten


def kept(run: Run, last: Notice | None) -> Notice | None:
    """What stands after a run that kept to what stood before it."""
    world, over = run.world, end(run.world)
    exempt = over is not None and run.at < over
    overtaken = last is not None and over is not None and last.at < over <= run.at
    stands = last if last and last.of == (world.action, world.team) and not overtaken else None
    assert run.decision
    verdict, ripe = run.decision.verdict, stands is not None and run.at >= stands.due(world)

    if verdict is Verdict.READY:
        assert ripe and not exempt
    if stands and not stands.used:  # else who put it right may not be known
        assert run.decision.due in (None, stands.due(world))
        assert not run.told, "its team knows that already"
        clear = world.state == "running" and not (exempt or world.paused)
        assert verdict is (Verdict.READY if ripe else Verdict.SCHEDULED) or not clear

    if run.told:
        return Notice(run.at, (world.action, world.team))
    if exempt or (last and not last.used and settled(world)):
        return None  # what its team mended by itself, and what comes back, is news
    return replace(last, used=last.used or verdict is Verdict.READY) if last else None


@pytest.mark.promise(1, 2)
@given(steps=STEPS)
def test_no_run_acts_before_the_standing_notice_is_old_enough(steps: list[Step]) -> None:
    follow(lived(steps))


def test_a_life_is_told_of_acted_on_and_settled() -> None:
    told, waits, acts, rests = lived([Step(1, {}), Step(47, {}), Step(1, {}), Step(1, {})])
    assert [[line.event for line in run.lines] for run in (told, waits, acts, rests)] == [
        ["noticed"],
        [],
        ["intended", "applied"],
        ["settled"],
    ]
