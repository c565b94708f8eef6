"""The forecast says of each coming day what the rules and the limits themselves say when that day has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.decide.forecast import foresee
from reconciler.decide.freezes import Thaws, frozen
from reconciler.decide.limits import apply_limits, excesses
from reconciler.decide.rules import decide
from reconciler.ledger.read import Counts
from reconciler.model.config import Config
from reconciler.model.forecast import Coming
from reconciler.model.ledger import Event
from reconciler.model.limit import LimitKey
from reconciler.model.override import LimitOverride
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.task import Key, Severity
from tests.build import NOW, config, decision, entry, ledger_of, order, repository, seen, told

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOBODY = LimitOverride()
# By day, action, account, and the limit (whose, and how many it allows): how many.
Fates = Counter[tuple[date, str, str, tuple[str, int] | None]]

limits = st.fixed_dictionaries({"disable": st.integers(0, 4), "kill": st.integers(0, 3)})
freezes = st.builds(
    lambda start, long: {"from": NOW.date() + start * DAY, "to": NOW.date() + (start + long) * DAY},
    st.integers(0, 9),
    st.integers(0, 5),
)
week_times = st.builds(
    lambda day, hour, minute: f"{day} {hour:02}:{minute:02}",
    st.sampled_from(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    st.integers(0, 23),
    st.integers(0, 59),
)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
weeks = st.builds(
    lambda start, end, zone: {"from": start, "to": end, "zone": zone}, week_times, week_times, st.sampled_from(ZONES)
).filter(lambda week: week["from"] != week["to"])
allowances = st.sampled_from([[], ["critical"]])


@st.composite
def rails(draw: st.DrawFn) -> dict[str, Any]:
    """Small limits, and freezes of all kinds."""
    spans = [{**one, "allow": draw(allowances)} for one in draw(st.lists(freezes, max_size=2))]
    weekly = [{**one, "allow": draw(allowances)} for one in draw(st.lists(weeks, max_size=2))]
    return {"per_run": draw(limits), "per_account": draw(limits), "freeze": spans, "weekly_freeze": weekly}


@st.composite
def told_targets(draw: st.DrawFn) -> list[Decision]:
    """Targets of two accounts, some of them asked for by two tasks; each is due now or within ten days."""
    found = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        account = draw(st.sampled_from(["web", "data"]))
        severity = draw(st.sampled_from(["medium", "critical"]))
        for action in draw(st.sampled_from([("disable",), ("kill",), ("disable",), ("disable", "kill")])):
            due = NOW + draw(st.integers(-9, 10 * 24)) * HOUR
            over = {"task": f"t-{action}-{number % 3}", "action": action, "severity": severity, "due": due}
            found.append(decision(number, account, verdict=Verdict.SCHEDULED, calls=(), **over))
    return found


def decided(conf: Config, decisions: list[Decision], done: Counts) -> list[Decision]:
    """What the run of this moment says of them."""
    found = []
    for one in decisions:
        due = one.due and one.due <= NOW
        why = frozen(conf.guardrails, one.severity, NOW)
        held = {"verdict": Verdict.HELD, "reason": Reason.FROZEN, "why": why}
        found.append(one.model_copy(update=held if why else {"verdict": Verdict.READY}) if due else one)
    return apply_limits(found, conf, done, NOBODY)


def last_open(conf: Config, severity: Severity, day: date) -> datetime | None:
    """The last minute of a day at which no freeze holds this severity, tried minute by minute."""
    last = datetime.combine(day, time(23, 59), tzinfo=UTC)
    minutes = (last - number * MINUTE for number in range(24 * 60))
    return next((at for at in minutes if not frozen(conf.guardrails, severity, at)), None)


def lived(conf: Config, decisions: list[Decision], done: Counts, days: int) -> tuple[Fates, Fates]:
    """Each day's limits, applied by themselves to what is due and open on that day; what is let go is done.

    How many are held that no limit held before, and how many are done.
    """
    held, gone = Fates(), Fates()
    left = [one for one in decisions if one.verdict is not Verdict.READY]
    met: set[Key] = {one.key for one in decisions if one.over_limit}
    for number in range(days):
        day, used = NOW.date() + number * DAY, {} if number else done
        opened = {severity: last_open(conf, severity, day) for severity in {one.severity for one in left}}
        due = [
            one.model_copy(update={"verdict": Verdict.READY, "reason": Reason.DUE})
            for one in left
            if (at := opened[one.severity]) and one.due and max(one.due, NOW) <= at
        ]
        bounded = apply_limits(due, conf, used, NOBODY)
        over = {(one.action, one.account_id): one for one in excesses(bounded, conf, used)}
        for one in bounded:
            if one.verdict is Verdict.READY:
                gone[day, one.action, one.account, None] += 1
            elif one.over_limit and one.key not in met:
                by = over[one.action, one.account_id if one.limit is LimitKey.PER_ACCOUNT else ""]
                held[day, one.action, one.account, (by.account, by.limit)] += 1
        behind = {
            one.key for one in bounded if one.verdict is Verdict.UNDERWAY
        }  # another task goes first, so it comes later
        met = (met - behind) | {one.key for one in bounded if one.over_limit}
        done_now = {one.key for one in bounded if one.verdict is Verdict.READY}
        left = [one for one in left if one.key not in done_now]
    return held, gone


def said(rows: Iterable[Coming]) -> tuple[Fates, Fates]:
    """The same of a forecast."""
    held, gone = Fates(), Fates()
    for row in rows:
        if row.excess:
            held[row.day, row.action, row.account, (row.excess.account, row.excess.limit)] += row.due
        elif row.held is None:
            gone[row.day, row.action, row.account, None] += row.due + row.waiting
    return held, gone


@pytest.mark.promise(8)
@settings(max_examples=100, deadline=None)
@given(told_targets(), rails(), st.sets(st.integers(1, 4)))
def test_the_limits_of_each_coming_day_hold_what_the_forecast_says(
    targets: list[Decision], given: dict[str, Any], done: set[int]
) -> None:
    conf = config(guardrails=given)
    used = ledger_of(*(entry(Event.INTENDED, number, task="t-disable-1") for number in done)).intended_on(NOW.date())
    decisions = decided(conf, targets, used)
    decisions, rows = foresee(decisions, conf, used, NOW)

    now = Counter((one.action, one.account_id) for one in decisions if one.verdict is Verdict.READY)
    spent = {share: set(used.get(share, ())) for share in {*now, *used}}
    for one in decisions:
        if one.verdict is Verdict.READY:
            spent[one.action, one.account_id].add(one.key)
    last = max((row.day for row in rows), default=NOW.date())
    assert said(rows) == lived(conf, decisions, spent, (last - NOW.date()).days + 1)


@settings(max_examples=60, deadline=None)
@given(rails(), st.integers(0, 400 * 24 * 60), st.sampled_from(["medium", "critical"]))
def test_a_freeze_is_over_at_the_first_minute_at_which_it_holds_nothing(
    given: dict[str, Any], minutes: int, severity: Any
) -> None:
    guardrails, moment = config(guardrails=given).guardrails, NOW + minutes * MINUTE
    at = Thaws(guardrails).after(severity, moment)

    between = [moment + number * MINUTE for number in range(int(((at or moment + 9 * DAY) - moment) / MINUTE))]
    assert all(frozen(guardrails, severity, each) for each in between)
    assert at is None or not frozen(guardrails, severity, at)


@settings(max_examples=60, deadline=None)
@given(rails(), st.lists(st.integers(-8 * 24, 12 * 24), min_size=1, max_size=8), st.booleans())
def test_what_is_foreseen_is_what_the_rules_say_when_it_is_due(
    given: dict[str, Any], ages: list[int], paused: bool
) -> None:
    """Of one target after the other: the whole decision, at the very moment at which it is due."""
    orders = [order(number, grace=timedelta(days=13)) for number in range(1, len(ages) + 1)]
    repo = repository(*orders, guardrails={**given, "per_run": {"disable": 99}, "per_account": {"disable": 99}})
    repo = repository(*orders, guardrails=repo.config.guardrails.model_dump(by_alias=True), paused=paused)
    ledger = ledger_of(*(told(number, (12 * 24 - age) / 24) for number, age in enumerate(ages, 1) if age <= 12 * 24))
    for one in decide(repo, ledger, seen(orders), NOW).decisions:
        if one.verdict is Verdict.SCHEDULED and one.due:
            then = {each.key: each for each in decide(repo, ledger, seen(orders), one.due).decisions}[one.key]
            assert (one.held_then or Reason.DUE) is then.reason
            assert bool(one.foreseen) is (then.verdict is not Verdict.READY)
