"""Over whole lives of a target: no call is sent but for a notice that stands, as its team has read it.

What it has read is taken from the issues and comments that were delivered, and not from the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

import pytest
from hypothesis import given

from reconciler.model.notice import News
from reconciler.model.plan import Verdict
from tests.laws.life import STEPS, KindName, Run, Step, World, lived

DAY = timedelta(days=1)
NOTHING_IS_DONE = (News.HELD, News.REFUSED)
DATED = (News.NOTICED, News.DRIFTED, News.BROUGHT_FORWARD, News.POSTPONED, News.RELEASED)


@dataclass(frozen=True)
class Letter:
    """What a team has read of the target: when, where, and which date, None if that nothing is done."""

    at: datetime
    home: str
    of: tuple[object, ...]
    born: int
    date: datetime | None


def asked(world: World) -> tuple[object, ...]:
    """What is asked for, as far as a team must know."""
    return (world.team, world.action, world.force if world.action == "kill" else None)


def letters(run: Run) -> Iterator[Letter]:
    """What a run has told."""
    for notice in run.told:
        (row,) = cast("list[dict[str, Any]]", notice.content["rows"])
        for item in notice.news:
            if item.news in DATED and row["due"]:
                yield Letter(run.told_at, notice.repository, asked(run.world), run.world.born, item.due or row["due"])
            elif item.news in NOTHING_IS_DONE:
                yield Letter(run.told_at, notice.repository, asked(run.world), run.world.born, None)


def ends(run: Run) -> bool:
    """Whether what was told before counts no more after this run."""
    world = run.world
    spared = world.spared is not None and run.at < midnight_after(world)
    told_off = world.protected or not world.enforce or not world.named or world.state == "gone"
    return spared or told_off


def midnight_after(world: World) -> datetime:
    assert world.spared
    return datetime.combine(world.spared + DAY, time(), tzinfo=UTC)


def keep(runs: Sequence[Run]) -> None:
    """That each act follows from what its team has read."""
    read: list[Letter] = []
    for run in runs:
        if run.decision and run.decision.verdict is Verdict.READY:
            follows(run, read)
        if ends(run):
            read = []
        read += letters(run)


def follows(run: Run, read: Sequence[Letter]) -> None:
    """That an act is of what was told, where and of which resource, on a date that had come, long enough ago."""
    world = run.world
    home = world.home if world.team == "web" else ""
    known = [one for one in read if (one.home, one.of, one.born) == (home, asked(world), world.born)]
    if world.spared is not None and midnight_after(world) <= run.at:
        known = [one for one in known if one.at >= midnight_after(world)]
    promises = [one for one in known if one.date is not None]
    assert any(one.date <= run.at and run.at - one.at >= world.floor for one in promises if one.date), "unannounced"
    last = promises[-1].date
    assert last is not None
    assert last <= run.at, "earlier than it was told last"
    if known[-1].date is None:
        assert world.waive or run.at - last <= DAY, "its team has read that nothing is done"


@pytest.mark.promise(1, 2)
@pytest.mark.parametrize("kind", ["rds:db", "lambda:function"])
@given(steps=STEPS)
def test_no_call_is_sent_but_for_a_notice_that_stands(kind: KindName, steps: list[Step]) -> None:
    keep(lived(steps, kind))


def test_a_life_is_told_of_acted_on_and_settled() -> None:
    told, waits, reminds, acts, rests = lived([Step(1), Step(20), Step(10), Step(18), Step(1)], "rds:db")
    assert [[line.event for line in run.lines] for run in (told, waits, reminds, acts, rests)] == [
        ["noticed"],
        [],
        ["reminded"],
        ["intended", "applied"],
        ["settled"],
    ]


def acted(*steps: Step, kind: KindName = "rds:db") -> list[bool]:
    """In which of these runs it was acted on; and that each act was announced."""
    runs = lived(steps, kind)
    keep(runs)
    return [bool(run.decision and run.decision.verdict is Verdict.READY) for run in runs]


@pytest.mark.promise(2)
def test_a_life_that_nothing_stands_against_is_acted_on() -> None:
    assert acted(Step(1), Step(48)) == [False, True]
    assert acted(Step(1, {"grace": 9 * DAY}), Step(1, {"grace": DAY}), Step(24)) == [False, False, True]
    assert acted(Step(1), Step(48, {"limit": 0}), Step(72, {"limit": 20}), Step(24)) == [False, False, False, True]
    slow = (Step(1, {"grace": DAY}, minutes=45), Step(23.5), Step(1))
    assert acted(*slow) == [False, False, True], "the floor counts from when its team had been told"


@pytest.mark.promise(2)
def test_what_ends_after_it_was_done_and_settled_ends_its_notice() -> None:
    done = (Step(1), Step(48), Step(1))
    assert acted(*done, Step(1, {"state": "running"})) == [False, True, False, True], "it is back"
    again = Step(1, {"state": "running", "born": 1})
    assert acted(*done, Step(1, {"state": "gone"}), again, Step(48), kind="lambda:function")[3:] == [False] * 3
    for off, on in (({"enforce": False}, {"enforce": True}), ({"protected": True}, {"protected": False})):
        assert acted(*done, Step(1, off), Step(1, on | {"state": "running"}))[3:] == [False, False]
    moved = Step(1, {"home": "acme/elsewhere"}), Step(1, {"home": "acme/website", "state": "running"})
    assert acted(*done, *moved)[3:] == [False, False]
