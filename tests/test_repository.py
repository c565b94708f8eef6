"""What the reviewed files say of an order: found by an index, and the same as if each were held against each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.exemption import Exemption
from tests.build import arn, exemption, order, repository

PATTERNS = st.sampled_from(
    (
        *(arn(number) for number in (1, 2)),
        *(arn(1).replace("instance/", "instance:"), arn(1, "data")),
        *("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:eu-west-?:*:instance/*1", "arn:aws:s3:::*"),
    )
)
EXEMPTIONS = st.builds(
    lambda resources, tasks, actions: exemption(resources=tuple(resources), tasks=tasks, actions=actions),
    st.lists(PATTERNS, min_size=1, max_size=3),
    st.sampled_from((None, ("stop-idle",), ("another",))),
    st.sampled_from((None, ("disable",), ("kill",))),
)


@given(st.lists(EXEMPTIONS, max_size=5))
def test_the_exemptions_of_an_order_are_all_that_cover_it_in_the_order_of_their_files(found: list[Exemption]) -> None:
    repo = repository(order(), exemptions=found)
    for one in (order(1), order(2), order(1, "data"), order(1, action="kill"), order(1, task="another")):
        expected = [each for each in found if each.covers(one.target.arn, one.task, one.action)]
        assert list(repo.exemptions_for(one)) == expected


@given(st.lists(EXEMPTIONS, max_size=5))
def test_the_orders_of_an_exemption_are_all_that_it_covers(found: list[Exemption]) -> None:
    orders = (order(1), order(2), order(1, "data"), order(2, action="kill", task="another"))
    repo = repository(*orders, exemptions=found)
    for file, each in repo.exemptions.items():
        expected = [one for one in orders if each.covers(one.target.arn, one.task, one.action)]
        assert list(repo.covered.get(file, ())) == expected
