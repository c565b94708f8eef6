"""ARNs: taken apart, matched part by part, and made into targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cache

from reconciler.model.regions import REGIONS

PARTITIONS = tuple(REGIONS)
GLOBAL = "global"  # where an ARN names no region
COLONS = 5  # of an ARN, before what follows the account


@dataclass(frozen=True)
class Arn:
    """`arn:partition:service:region:account:resource`; the resource keeps its colons and slashes.

    What a resource's part means only its kind knows (`model.arn_pattern`).
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Take an ARN, or a glob of one, apart; ValueError if it has not six parts or does not begin with `arn:`."""
        parts = text.split(":", COLONS)
        match parts:
            case ["arn", partition, service, region, account, resource] if resource:
                return cls(partition, service, region, account, resource)
        raise ValueError(f"'{text}' is not an ARN")


@dataclass(frozen=True)
class Target:
    """One resource as a task names it. `account` is the account's name in krampus.yaml, `account_id` its number.

    The name is for people, and may change any day. `region` is "global" if the ARN names none.
    """

    arn: str
    account: str
    account_id: str
    region: str
    kind: str
    name: str


def matches(pattern: str, arn: str) -> bool:
    """Whether a glob of an ARN covers an ARN: part by part, `*` and `?` never cross a colon of the first five."""
    # Most patterns are whole ARNs, and each is held against every target.
    if not is_glob(pattern):
        return slashes(pattern) == slashes(arn)
    wanted, parts = _regexes(pattern), slashes(arn).split(":")
    return len(wanted) == len(parts) and all(part.match(text) for part, text in zip(wanted, parts, strict=True))


def is_glob(pattern: str) -> bool:
    """Whether it has wildcards, and so may mean several ARNs."""
    return "*" in pattern or "?" in pattern


def slashes(arn: str) -> str:
    """`instance:i-1` is read as `instance/i-1` is, so a protection of the one must hold for the other."""
    if arn.count(":") <= COLONS:
        return arn
    *head, resource = arn.split(":", COLONS)
    return ":".join([*head, resource.replace(":", "/")])


@cache
def _regexes(pattern: str) -> tuple[re.Pattern[str], ...]:
    # What fnmatch makes of stars never goes back behind one: a few against a long name would take hours otherwise.
    # A bracket is a character, since nobody means a set of them in an ARN.
    return tuple(re.compile(translate(part.replace("[", "[[]"))) for part in slashes(pattern).split(":"))
