"""ARNs: taken apart, matched part by part, and made into targets."""

from __future__ import annotations

import re
from dataclasses import dataclass

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
GLOBAL = "global"  # where an ARN names no region


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
        parts = text.split(":", 5)
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
    # Most patterns are whole ARNs, and each is held against every target: most are out at a glance.
    if "*" not in pattern and "?" not in pattern and pattern.replace(":", "/") != arn.replace(":", "/"):
        return False
    pattern_parts, parts = _parts(pattern), _parts(arn)
    return len(pattern_parts) == len(parts) and all(map(_part_matches, pattern_parts, parts))


def _parts(text: str) -> list[str]:
    # `instance:i-1` is read as `instance/i-1` is, so a protection of the one must hold for the other.
    *head, resource = text.split(":", 5)
    return [*head, resource.replace(":", "/")]


def _part_matches(pattern: str, text: str) -> bool:
    # No fnmatch: its brackets are not what anybody means in an ARN.
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    wild = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(wild, text, re.DOTALL) is not None
