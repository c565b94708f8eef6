"""Every look reads every page: whatever AWS may answer in two pages gives the same sighting as in one."""

from __future__ import annotations

import pytest

from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS
from tests.aws import Here
from tests.resources.ec2_volume import make_free
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES
from tests.resources.paged import halves, late, paged, paging
from tests.resources.trial import Trials

MORE = tuple(example for cases in CASES.values() for example in cases.more)
BY_STUB = [(name, action) for name, cases in CASES.items() if cases.not_in_moto for action in KINDS[name].verbs]


@pytest.mark.parametrize("example", [*EXAMPLES, *MORE], ids=str)
def test_a_look_in_two_pages_sees_the_same(trials: Trials, example: Example) -> None:
    trial, in_part = trials(example), CASES[example.kind].read_in_part

    assert set(trial.late.unread) <= in_part.keys(), "it must go on to the next page"
    for look in (trial.late, trial.halves):
        assert look.resource
        more = {in_part[name] for name in look.unread if name in in_part}
        if more:
            assert {fact for fact in more if look.resource.facts[fact] is True} == more
        else:
            assert look.resource == trial.first


@pytest.mark.parametrize(("name", "action"), BY_STUB)
def test_a_look_at_what_moto_cannot_make_reads_two_pages(name: str, action: Action) -> None:
    look = CASES[name].not_in_moto
    assert look
    with paged(late) as pages:
        calls = look(action)

    assert pages.operations
    assert pages.unread == ()
    assert calls == look(action)


def test_a_reader_of_one_page_is_found_out(here: Here) -> None:
    for _ in range(3):
        make_free(here)
    ec2 = here.client("ec2")
    with paged(late) as pages:
        assert ec2.describe_volumes()["Volumes"] == []
        assert pages.unread == ("ec2.DescribeVolumes",)
        assert len(list(ec2.get_paginator("describe_volumes").paginate().search("Volumes[]"))) == 3
    with paged(halves):
        pages_of_one = ec2.get_paginator("describe_volumes").paginate()
        assert [len(page["Volumes"]) for page in pages_of_one] == [1, 2]


def test_a_second_page_is_not_given_to_another_question(here: Here) -> None:
    ec2 = here.client("ec2")
    with paged(late):
        token = ec2.describe_volumes()["NextToken"]
        with pytest.raises(AssertionError, match="second page of something else"):
            ec2.describe_volumes(NextToken=token, VolumeIds=["vol-1"])


def test_paging_is_known_where_botocore_has_no_paginator() -> None:
    assert paging("iam", "ListServiceSpecificCredentials")
    assert paging("ec2", "DescribeInstanceAttribute") is None
