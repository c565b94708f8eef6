"""A plan older than a freeze, a pause or an exemption does not act, and what these do not touch goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.sighting import Resource
from tests.build import NOW, arn, exemption, order, repository, running, told
from tests.laws.build import decided, looked_again

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What may have been merged, or have begun, between the plan and its calls.
BEGUN: dict[str, dict[str, Any]] = {
    "pause": {"paused": True},
    "freeze": {"guardrails": {"freeze": [{"from": NOW.date(), "to": NOW.date(), "allow": ["high"]}]}},
    "weekly freeze": {"guardrails": {"weekly_freeze": [{"from": "Tue 10:00", "to": "Wed 08:00", "allow": ["high"]}]}},
    "exemption": {"exemptions": [exemption(resources=(arn(1), arn(2)))]},
    "exemption of some": {"exemptions": [exemption(resources=(arn(1),))]},
    "protection": {"guardrails": {"protected": [arn(2)]}},
}
HELD = {
    "pause": {1, 2, 3},
    "freeze": {1, 2},
    "weekly freeze": {1, 2},
    "exemption": {1, 2},
    "exemption of some": {1},
    "protection": {2},
}


def resource(number: int) -> Resource:
    found = running(number).resource
    assert found
    return found


@pytest.mark.promise(1, 8)
@pytest.mark.parametrize("action", ["disable", "kill"])
@given(
    begun=st.lists(st.sampled_from(sorted(BEGUN)), min_size=1, max_size=3, unique=True),
    later=st.sampled_from((HOUR, 2 * HOUR, 14 * HOUR)),
)
def test_what_began_since_holds_what_it_covers_and_nothing_else(
    action: Any, begun: list[str], later: timedelta
) -> None:
    orders = [
        order(number, action=action, severity="high" if number == 3 else "medium", task=f"task-{number}")
        for number in (1, 2, 3)
    ]
    notices = [
        told(number, 30, task=one.task, action=action, digest=one.notice) for number, one in enumerate(orders, 1)
    ]
    before, after = repository(*orders), repository(*orders, **merged(begun))
    plan = decided(before, notices)
    assert len(plan.ready) == 3

    going, left = looked_again(after, plan, notices, map(resource, (1, 2, 3)), NOW + later)

    held = set().union(*(HELD[one] for one in begun))
    assert set(going) == {(f"task-{n}", arn(n)) for n in {1, 2, 3} - held}
    assert set(left) == {(f"task-{n}", arn(n)) for n in held}
    assert all(one.sent == 0 and one.stale for one in left.values())


def merged(begun: list[str]) -> dict[str, Any]:
    """All of it in one repository."""
    whole: dict[str, Any] = {"guardrails": {}, "exemptions": []}
    for one in begun:
        for key, value in BEGUN[one].items():
            if key == "guardrails":
                whole[key] |= value
            elif key == "exemptions":
                whole[key] = [*whole[key], *value]
            else:
                whole[key] = value
    return whole
