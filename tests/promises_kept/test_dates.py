"""A date that was told moves earlier only by a new notice; what moves is told by a comment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.server import Gate
from tests.aws import Here
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task

# By which field the date comes forward: the configuration and the task before, and what changes.
FORWARD: dict[str, tuple[dict[str, str], dict[str, Any], dict[str, str], dict[str, Any]]] = {
    "grace": ({}, {"grace": "7d"}, {}, {"grace": "1d"}),
    "defaults.grace": ({"grace": "7d"}, {}, {"grace": "1d"}, {}),
    "guardrails.notice": ({"notice": "7d"}, {}, {"notice": "24h"}, {}),
    "after": ({}, {"after": f"{START + 7 * DAY:%Y-%m-%dT%H:%M:%SZ}"}, {}, {}),
    "severity": (
        {"notice": "7d", "critical": "1h"},
        {"grace": "1h"},
        {"notice": "7d", "critical": "1h"},
        {"grace": "1h", "severity": "critical"},
    ),
}


def configured(grace: str = "1d", notice: str = "24h", critical: str = "") -> str:
    """krampus.yaml with these times."""
    more = f", notice_critical: {critical}" if critical else ""
    rails = f"guardrails: {{notice: {notice}{more}}}\n"
    return CONFIG.replace("grace: 1d", f"grace: {grace}") + rails


def said(at: timedelta) -> str:
    """A time as issues write it."""
    when = START + at
    return f"{when.day} {when:%B %Y, %H:%M} UTC"


@pytest.mark.promise(2)
@pytest.mark.parametrize("field", sample(FORWARD, "grace", "severity"))
def test_a_date_that_comes_forward_is_told_first(field: str, desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    before, ordered, after, changed = FORWARD[field]
    desk.write({"krampus.yaml": configured(**before), "tasks/idle.yaml": task("disable", target, **ordered)})
    desk.reconcile(0 * HOUR)
    assert f"**On {said(7 * DAY)}" in desk.issue()
    gate.requests.clear()

    desk.write({"krampus.yaml": configured(**after), "tasks/idle.yaml": task("disable", target, **changed)})
    desk.reconcile(2 * DAY)

    assert (gate.writes, state(web, target)) == ([], "running")
    floor = 1 * HOUR if field == "severity" else 1 * DAY
    assert f"**earlier than announced**: on {said(2 * DAY + floor)}" in desk.issue()
    assert f"**On {said(2 * DAY + floor)}" in desk.issue()
    told = desk.ledger()[-1]
    assert (told["event"], told["cause"]) == ("noticed", "brought_forward")
    assert told["due"] == f"{START + 2 * DAY + floor:%Y-%m-%dT%H:%M:%SZ}"
    desk.reconcile(2 * DAY + floor - 10 * timedelta(minutes=1))
    assert state(web, target) == "running"
    desk.reconcile(2 * DAY + floor)
    assert state(web, target) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_date_that_moves_later_is_told_once_and_kept(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="2d")})
    desk.reconcile(0 * HOUR)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="5d")})
    for hours in (1, 2):
        desk.reconcile(hours * HOUR)
    assert desk.issue().count("**later than announced**") == 1
    assert f"not before {said(5 * DAY)}" in desk.issue()
    desk.reconcile(5 * DAY - HOUR)
    assert state(web, target) == "running"
    desk.reconcile(5 * DAY)
    assert state(web, target) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_freeze_moves_the_date_and_its_end_does_not_bring_it_back_untold(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="2d")})
    desk.reconcile(0 * HOUR)
    freeze = f"guardrails: {{freeze: [{{from: {START:%Y-%m-%d}, to: {START + 9 * DAY:%Y-%m-%d}}}]}}\n"
    desk.write({"krampus.yaml": CONFIG + freeze})
    desk.reconcile(1 * DAY)
    assert "**later than announced**" in desk.issue()
    desk.reconcile(3 * DAY)
    assert desk.report()[target]["verdict"] == "held"
    desk.write({"krampus.yaml": CONFIG})
    desk.reconcile(3 * DAY + HOUR)
    assert state(web, target) == "running"
    assert f"**earlier than announced**: on {said(4 * DAY + HOUR)}" in desk.issue()
    desk.reconcile(4 * DAY + HOUR)
    assert state(web, target) == "stopped"


@pytest.mark.promise(2)
def test_a_notice_counts_from_its_telling_and_not_from_the_plan(desk: Desk, web: Here, tmp_path: Path) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    plan = str(tmp_path / "plan.json")
    assert desk.krampus("plan", "--out", plan, after=0 * HOUR).exit_code == 0
    assert desk.krampus("publish", plan, after=23 * HOUR).exit_code == 0
    assert f"**On {said(47 * HOUR)}" in desk.issue()
    assert [line["at"] for line in desk.ledger()] == [f"{START + 23 * HOUR:%Y-%m-%dT%H:%M:%SZ}"]
    desk.reconcile(24 * HOUR + timedelta(minutes=5))
    assert state(web, target) == "running"
    desk.reconcile(47 * HOUR)
    assert state(web, target) == "stopped"


@pytest.mark.promise(2)
def test_a_reminder_comes_a_day_before_and_once(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="7d")})
    for after in (0 * HOUR, 5 * DAY, 6 * DAY, 6 * DAY + HOUR):
        desk.reconcile(after)
    assert desk.issue().count("a reminder: on") == 1
    assert f"a reminder: on {said(7 * DAY)}, or soon after, Krampus will stop the instance" in desk.issue()
    assert [event for event, _ in desk.events()] == ["noticed", "reminded"]
    # Of a grace that is as short as the reminder, in its later half.
    (other,) = instances(web)
    desk.write({"tasks/short.yaml": task("disable", other, grace="1d")})
    for hours in (0, 11, 12, 13):
        desk.reconcile(6 * DAY + (2 + hours) * HOUR)
    assert [event for event, one in desk.events() if one == other] == ["noticed", "reminded"]
