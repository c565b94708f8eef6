"""A world to work on: what is in the accounts, what is to be done there, and whether that was done and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from tests import sdk

Kind = Literal["instance", "security-group", "bucket", "function", "role", "user"]
Action = Literal["disable", "kill"]
GLOBAL: Sequence[Kind] = ("bucket", "role", "user")
THREADS = 8


class Place(NamedTuple):
    """An account in a region."""

    account: str
    region: str


class Thing(NamedTuple):
    """Something in an account; `id` as AWS names it there. What has no region is kept under its account's first."""

    kind: Kind
    place: Place
    id: str


class Target(NamedTuple):
    """What is to be done to what."""

    thing: Thing
    action: Action


@dataclass(frozen=True)
class Aws:
    """The emulated AWS, entered past the proxy: the benchmark itself sets it up and looks at it."""

    url: str

    def client(self, place: Place, service: str) -> Any:
        """A boto3 client."""
        return sdk.client(self.url, place.account, place.region, service)


@dataclass(frozen=True)
class World:
    """accounts: number by name; every thing of `before` that is no target is a bystander."""

    accounts: Mapping[str, str]
    regions: Sequence[str]
    targets: Sequence[Target]
    before: Mapping[Thing, object]

    @property
    def places(self) -> list[Place]:
        """Every account in every region."""
        return [Place(account, region) for account in self.accounts.values() for region in self.regions]

    def wanted(self) -> dict[Thing, object]:
        """What the looks must find at the end."""
        from benchmarks.looks import WANTED

        done = {one.thing: WANTED[one.thing.kind, one.action](self.before[one.thing]) for one in self.targets}
        return {**self.before, **done}


def differences(expected: Mapping[Thing, object], found: Mapping[Thing, object]) -> list[str]:
    """A sentence for each thing that is not as expected, was not expected, or is missing."""
    things = sorted({*expected, *found})
    return [
        f"{thing.kind} {thing.id} in {thing.place.account} {thing.place.region}: {found.get(thing)}, "
        f"not {expected.get(thing)}"
        for thing in things
        if found.get(thing) != expected.get(thing)
    ]


def side_by_side(do: Callable[[Any], Any], things: Sequence[Any]) -> list[Any]:
    """What `do` makes of each, some at a time."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(do, things))
