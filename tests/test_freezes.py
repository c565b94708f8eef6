"""Freezes by date and by the week: their first and last moment, over the week's end and over summer time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.decide.freezes import frozen
from reconciler.model.config import Guardrails

YEARS_END = {"from": "2026-12-18", "to": "2027-01-04", "allow": ["critical"]}
WEEKEND = {"from": "Fri 16:00", "to": "Mon 08:00", "zone": "Europe/Berlin"}
NIGHT = {"from": "Tue 22:00", "to": "Wed 06:00", "zone": "UTC", "allow": ["high", "critical"]}


def stands(now: str, severity: Any = "medium", **spans: Any) -> str:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    return frozen(Guardrails.model_validate(spans), severity, at)


@pytest.mark.parametrize(
    ("now", "is_frozen"),
    [
        ("2026-12-17T23:59:59", False),
        ("2026-12-18T00:00:00", True),
        ("2027-01-04T23:59:59", True),
        ("2027-01-05T00:00:00", False),
    ],
)
def test_both_days_of_a_span_are_in_it(now: str, is_frozen: bool) -> None:
    assert bool(stands(now, freeze=[YEARS_END])) is is_frozen


def test_what_is_allowed_goes_on() -> None:
    assert stands("2026-12-24T12:00:00", "critical", freeze=[YEARS_END]) == ""
    said = stands("2026-12-24T12:00:00", "high", freeze=[YEARS_END])
    assert said == "frozen from 2026-12-18 to 2027-01-04, except critical"


@pytest.mark.parametrize(
    ("now", "is_frozen"),
    [
        # Winter in Berlin: an hour before UTC.
        ("2026-12-04T14:59:59", False),
        ("2026-12-04T15:00:00", True),
        ("2026-12-06T23:59:59", True),
        ("2026-12-07T00:00:00", True),
        ("2026-12-07T06:59:59", True),
        ("2026-12-07T07:00:00", False),
        # Summer: two hours.
        ("2026-07-03T13:59:59", False),
        ("2026-07-03T14:00:00", True),
        ("2026-07-06T05:59:59", True),
        ("2026-07-06T06:00:00", False),
        # Clocks go forward on Sunday 29 March, between the two ends: it begins by winter's and ends by summer's.
        ("2026-03-27T14:59:59", False),
        ("2026-03-27T15:00:00", True),
        ("2026-03-29T01:30:00", True),
        ("2026-03-30T05:59:59", True),
        ("2026-03-30T06:00:00", False),
        # And back on Sunday 25 October.
        ("2026-10-23T13:59:59", False),
        ("2026-10-23T14:00:00", True),
        ("2026-10-25T01:30:00", True),
        ("2026-10-26T06:59:59", True),
        ("2026-10-26T07:00:00", False),
        ("2026-10-28T12:00:00", False),
    ],
)
def test_a_weekly_freeze_follows_the_wall_clock_over_the_weeks_end(now: str, is_frozen: bool) -> None:
    assert bool(stands(now, weekly_freeze=[WEEKEND])) is is_frozen


@pytest.mark.parametrize(
    ("now", "is_frozen"),
    [
        # The hour from 02:00 to 03:00 is left out on 29 March and comes twice on 25 October.
        ("2026-03-29T00:29:59", False),
        ("2026-03-29T00:59:59", True),
        ("2026-03-29T01:00:00", False),
        ("2026-10-24T23:59:59", False),
        ("2026-10-25T00:00:00", True),
        ("2026-10-25T00:30:00", False),
        ("2026-10-25T01:00:00", True),
        ("2026-10-25T01:30:00", False),
    ],
)
def test_an_hour_that_is_left_out_or_comes_twice(now: str, is_frozen: bool) -> None:
    month = now[5:7]
    start, end = ("Sun 01:30", "Sun 02:45") if month == "03" else ("Sun 02:00", "Sun 02:30")
    span = {"from": start, "to": end, "zone": "Europe/Berlin"}
    assert bool(stands(now, weekly_freeze=[span])) is is_frozen


@pytest.mark.parametrize(
    ("now", "is_frozen"),
    [
        ("2026-12-01T21:59:59", False),
        ("2026-12-01T22:00:00", True),
        ("2026-12-02T05:59:59", True),
        ("2026-12-02T06:00:00", False),
        ("2026-12-03T23:00:00", False),
    ],
)
def test_a_weekly_freeze_within_one_week(now: str, is_frozen: bool) -> None:
    assert bool(stands(now, weekly_freeze=[NIGHT])) is is_frozen
    assert stands(now, "high", weekly_freeze=[NIGHT]) == ""


def test_any_of_several_freezes_is_enough_and_none_is_no_freeze() -> None:
    both: dict[str, Any] = {"freeze": [YEARS_END], "weekly_freeze": [NIGHT, WEEKEND]}
    assert stands("2026-12-04T15:00:00", **both) == "frozen every week from Fri 16:00 to Mon 08:00 (Europe/Berlin)"
    assert stands("2026-12-01T22:00:00", **both).endswith("(UTC), except high, critical")
    assert stands("2026-12-01T12:00:00", **both) == ""
    assert stands("2026-12-24T12:00:00") == ""
