"""Many names at once: AWS takes only so many in one request, and none may look absent for being one too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from reconciler.resources.catalog import KINDS, resolve
from tests.aws import Here, seen_by
from tests.privilege.ask import Sent
from tests.privilege.recorded import recorded
from tests.resources.ec2_instance import make_member
from tests.resources.examples import CASES
from tests.resources.paged import late, paged

# What AWS takes in one list, by its documents: values of a filter of EC2 and RDS, ids of Auto Scaling's members.
MOST, OF_MEMBERS = 200, 50


def longest(sent: Iterable[Sent]) -> Mapping[str, int]:
    """Operation -> the longest list in any request of it."""
    found: dict[str, int] = {}
    for one in sent:
        found[one.operation] = max(found.get(one.operation, 0), *lengths(one.arguments))
    return found


def lengths(value: Any) -> Iterator[int]:
    """Of every list in there."""
    yield len(value) if isinstance(value, list) else 0
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from lengths(each)


@pytest.mark.parametrize("name", CASES)
def test_one_is_seen_behind_any_number_of_others(here: Here, name: str) -> None:
    made, absent = (resolve(arn)[1] for arn in (CASES[name].examples[0].make(here), CASES[name].arn))
    names = [*(f"{absent[:-3]}{number:03}" for number in range(2 * KINDS[name].batch)), made]

    for action in KINDS[name].verbs:
        with recorded(here.account) as sent:
            assert [resource.name for resource in seen_by(KINDS[name], action, here, names)] == [made]
        assert max(longest(sent).values()) <= MOST


def test_what_hangs_on_many_is_asked_about_as_few_at_a_time_as_aws_takes(here: Here) -> None:
    make_member(here)
    members = OF_MEMBERS + 1
    here.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName="web", MaxSize=members, DesiredCapacity=members
    )
    # A page of all of them has not all, so that they are asked about by their ids.
    with paged(late), recorded(here.account) as sent:
        names = [one.name for one in KINDS["ec2:instance"].find(here)]
        seen = seen_by(KINDS["ec2:instance"], "disable", here, names)

    assert [resource.facts["lifecycle"] for resource in seen] == ["InService"] * members
    assert longest(sent)["DescribeAutoScalingInstances"] == OF_MEMBERS
