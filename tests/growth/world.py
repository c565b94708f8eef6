"""A made-up installation of any size: reviewed files in git, an AWS of security groups in memory, a tracker likewise.

Each target is a group with one rule that is open to the world; `disable` takes the rule away.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.cli.common import open_repository
from reconciler.connections import Connections
from reconciler.model.call import Call
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem
from tests.fake_tracker import Fake

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REGION = "eu-west-1"
CALLS = {"revoke_security_group_ingress": False, "authorize_security_group_ingress": True}  # -> whether it opens


@dataclass(frozen=True)
class Size:
    """How much there is of each.

    exemptions: half whole ARNs, half globs, which cover none of the targets; issues: about so many in a run
    remembered: lines of the ledger that tell of a year before
    """

    targets: int = 60
    accounts: int = 6
    tasks: int = 3
    exemptions: int = 0
    issues: int = 3
    remembered: int = 0


@dataclass
class Groups:
    """All accounts, to look at and to act on. closed: (account, group) whose rule has been taken away."""

    closed: set[tuple[str, str]] = field(default_factory=set)
    calls: int = 0

    def look(self, account: str, region: str, see: Callable[[Any], Any]) -> Any:
        """What a kind sees there."""
        return see(_Place(self, account, region))

    def send(self, account: str, _region: str, call: Call, _why_not: Callable[[], str]) -> Problem | None:
        """AWS takes every call."""
        self.calls += 1
        where = (account, call.arguments["GroupId"])
        (self.closed.discard if CALLS[call.operation] else self.closed.add)(where)
        return None


@dataclass(frozen=True)
class _Place:
    groups: Groups
    account: str
    region: str
    partition: str = "aws"

    def client(self, _service: str, _region: str = "") -> _Place:
        return self

    def get_paginator(self, operation: str) -> _Pages:
        return _Pages(self, operation)


@dataclass(frozen=True)
class _Pages:
    place: _Place
    operation: str
    names: Sequence[str] = ()

    def paginate(self, Filters: Sequence[Mapping[str, Any]]) -> _Pages:  # noqa: N803  boto3's
        return _Pages(self.place, self.operation, Filters[0]["Values"])

    def search(self, _path: str) -> Iterator[dict[str, Any]]:
        if self.operation == "describe_security_groups":
            return ({"GroupId": name, "GroupName": f"group {name}", "VpcId": "vpc-1"} for name in self.names)
        closed, account = self.place.groups.closed, self.place.account
        return (_rule(name) for name in self.names if (account, name) not in closed)


def _rule(group: str) -> dict[str, Any]:
    ports = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}
    return {"GroupId": group, "IsEgress": False, **ports, "Description": "for the move", "Tags": []}


@dataclass(frozen=True)
class Inside(Connections):
    """The outside, with AWS and the tracker in memory; files and git are real."""

    groups: Groups = field(default_factory=Groups)
    fake: Fake | None = None

    def reader(self) -> Any:
        """For either role."""
        return self.groups

    def writer(self, narrowed: Mapping[str, Sequence[str]]) -> Any:  # noqa: ARG002  the port's
        """For either role."""
        return self.groups

    def tracker(self) -> Any:
        """None if there are to be no issues."""
        return self.fake

    def ahead(self) -> timedelta | None:
        """Not at all."""
        return None


@dataclass(frozen=True)
class World:
    """One installation in a folder. `root` is its checkout."""

    root: Path
    groups: Groups
    fake: Fake | None

    def at(self, now: datetime) -> tuple[Repository, Inside]:
        """What a command begins with at a time."""
        repository = open_repository(self.root, now)
        return repository, Inside(
            self.root, repository.config, "growth", clock=lambda: now, groups=self.groups, fake=self.fake
        )


def arn(account: int, number: int) -> str:
    """The ARN of a group."""
    return f"arn:aws:ec2:{REGION}:{_id(account)}:security-group/sg-{number:017x}"


def make(folder: Path, size: Size, *, tracked: bool = True) -> World:
    """Lay it out, commit it a week before NOW, and push it."""
    root, remote = folder / "repository", folder / "remote.git"
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(remote))
    _git(folder, "init", "--quiet", "--initial-branch=main", str(root))
    _git(root, "remote", "add", "origin", str(remote))
    for name, text in _files(size).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for key, value in (("name", "Ada"), ("email", "ada@example.org")):
        _git(root, "config", f"user.{key}", value)
    _git(root, "add", "-A")
    _git(root, "commit", "--quiet", "-m", "Begin")
    _git(root, "push", "--quiet", "origin", "main")
    return World(root, Groups(), Fake() if tracked else None)


def _files(size: Size) -> dict[str, str]:
    named: dict[str, list[str]] = {f"task-{number}": [] for number in range(size.tasks)}
    for number in range(size.targets):
        named[f"task-{number % size.tasks}"].append(arn(number // size.tasks % size.accounts, number))
    files = {"krampus.yaml": _config(size)}
    for name, targets in named.items():
        files[f"tasks/{name}.yaml"] = _text(
            title="SSH open to the internet",
            reason="Port 22 is reachable from anywhere.",
            action="disable",
            options={"port": 22},
            expect=len(targets),
            targets=targets,
        )
    for number in range(size.exemptions):
        account, name = number % size.accounts, f"sg-{10**9 + number:017x}"
        whole = f"arn:aws:ec2:{REGION}:{_id(account)}:security-group/{name}"
        files[f"exemptions/{number}.yaml"] = _text(
            reason="Needed until the move",
            owner="team-0",
            expires="2027-03-31",
            resources=[whole if number % 2 else f"{whole[:-2]}*"],
        )
    return files


def _config(size: Size) -> str:
    teams = max(1, size.issues // size.tasks)
    most = {"disable": 10**6, "kill": 10**6}
    return _text(
        name="Growth",
        accounts={
            f"account-{number}": {"id": _id(number), "team": f"team-{number % teams}", "enforce": True}
            for number in range(size.accounts)
        },
        teams={f"team-{number}": {} for number in range(teams)},
        aws={"credentials": "role"},
        defaults={"grace": "7d", "team": "team-0"},
        guardrails={"per_run": most, "per_account": most},
        issues={"tracker": "files", "folder": "../issues"},
    )


def _text(**content: Any) -> str:
    return json.dumps(content, indent=1)  # JSON is YAML


def _id(account: int) -> str:
    return f"{100_000_000_000 + account}"


def _git(at: Path, *arguments: str) -> None:
    date = f"{NOW - 7 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": "/dev/null"}
    subprocess.run(["git", "-C", str(at), *arguments], env={**os.environ, **dates}, check=True, capture_output=True)
