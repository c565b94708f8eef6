"""Krampus: a repository with a bare remote and a task for each action; `reconcile` at five times of its clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.tools.tool import Commands, Phase, Tool
from benchmarks.world import Target, Thing, World

HOUR = timedelta(hours=1)
# Ahead of the real time, as in the tests: what a world holds must be older than its first notice.
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
AFTER: Mapping[Phase, timedelta] = {
    "tell": 0 * HOUR,
    "wait": HOUR,
    "act": 25 * HOUR,
    "look": 26 * HOUR,
    "steady": 27 * HOUR,
}
ARNS: Mapping[str, str] = {
    "instance": "arn:aws:ec2:{region}:{account}:instance/{id}",
    "security-group": "arn:aws:ec2:{region}:{account}:security-group/{id}",
    "bucket": "arn:aws:s3:::{id}",
    "function": "arn:aws:lambda:{region}:{account}:function:{id}",
    "role": "arn:aws:iam::{account}:role/{id}",
    "user": "arn:aws:iam::{account}:user/{id}",
}


def files(world: World) -> dict[str, str]:
    """krampus.yaml and the tasks, by path."""
    limits = {"disable": len(world.targets), "kill": len(world.targets)}
    enforced = {"team": "web", "regions": [*world.regions], "enforce": True}
    config = {
        "name": "Bench",
        "accounts": {name: {"id": id_, **enforced} for name, id_ in world.accounts.items()},
        "teams": {"web": {}},
        "aws": {"credentials": "role"},
        "defaults": {"grace": "1d", "team": "web"},
        "guardrails": {"per_run": limits, "per_account": limits},
        "issues": {"tracker": "files", "folder": "../issues"},
    }
    names = {id_: name for name, id_ in world.accounts.items()}
    tasks: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for target in world.targets:
        tasks[target.thing.kind, target.action].append(_listed(target, names))
    written = {f"tasks/{kind}-{action}.yaml": _task(action, ones) for (kind, action), ones in tasks.items()}
    return {"krampus.yaml": json.dumps(config, indent=1), **written}  # JSON is YAML


def _listed(target: Target, names: Mapping[str, str]) -> object:
    arn = arn_of(target.thing)
    return {"resource": arn, "account": names[target.thing.place.account]} if target.thing.kind == "bucket" else arn


def arn_of(thing: Thing) -> str:
    """Its ARN."""
    return ARNS[thing.kind].format(id=thing.id, **thing.place._asdict())


def _task(action: str, targets: list[Any]) -> str:
    options = {"options": {"skip_backup": True}} if action == "kill" else {}
    body = {"title": "A finding", "reason": "It must not be.", "action": action, "expect": len(targets), **options}
    return json.dumps({**body, "targets": targets}, indent=1)


def _prepare(world: World, folder: Path) -> None:
    root = folder / "repository"
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    _git(folder, "init", "--quiet", "--initial-branch=main", "repository")
    for path, text in files(world).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    _git(root, "remote", "add", "origin", "../remote.git")
    _git(root, "add", "--all")
    _git(root, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "Begin")
    _git(root, "push", "--quiet", "origin", "main")


def _git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})  # noqa: S603  ours


def _commands(_world: World, _folder: Path, phase: Phase) -> Commands:
    now = f"{START + AFTER[phase]:%Y-%m-%dT%H:%M:%SZ}"
    return [[sys.executable, "-P", "-m", "reconciler", "reconcile", "--root", "repository", "--now", now]]


KRAMPUS = Tool(("tell", "wait", "act", "look", "steady"), _prepare, _commands)
