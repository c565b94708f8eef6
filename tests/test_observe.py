"""Observing, with eyes that keep where they looked: a failed look is never an absence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from reconciler.model.sighting import Look, Problem, Resource, Sighting, Trouble
from reconciler.model.task import Order
from reconciler.observe.named import observe
from reconciler.resources.catalog import KINDS
from reconciler.resources.place import Entered
from tests.build import NOW, look_of, order


class Ec2:
    """DescribeInstances as far as the kind needs it: the instances of `known`, and what each is protected by."""

    def __init__(self, asked: list[list[str]], known: set[str]) -> None:
        self._asked, self._known, self._names = asked, known, list[str]()

    def get_paginator(self, _operation: str) -> Ec2:
        return self

    def paginate(
        self,
        Filters: list[dict[str, Any]],  # noqa: N803  boto3's words
        IncludeManagedResources: bool = False,  # noqa: N803  AWS's own name
        **_owners: list[str],
    ) -> Ec2:
        self._names = Filters[0]["Values"] if IncludeManagedResources else []
        if IncludeManagedResources:
            self._asked.append(self._names)
        return self

    def search(self, _path: str) -> list[dict[str, Any]]:
        return [
            {"InstanceId": name, "State": {"Name": "running"}, "LaunchTime": NOW}
            for name in self._names
            if name in self._known
        ]

    def describe_instance_attribute(self, InstanceId: str, Attribute: str) -> dict[str, Any]:  # noqa: N803  boto3's
        assert InstanceId
        return {f"D{Attribute[1:]}": {"Value": True}}


class Ungrouped:
    """Auto Scaling, which has none of them."""

    def get_paginator(self, _operation: str) -> Ungrouped:
        return self

    def paginate(self, **_asked: Any) -> Ungrouped:
        return self

    def search(self, _path: str) -> list[Any]:
        return []


class Here:
    """A place whose clients are all this one."""

    account, region, partition = "111122223333", "eu-west-1", "aws"

    def __init__(self, client: Ec2) -> None:
        self._client = client

    def client(self, service: str, region: str = "") -> Any:
        assert (service, region) in (("ec2", ""), ("autoscaling", ""))
        return self._client if service == "ec2" else Ungrouped()


class Reader:
    """`blind` says why a look at these names in this account and region fails."""

    def __init__(
        self,
        known: set[str] | None = None,
        blind: Callable[[list[str]], Trouble | None] = lambda _names: None,
    ) -> None:
        self.asked: list[list[str]] = []
        self.places: list[tuple[str, str]] = []
        self._known = known or set()
        self._blind = blind

    def look(self, account: str, region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
        mine: list[list[str]] = []
        found = see(Here(Ec2(mine, self._known)))
        self.asked.extend(mine)
        self.places.append((account, region))
        trouble = self._blind(mine[0])
        return Problem(trouble, f"{trouble}!") if trouble else found


def many(count: int, account: str = "web", **over: Any) -> list[Order]:
    return [order(number, account, **over) for number in range(1, count + 1)]


def looks(orders: list[Order]) -> list[Look]:
    return [look_of(one) for one in orders]


def names(orders: list[Order]) -> set[str]:
    return {one.target.name for one in orders}


def seen(orders: list[Order], reader: Reader) -> dict[str, Sighting]:
    live = observe(looks(orders), reader)
    assert set(live) == {one.target for one in orders}
    return {target.name: sighting for target, sighting in live.items()}


def troubles(live: Mapping[str, Sighting]) -> dict[str, Trouble]:
    return {name: one.problem.trouble for name, one in live.items() if one.problem}


def test_seen_absent_and_nothing_else() -> None:
    orders = many(2)
    live = seen(orders, Reader(known={orders[0].target.name}))
    first, second = live[orders[0].target.name], live[orders[1].target.name]
    assert first.resource is not None
    assert (first.resource.name, first.resource.facts["state"]) == (orders[0].target.name, "running")
    assert second == Sighting(resource=None, problem=None)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_batches_are_of_the_kinds_size(extra: int) -> None:
    size = KINDS["ec2:instance"].batch
    reader = Reader()
    seen(many(2 * size + extra), reader)
    assert sorted(map(len, reader.asked)) == sorted({-1: [size - 1, size], 0: [size] * 2, 1: [1, size, size]}[extra])


def test_accounts_are_looked_at_apart_and_a_target_once_whatever_is_to_be_done_to_it() -> None:
    reader = Reader()
    twice = [*many(2), *many(2, task="another"), *many(1, "data"), *many(1, action="kill")]
    observe(looks(twice), reader)
    assert sorted(map(len, reader.asked)) == [1, 2]
    assert sorted(reader.places) == [("data", "eu-west-1"), ("web", "eu-west-1")]


def test_a_verb_may_look_closer() -> None:
    (wanted,) = many(1, action="kill")
    resource = seen([wanted], Reader(known={wanted.target.name}))[wanted.target.name].resource
    assert resource is not None
    assert resource.facts["protections"] == ["disableApiTermination", "disableApiStop"]


@pytest.mark.parametrize("trouble", sorted(set(Trouble) - {Trouble.CREDENTIALS, Trouble.THROTTLED}))
def test_a_batch_that_fails_is_asked_name_by_name(trouble: Trouble) -> None:
    orders = many(3)
    bad = orders[1].target.name
    reader = Reader(names(orders), lambda asked: trouble if bad in asked else None)
    live = seen(orders, reader)
    assert list(map(len, reader.asked)) == [3, 1, 1, 1]
    assert troubles(live) == {bad: trouble}
    assert all(sighting.resource for name, sighting in live.items() if name != bad)


@pytest.mark.parametrize("trouble", [Trouble.CREDENTIALS, Trouble.THROTTLED])
def test_what_is_the_accounts_is_not_asked_name_by_name(trouble: Trouble) -> None:
    orders = many(3)
    reader = Reader(names(orders), lambda _names: trouble)
    assert troubles(seen(orders, reader)) == dict.fromkeys(names(orders), trouble)
    assert list(map(len, reader.asked)) == [3]


def test_a_name_alone_is_not_asked_again() -> None:
    (wanted,) = many(1)
    reader = Reader(blind=lambda _names: Trouble.DENIED)
    assert troubles(seen([wanted], reader)) == {wanted.target.name: Trouble.DENIED}
    assert len(reader.asked) == 1


def test_one_account_that_fails_leaves_the_others() -> None:
    class OneBlind(Reader):
        def look(self, account: str, region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
            found = super().look(account, region, see)
            return Problem(Trouble.CREDENTIALS, "no role") if account == "data" else found

    mine, other = many(1)[0], many(1, "data")[0]
    live = observe(looks([mine, other]), OneBlind(names([mine])))
    assert live[mine.target].resource
    assert live[other.target].problem == Problem(Trouble.CREDENTIALS, "no role")


def test_progress_is_told_by_the_number_of_targets() -> None:
    ticks: list[int] = []
    observe(looks([*many(3), *many(1, "data")]), Reader(), ticks.append)
    assert sorted(ticks) == [1, 3]
    assert observe([], Reader()) == {}
