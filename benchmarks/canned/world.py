"""A world by arithmetic: what is in an account and region follows from numbers, and only what was changed is kept.

Each fifty targets are those of the case `mixed`: 4 buckets and 10 roles of the account; and 4 functions, 20 security
groups, 6 instances to be stopped and 6 to be terminated, spread over its regions. Each place has bystanders besides.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple

Sort = Literal["bucket", "role", "function", "group", "stop", "kill"]
GLOBAL: tuple[Sort, ...] = ("bucket", "role")
SHARES: dict[Sort, int] = {"bucket": 4, "role": 10, "function": 4, "group": 20, "stop": 6, "kill": 6}
MIX: tuple[Sort, ...] = tuple(
    sort for _, sort in sorted(((n + 0.5) / share, sort) for sort, share in SHARES.items() for n in range(share))
)
ALL_REGIONS = ("eu-west-1", "us-east-1", "eu-central-1", "us-west-2", "ap-northeast-1", "eu-north-1", "sa-east-1")
BYSTANDERS = 2  # of each sort in each place
FIRST = 200_000_000_000
ARNS: dict[Sort, str] = {
    "bucket": "arn:aws:s3:::{name}",
    "role": "arn:aws:iam::{account}:role/{name}",
    "function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "group": "arn:aws:ec2:{region}:{account}:security-group/{name}",
    "stop": "arn:aws:ec2:{region}:{account}:instance/{name}",
    "kill": "arn:aws:ec2:{region}:{account}:instance/{name}",
}


class Place(NamedTuple):
    """An account (the how-manieth) in a region (the how-manieth)."""

    account: int
    region: int


@dataclass(frozen=True)
class World:
    """So many of each; `changes`: the file in which its writes are kept between processes."""

    accounts: int
    regions: int
    targets: int
    changes: Path
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def text(self) -> str:
        """As a process hands it to another."""
        return f"{self.accounts}/{self.regions}/{self.targets}/{self.changes}"

    @classmethod
    def parse(cls, text: str) -> World:
        """What `text` was of."""
        accounts, regions, targets, changes = text.split("/", 3)
        return cls(int(accounts), int(regions), int(targets), Path(changes))

    def region(self, number: int) -> str:
        """A region's name."""
        return ALL_REGIONS[number]

    def counts(self, place: Place) -> dict[Sort, int]:
        """How many of each sort are targets in a place; what is the account's is in its first region."""
        share, over = divmod(self.targets, self.accounts)
        rounds, rest = divmod(share + (place.account < over), len(MIX))
        counts: dict[Sort, int] = {}
        for sort, each in SHARES.items():
            total = rounds * each + MIX[:rest].count(sort)
            if sort in GLOBAL:
                counts[sort] = 0 if place.region else total
            else:
                counts[sort] = total // self.regions + (place.region < total % self.regions)
        return counts

    def names(self, sort: Sort, place: Place) -> list[str]:
        """Those that stand in a place, bystanders last, whatever was done to them."""
        if sort in GLOBAL and place.region:
            return []
        count = self.counts(place)[sort] + BYSTANDERS
        return [name_of(sort, place, number) for number in range(count)]

    def arns(self, sort: Sort, place: Place) -> Iterator[str]:
        """The targets of a sort in a place."""
        where = {"account": FIRST + place.account, "region": self.region(place.region)}
        for number in range(self.counts(place)[sort]):
            yield ARNS[sort].format(name=name_of(sort, place, number), **where)

    @property
    def places(self) -> Iterator[Place]:
        """All of them."""
        return (Place(account, region) for account in range(self.accounts) for region in range(self.regions))

    @cached_property
    def changed(self) -> set[str]:
        """The names of what was changed, by a mark before it: `stopped i-…`."""
        text = self.changes.read_text(encoding="utf-8") if self.changes.exists() else ""
        return set(text.splitlines())

    def change(self, mark: str, names: list[str]) -> None:
        """Keep that these were changed, for the processes after this one, too; others at work keep theirs."""
        lines = [f"{mark} {name}" for name in names]
        with self._lock:
            self.changed.update(lines)
            descriptor = os.open(self.changes, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
            finally:
                os.close(descriptor)


def name_of(sort: Sort, place: Place, number: int) -> str:
    """The name of the so-manieth of a sort in a place; `place_in` reads the place from it."""
    tail = f"{place.account:07x}{place.region:02x}{number:07x}"
    if sort in ("stop", "kill"):
        return f"i-{'a' if sort == 'stop' else 'b'}{tail}"
    return f"sg-{'c'}{tail}" if sort == "group" else f"{sort}-{tail}"


def place_in(name: str) -> Place:
    """Where what is called so stands."""
    return Place(int(name[-16:-9], 16), int(name[-9:-7], 16))
