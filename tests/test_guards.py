"""Many patterns at once: the index finds what each finds alone, and holds few of them against a target."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.guards import Guards
from reconciler.model.spelling import guarding
from tests.build import arn
from tests.work import assert_linear, calls

ACCOUNTS, REGIONS = ("111122223333", "444455556666", "*", "11112222????"), ("eu-west-1", "*", "eu-*", "")
PARTS = (("aws", "aws-cn", "*"), ("ec2", "iam", "*", "?am", "s3"), REGIONS, (*ACCOUNTS, ""))
NAMES = ("a", "ab", "b*", "*b", "?b", "a*b", "*", "A", "Ab*", "x/a", "x/*b", "*/b", "a:b", "a[b]", "[ab]*")
RESOURCES = st.sampled_from(("", "instance/", "instance:", "user/", "us*/", "user/dev/", "?ser/De?/"))
PATTERNS = st.builds(
    lambda parts, resource, name: ":".join(("arn", *parts, resource + name)),
    st.tuples(*map(st.sampled_from, PARTS)),
    RESOURCES,
    st.sampled_from(NAMES),
) | st.sampled_from(("*", "arn:*", "*:*:*", "arn:aws:iam", "*:aws:iam::*:user/b"))


@given(st.lists(PATTERNS, max_size=8), PATTERNS)
@example(["arn:aws:iam::111122223333:user/Dev/A"], "arn:aws:iam::111122223333:user/a")
def test_the_index_finds_what_each_finds_alone(patterns: list[str], target: str) -> None:
    alone = [place for place, pattern in enumerate(patterns) if guarding([pattern], target)]

    assert Guards(patterns).covering(target) == alone


WAYS: dict[str, Callable[[int], str]] = {
    "whole ARNs": arn,
    "of many accounts": lambda number: f"arn:aws:ec2:*:{number:012}:instance/*",
    "that begin otherwise": lambda number: f"arn:aws:ec2:*:111122223333:instance/i-{number:x}*",
    "that end otherwise": lambda number: f"arn:aws:ec2:*:111122223333:instance/*-{number}",
    "of IAM": lambda number: f"arn:aws:iam::111122223333:user/*/name-{number}-*",
    "of every account": lambda number: f"arn:aws:s3:::acme-{number}-*",
    "the same": lambda _: "arn:aws:ec2:*:111122223333:instance/j-*",
}


@pytest.mark.parametrize("way", WAYS)
def test_few_patterns_are_held_against_a_target(way: str) -> None:
    targets = [arn(number) for number in range(20)]
    targets += [f"arn:aws:iam::111122223333:user/x/name-{number}-b" for number in range(20)]
    guards = Guards(WAYS[way](number) for number in range(200))

    assert calls(lambda: [guards.covering(target) for target in targets], "matches") <= 2 * len(targets)


@pytest.mark.parametrize("way", WAYS)
def test_twice_the_patterns_and_targets_are_twice_the_work(way: str) -> None:
    def work(count: int) -> Callable[[], object]:
        patterns, targets = [WAYS[way](number) for number in range(count)], [arn(number) for number in range(count)]

        def hold() -> None:
            guards = Guards(patterns)
            for target in targets:
                guards.covering(target)

        return hold

    assert_linear(work, 60)
