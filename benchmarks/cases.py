"""The four cases, each of any size: what is made in which accounts, and what of it is a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import urllib3

from benchmarks import seeds
from benchmarks.looks import look
from benchmarks.world import Action, Aws, Place, Target, Thing, World

REGIONS = ("eu-west-1", "us-east-1")
SEED = 12  # of the ids that moto makes up, one after the other
BYSTANDERS = 2  # of each kind in each place


class Case(NamedTuple):
    """build: makes a world of a size; size: the one that is measured; tools: with which, if none is named."""

    title: str
    size: int
    build: Callable[[Aws, int], World]
    tools: Sequence[str] = ("krampus", "probe", "c7n")


def prepared(case: Case, aws: Aws, size: int = 0) -> World:
    """A world of its own in an AWS that is emptied first, and looked at as it then is."""
    urllib3.request("POST", f"{aws.url}/moto-api/reset")
    urllib3.request("POST", f"{aws.url}/moto-api/seed?a={SEED}")
    world = case.build(aws, size or case.size)
    for account in world.accounts.values():
        urllib3.request("POST", f"{aws.url}/bench/deny-all/{account}")
    return replace(world, before=look(aws, world))


def _rules(aws: Aws, size: int) -> World:
    world = _empty(1, REGIONS[:1])
    made = seeds.groups(aws, world.places[0], size + BYSTANDERS, ports=(22, 3389))
    return replace(world, targets=_targets(made, size, "disable"))


def _stop(aws: Aws, size: int) -> World:
    world = _empty(1, REGIONS[:1])
    made = seeds.instances(aws, world.places[0], size + BYSTANDERS)
    return replace(world, targets=_targets(made, size, "disable"))


def _users(aws: Aws, size: int) -> World:
    world = _empty(1, REGIONS[:1])
    made = seeds.users(aws, world.places[0], size + BYSTANDERS)
    return replace(world, targets=_targets(made, size, "kill"))


def _mixed(aws: Aws, size: int) -> World:
    """Fifty targets an account: 4 buckets, 10 roles; and in each of two regions 2 functions, 10 groups, 6 instances."""
    world = _empty(size, REGIONS)

    def of_account(account: str) -> list[Target]:
        home = Place(account, REGIONS[0])
        return [
            *_targets(seeds.buckets(aws, home, 4 + BYSTANDERS), 4, "disable"),
            *_targets(seeds.roles(aws, home, 10 + BYSTANDERS), 10, "disable"),
            *(target for region in REGIONS for target in _in_region(aws, Place(account, region))),
        ]

    return replace(world, targets=[target for account in world.accounts.values() for target in of_account(account)])


def _in_region(aws: Aws, place: Place) -> Iterator[Target]:
    stopped, terminated = 3, 3
    machines = seeds.instances(aws, place, stopped + terminated + BYSTANDERS)
    yield from _targets(machines, stopped, "disable")
    yield from _targets(machines[stopped:], terminated, "kill")
    yield from _targets(seeds.groups(aws, place, 10 + BYSTANDERS, ports=(22,)), 10, "disable")
    yield from _targets(seeds.functions(aws, place, 2 + BYSTANDERS), 2, "disable")


def _targets(made: Iterable[Thing], count: int, action: Action) -> list[Target]:
    """The first of them; all are made."""
    return [Target(thing, action) for thing in [*made][:count]]


def _empty(accounts: int, regions: Sequence[str]) -> World:
    numbers = {f"account-{number:02}": f"{111_100_000_000 + number}" for number in range(accounts)}
    return World(numbers, regions, (), {})


CASES: Mapping[str, Case] = {
    "rules": Case("200 rules in 100 security groups, one region", 100, _rules),
    "stop": Case("stop 500 instances, one region", 500, _stop),
    "users": Case("kill 100 IAM users with 2 keys and 2 policies each", 100, _users),
    "mixed": Case("500 mixed targets in 10 accounts x 2 regions", 10, _mixed, ("krampus", "probe", "c7n", "c7n-org")),
}
