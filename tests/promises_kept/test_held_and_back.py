"""Held, released, and back: what has been said of a date is said again before anything else is done."""

from __future__ import annotations

import pytest

from tests.aws import Here
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task

NONE = "guardrails: {per_account: {disable: 0}}\n"


def held(desk: Desk, web: Here) -> str:
    """A target whose date has come, and which a limit holds."""
    (target,) = instances(web)
    desk.write({"krampus.yaml": CONFIG + NONE, "tasks/idle.yaml": task("disable", target, expect=1)})
    desk.reconcile(0 * HOUR)
    desk.reconcile(1 * DAY, expect=3)
    assert desk.issue().count("**held, nothing is done for now**: over the limit") == 1
    return target


@pytest.mark.promise(2)
def test_what_was_held_for_long_is_told_of_before_it_is_done(desk: Desk, web: Here) -> None:
    target = held(desk, web)
    desk.reconcile(3 * DAY, expect=3)
    assert desk.issue().count("**held, nothing is done for now**") == 1, "once"

    desk.krampus("reconcile", "--allow", "disable=1", after=3 * DAY + HOUR)
    assert state(web, target) == "running"
    when = START + 4 * DAY + HOUR
    assert f"**no longer held**: on {when.day} {when:%B %Y, %H:%M} UTC, or soon after" in desk.issue()

    desk.krampus("reconcile", "--allow", "disable=1", after=4 * DAY)
    assert state(web, target) == "running"
    desk.krampus("reconcile", "--allow", "disable=1", after=4 * DAY + HOUR)
    assert state(web, target) == "stopped"
    assert "done (stop the instance), allowed disable=1 by Ada" in desk.issue()
    assert "done as announced" not in desk.issue()


@pytest.mark.promise(2)
def test_a_person_may_waive_that_and_its_team_is_told_by_whom_and_why(desk: Desk, web: Here) -> None:
    target = held(desk, web)
    why = ("--without-notice", "an incident, NET-99")
    desk.krampus("reconcile", "--allow", "disable=1", *why, after=3 * DAY)
    assert state(web, target) == "stopped"
    assert "without a new notice, by Ada" in desk.issue()
    assert "an incident, NET-99" in desk.issue()
    (intent,) = [line for line in desk.ledger() if line["event"] == "intended"]
    assert "an incident, NET-99" in intent["detail"]


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_waiver_waives_no_first_notice(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    for hours in (0, 23):
        desk.krampus("reconcile", "--without-notice", "an incident", after=hours * HOUR)
        assert state(web, target) == "running"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.promise(2)
def test_a_short_hold_ends_at_once(desk: Desk, web: Here) -> None:
    target = held(desk, web)
    desk.krampus("reconcile", "--allow", "disable=1", after=1 * DAY + 6 * HOUR)
    assert state(web, target) == "stopped"


@pytest.mark.promise(2)
def test_what_drifts_back_is_said_to_be_back_and_done_again(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    for days in (0, 1, 2):
        desk.reconcile(days * DAY)
    assert "done as announced (stop the instance)" in desk.issue()
    web.client("ec2").start_instances(InstanceIds=[target.rsplit("/", 1)[1]])
    before = desk.issue()
    desk.reconcile(3 * DAY)
    fresh = desk.issue().replace(before, "")
    assert state(web, target) == "stopped"
    assert fresh.count("**it was back, and is done again** (stop the instance)") == 1
    assert desk.issue().count("done as announced") == 1
