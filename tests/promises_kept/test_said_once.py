"""Each change is said once: a run after it, in which nothing changes, writes neither a line nor an issue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.aws import Here
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, task

NONE = "guardrails: {per_account: {disable: 0}}\n"
PAUSED = "paused: true\n"
FROZEN = f"guardrails: {{freeze: [{{from: {START:%Y-%m-%d}, to: {START + 9 * DAY:%Y-%m-%d}}}]}}\n"
# What is merged on the second day, when the target is told for the fifth; and when the runs are.
CHANGES = {
    "brought forward": ("", "2d", 1 * DAY),
    "postponed": ("", "9d", 1 * DAY),
    "frozen": (FROZEN, "5d", 1 * DAY),
    "held": (NONE, "5d", 5 * DAY),
    "paused": (PAUSED, "5d", 5 * DAY),
    "over a limit to come": (NONE, "5d", 1 * DAY),
}


@pytest.mark.promise(9)
@pytest.mark.parametrize("change", sample(CHANGES, "postponed", "held"))
def test_what_was_said_is_not_said_again(change: str, desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target, grace="5d", expect=1)})
    desk.reconcile(0 * HOUR)
    settings, grace, at = CHANGES[change]
    ordered = task("disable", target, grace=grace, expect=1)
    desk.write({"krampus.yaml": CONFIG + settings, "tasks/idle.yaml": ordered})
    desk.krampus("reconcile", after=at)
    lines, issue, head = desk.ledger(), desk.issue(), desk.head()
    for minutes in (1, 30):
        desk.krampus("reconcile", after=at + timedelta(minutes=minutes))
        assert (desk.ledger(), desk.issue(), desk.head()) == (lines, issue, head)


@pytest.mark.promise(9)
def test_a_release_is_said_once(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"krampus.yaml": CONFIG + NONE, "tasks/idle.yaml": task("disable", target, expect=1)})
    for days in (0, 1):
        desk.krampus("reconcile", after=days * DAY)
    desk.write({"krampus.yaml": CONFIG})
    desk.reconcile(4 * DAY)
    lines, issue, head = desk.ledger(), desk.issue(), desk.head()
    assert lines[-1]["cause"] == "released"
    desk.reconcile(4 * DAY + HOUR)
    assert (desk.ledger(), desk.issue(), desk.head()) == (lines, issue, head)
