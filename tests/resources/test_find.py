"""All of a kind in a place: as each is seen by its name, whatever number of pages AWS makes of it."""

from __future__ import annotations

import re

import pytest

from reconciler.resources.catalog import KINDS, resolve
from tests.aws import Here
from tests.resources.examples import CASES
from tests.resources.paged import halves, late, paged


@pytest.mark.parametrize("name", CASES)
def test_all_of_a_kind_are_found_in_two_pages_as_each_is_seen_by_its_name(here: Here, name: str) -> None:
    kind = KINDS[name]
    made = resolve(CASES[name].examples[0].make(here))[1]

    found = {resource.name: resource for resource in kind.find(here)}

    assert made in found
    # Where AWS has more of them by itself (a VPC's default group), those too.
    assert all(re.fullmatch(kind.pattern, one) for one in found)
    for cut in (late, halves):
        with paged(cut) as pages:
            assert found == {resource.name: resource for resource in kind.find(here)}
        assert pages.operations
        assert pages.unread == ()
    assert found == {resource.name: resource for resource in kind.look(here, list(found), lambda _: ())}
    assert (found[made].created is not None) is kind.dated


@pytest.mark.parametrize("name", KINDS)
def test_where_there_are_none_none_is_found(here: Here, name: str) -> None:
    # moto gives every region a VPC with its default group.
    assert len(list(KINDS[name].find(here))) == (name == "ec2:security-group")
