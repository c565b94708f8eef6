"""The second look lets go what is as it was planned, and nothing that differs in any fact, or in its region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.model.plan import UndoProgress
from reconciler.model.sighting import Resource
from reconciler.model.task import Order
from reconciler.resources.catalog import KINDS
from tests.build import order, repository, running, told
from tests.laws.build import decided, looked_again, looking, notice_of, order_of, resource_of
from tests.laws.facts import one_place_changed
from tests.resources.examples import CASES

GENERATED = [name for name, cases in CASES.items() if cases.generated]
# The facts are those of `disable`; where `kill` has parts, it needs more.
ACTIONS = [(kind, "disable") for kind in GENERATED] + [
    (kind, "kill") for kind in GENERATED if (kill := KINDS[kind].verbs.get("kill")) and not kill.parts
]


def goes(order: Order, planned: Resource, found: Resource) -> bool | None:
    """Whether what was planned for the one is done to the other; None if nothing was planned."""
    notice = told(days=30, target=order.target.arn, action=order.action, digest=notice_of(order))
    repo = repository(order)
    plan = decided(repo, [notice], looking([order], planned))
    if not plan.ready:
        return None
    try:
        going, left = looked_again(repo, plan, [notice], [found])
    except (LookupError, TypeError, ValueError, AttributeError):
        return False  # facts of a shape that no look gives: nothing is sent either
    assert len(going) + len(left) == 1
    assert all(outcome.stale and outcome.sent == 0 for outcome in left.values())
    return bool(going)


def other(resource: Resource, facts: Mapping[str, Any]) -> Resource:
    return replace(resource, facts=facts)


@pytest.mark.promise(4)
@pytest.mark.parametrize(("kind", "action"), ACTIONS)
@given(data=st.data())
def test_it_goes_for_the_same_facts_and_for_no_others(kind: str, action: Any, data: st.DataObject) -> None:
    generated = CASES[kind].generated
    assert generated
    facts, options = data.draw(generated.drawn)
    if action == "kill":
        options = {"skip_backup": True} if "skip_backup" in KINDS[kind].verbs["kill"].options.model_fields else {}
    order, planned = order_of(kind, action, options), resource_of(kind, facts)
    planned = KINDS[kind].narrowed(planned, KINDS[kind].parts_for(action, options))
    same = goes(order, planned, replace(planned))
    assume(same is not None)

    assert same
    assert not goes(order, planned, other(planned, data.draw(one_place_changed(dict(planned.facts)))))
    assert not goes(order, planned, replace(planned, region="eu-south-2"))


@pytest.mark.parametrize(
    "altered",
    [
        {"account": "data"},
        {"action": "kill"},
        {"kind": "ec2:volume"},
        {"name": "i-00000000000000002"},
        {"undo_progress": UndoProgress.COMPLETE},
    ],
    ids=str,
)
def test_a_plan_that_was_altered_does_not_go_elsewhere(altered: dict[str, Any]) -> None:
    (one,) = (wanted := repository(order())).orders
    notice = told(days=30)
    plan = decided(wanted, [notice])
    forged = plan.model_copy(update={"decisions": (plan.ready[0].model_copy(update=altered),)})
    seen = running().resource
    assert seen

    assert looked_again(wanted, plan, [notice], [seen])[0] == {one.key}
    assert looked_again(wanted, forged, [notice], [seen])[0] == set()
