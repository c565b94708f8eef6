"""What is due counts from the notice that stands: the last one, unless something since has made it count no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.plan import Verdict
from reconciler.model.task import Order
from tests.build import NOW, entry, exemption, order, repository
from tests.laws.build import decided, notice_of, undo_intent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Chapter:
    """One thing that happened to the target, and how long after the one before."""

    what: str
    after: timedelta

    def lines(self, at: datetime, told: str, due: datetime) -> Iterator[Entry]:
        """As the ledger has it. `told`: the digest of what is ordered now; `due`: the date that was told."""
        if self.what in ("notice", "notice of something else"):
            yield entry(Event.NOTICED, at=at, due=due, digest=told if self.what == "notice" else "0" * 12)
        elif self.what in ("applied", "failed", "stale", "cut short"):
            yield entry(Event.INTENDED, at=at)
            if self.what != "cut short":
                yield entry(Event(self.what), at=at)
        elif self.what in ("undo: step", "undo: failed", "undo: whole"):
            fates = {"step": Event.APPLIED, "failed": Event.FAILED, "whole": Event.RESTORED}
            yield undo_intent(1, at=at)
            yield entry(fates[self.what.removeprefix("undo: ")], at=at, undo=True)
        elif self.what == "withdrawn":
            yield entry(Event.SETTLED, at=at, cause=Cause.WITHDRAWN)
        else:
            yield entry(Event(self.what), at=at)


EVENTS = (
    "notice",
    "notice of something else",
    "applied",
    "failed",
    "stale",
    "cut short",
    "undo: step",
    "undo: failed",
    "undo: whole",
    "exempted",
    "settled",
    "withdrawn",
    "restored",
    "reminded",
)
CHAPTERS = st.lists(
    st.builds(Chapter, st.sampled_from(EVENTS), st.integers(0, 72).map(lambda hours: hours * HOUR)), max_size=6
)
# What makes the notices before it count no more, whatever came between.
VOIDS = ("withdrawn", "exempted", "restored", "undo: whole")


def standing(story: Sequence[tuple[datetime, str]], ends: Sequence[date], now: datetime) -> datetime | None:
    """When the notice that counts was given, as the promise has it: read backwards, not as the code reads it."""
    for index, (at, what) in reversed(list(enumerate(story))):
        since = [each for _, each in story[index + 1 :]]
        if what in VOIDS or what == "notice of something else":
            return None
        if what == "notice":
            # What its team mended by itself, before Krampus had done anything, is over and done with.
            mended = "settled" in since and "applied" not in since[: since.index("settled")]
            overtaken = any(at < midnight_after(end) <= now for end in ends)
            return None if mended or overtaken else at
    return None


def midnight_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=NOW.tzinfo) + DAY


@dataclass(frozen=True)
class Rules:
    """What is configured and ordered about time."""

    grace: timedelta
    notice: timedelta
    critical: timedelta | None
    severity: Any
    after: datetime | None

    def due(self, told: datetime) -> datetime:
        """The earliest moment to act on what its team was told of then."""
        floor = self.critical if self.severity == "critical" and self.critical is not None else self.notice
        return max(told + self.grace, told + floor, self.after or told)

    def order(self) -> Order:
        return order(grace=self.grace, severity=self.severity, after=self.after)

    def rails(self) -> dict[str, Any]:
        # Neither too many failures nor too many acts: only time is to speak.
        return {"notice": self.notice, "notice_critical": self.critical, "attempts": 99, "restless": 99}


LENGTHS = st.integers(0, 200).map(lambda hours: hours * HOUR)
RULES = st.builds(
    Rules,
    grace=LENGTHS,
    notice=LENGTHS,
    critical=st.none() | LENGTHS,
    severity=st.sampled_from(("low", "critical")),
    after=st.none() | st.integers(-200, 200).map(lambda hours: NOW + hours * HOUR),
)


def told_of(chapters: Sequence[Chapter]) -> list[tuple[datetime, str]]:
    """When each thing happened, the last one now."""
    at, story = NOW - sum((one.after for one in chapters), timedelta()), []
    for one in chapters:
        at += one.after
        story.append((at, one.what))
    return story


def holds(chapters: Sequence[Chapter], rules: Rules, ends: Sequence[date] = (), later: timedelta = 0 * HOUR) -> None:
    """That the notice which stands, that long after the last chapter, and no other, decides what is due and when."""
    story, now, wanted = told_of(chapters), NOW + later, rules.order()
    entries = [
        line
        for one, (at, _) in zip(chapters, story, strict=True)
        for line in one.lines(at, notice_of(wanted), rules.due(at))
    ]
    spared: list[Exemption] = [exemption(expires=end) for end in ends]
    told = standing(story, ends, now)

    (one,) = decided(repository(wanted, exemptions=spared, guardrails=rules.rails()), entries, now=now).decisions

    if told is None:
        assert (one.verdict, one.due) == (Verdict.SCHEDULED, rules.due(now)), "nobody has been told"
    else:
        due = rules.due(told)
        assert one.due == due
        assert one.verdict is (Verdict.SCHEDULED if now < due else Verdict.READY)


@pytest.mark.promise(2)
@pytest.mark.parametrize("first", [("notice",), ("notice", "applied")], ids=" and ".join)
def test_whatever_two_things_follow_on_a_notice(first: tuple[str, ...]) -> None:
    rules = Rules(grace=HOUR, notice=5 * HOUR, critical=None, severity="low", after=None)
    for pair in product(EVENTS, EVENTS):
        for later in (0 * HOUR, 4 * HOUR, 5 * HOUR):
            holds([Chapter(what, 2 * HOUR) for what in (*first, *pair)], rules, later=later)


@pytest.mark.promise(2)
@given(chapters=CHAPTERS, rules=RULES, later=LENGTHS)
def test_whatever_happened_and_whatever_is_configured(chapters: list[Chapter], rules: Rules, later: timedelta) -> None:
    holds([Chapter("notice", HOUR), *chapters], rules, later=later)


@pytest.mark.promise(1, 2)
@given(
    before=st.integers(0, 240).map(lambda hours: hours * HOUR),
    ends=st.lists(st.integers(-9, -1).map(lambda days: (NOW + days * DAY).date()), max_size=2),
    rules=RULES,
)
def test_an_exemption_that_has_ended_since_starts_it_anew(before: timedelta, ends: list[date], rules: Rules) -> None:
    holds([Chapter("notice", HOUR), Chapter("reminded", before)], rules, ends)


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_one_that_ends_at_the_moment_of_the_notice_had_ended(hours: int) -> None:
    rules = Rules(grace=HOUR, notice=HOUR, critical=None, severity="low", after=None)
    told = midnight_after(date(2026, 11, 27)) + hours * HOUR
    holds([Chapter("notice", HOUR), Chapter("reminded", NOW - told)], rules, [date(2026, 11, 27)])


def test_one_that_ends_at_this_very_moment_has_ended() -> None:
    rules = Rules(grace=HOUR, notice=HOUR, critical=None, severity="low", after=None)
    holds([Chapter("notice", HOUR)], rules, [NOW.date()], later=midnight_after(NOW.date()) - NOW)
