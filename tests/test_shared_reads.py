"""One pass over a place: what is the place's is read once, what is each resource's side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from reconciler.model.sighting import Problem, Resource, Trouble
from reconciler.observe.named import WORKERS, observe
from reconciler.observe.shared_reads import AnybodysReading, Memories, Memory, SharedPlace
from reconciler.resources.catalog import KINDS
from reconciler.resources.place import Entered
from tests.aws import Here
from tests.build import look_of
from tests.laws.build import order_of

NOWHERE = Here("http://nowhere.invalid")
LONG = 30  # seconds after which a test that hangs is given up


def place(pool: ThreadPoolExecutor) -> SharedPlace:
    return SharedPlace(NOWHERE, Memory(), pool, Memory(AnybodysReading))


def test_many_are_read_at_the_same_time() -> None:
    together = Barrier(16)
    with ThreadPoolExecutor(WORKERS) as pool:
        here = place(pool)
        read = pool.submit(here.side_by_side, lambda name: (name, together.wait(LONG) >= 0), range(16))

        assert read.result(LONG) == [(name, True) for name in range(16)]


def test_a_pool_whose_threads_all_wait_for_each_other_goes_on() -> None:
    with ThreadPoolExecutor(2) as pool:
        here = place(pool)

        def outer(name: int) -> list[int]:
            listed = here.once("all", lambda: here.side_by_side(lambda each: each, range(5)))
            return here.side_by_side(lambda each: each * name, listed)

        read = [pool.submit(here.side_by_side, outer, range(4)) for _ in range(6)]

        assert [one.result(LONG) for one in read] == [[[each * n for each in range(5)] for n in range(4)]] * 6


def test_what_is_the_places_is_read_once_whoever_asks() -> None:
    asked: list[str] = []

    def lists() -> int:
        asked.append("list")
        return len(asked)

    with ThreadPoolExecutor(WORKERS) as pool:
        here = place(pool)
        said = here.side_by_side(lambda _: here.once("list", lists), range(100))

    assert (said, asked) == ([1] * 100, ["list"])


def test_what_failed_has_failed_for_all_and_is_not_asked_again_until_the_account_is_entered_anew() -> None:
    memory, asked = Memory(), list[int]()

    def fails() -> int:
        asked.append(1)
        raise KeyError("no")

    for _ in range(3):
        with pytest.raises(KeyError):
            memory.once("list", fails)
    assert asked == [1]
    memory.once("other", lambda: 2)
    memory.forget_failures()

    assert memory.once("list", lambda: 7) == 7
    assert memory.once("other", lambda: 3) == 2


def test_what_is_aws_own_is_read_once_whatever_the_account_and_what_failed_in_one_is_asked_again_in_another() -> None:
    common, asked = Memories(Counter()).common, list[str]()

    def lists(account: str) -> str:
        asked.append(account)
        if account == "denied":
            raise KeyError(account)
        return account

    with ThreadPoolExecutor(WORKERS) as pool:
        for partition in ("aws", "aws-cn"):
            one, other = (SharedPlace(replace(NOWHERE, partition=partition), Memory(), pool, common) for _ in range(2))
            with pytest.raises(KeyError):
                one.once_everywhere("own", lambda: lists("denied"))
            assert other.once_everywhere("own", lambda: lists("a")) == "a"
            assert one.once_everywhere("own", lambda: lists("b")) == "a"

    assert asked == ["denied", "a"] * 2


def test_a_place_is_forgotten_after_its_last_look() -> None:
    memories = Memories(Counter({("web", "eu-west-1"): 2}))
    first = memories.of("web", "eu-west-1")
    memories.done("web", "eu-west-1")
    assert memories.of("web", "eu-west-1") is first

    memories.done("web", "eu-west-1")

    assert memories.of("web", "eu-west-1") is not first


class Buckets:
    """S3 of one account, which lists its buckets as often as it is asked, and counts that."""

    def __init__(self, fails: type[Exception] | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self._fails = fails
        self.entered = 0

    def look(self, account: str, region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
        assert (account, region) == ("web", "global")
        try:
            return see(self)
        except (KeyError, LookupError):
            return Problem(Trouble.DENIED, "no")

    account, region, partition = "111122223333", "us-east-1", "aws"

    def client(self, _service: str, _region: str = "") -> Any:
        return self

    def get_paginator(self, name: str) -> Any:
        self.asked[name] += 1
        if self._fails:
            raise self._fails
        return self

    def paginate(self, **_: Any) -> Any:
        return self

    def search(self, _: str) -> list[Any]:
        return []

    class exceptions:  # noqa: N801  as boto3 has it
        ClientError = RuntimeError

    def head_bucket(self, **_: Any) -> None:
        self.asked["head_bucket"] += 1
        raise KeyError


@pytest.mark.parametrize("fails", [None, KeyError])
def test_a_list_costs_the_account_one_question_whatever_comes_of_it(fails: type[Exception] | None) -> None:
    first = order_of("s3:bucket", "disable", {})
    names = [first.target.name, *(f"b{number:03}" for number in range(50))]
    targets = [replace(first.target, arn=f"arn:aws:s3:::{name}", name=name) for name in names]
    looks = [look_of(replace(first, target=target)) for target in targets]

    aws = Buckets(fails)
    live = observe(looks, aws)

    assert KINDS["s3:bucket"].batch == 1
    assert {one.problem and one.problem.trouble for one in live.values()} == {Trouble.DENIED}
    assert aws.asked == {"list_buckets": 1, **({} if fails else {"head_bucket": 51})}
