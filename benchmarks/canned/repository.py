"""A repository whose tasks order the targets of a world, with a bare remote."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.canned.world import FIRST, Place, Sort, World

ACTIONS: dict[Sort, str] = {
    "bucket": "disable",
    "role": "disable",
    "function": "disable",
    "group": "disable",
    "stop": "disable",
    "kill": "kill",
}


def make(world: World, folder: Path, tracker: str) -> Path:
    """The work tree, with all on its main and on the remote's; `tracker`: files, or none."""
    root = folder / "repository"
    _git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    _git(folder, "init", "--quiet", "--initial-branch=main", "repository")
    (root / "tasks").mkdir()
    (root / "krampus.yaml").write_text(_config(world, tracker), encoding="utf-8")
    for name, text in _tasks(world):
        (root / "tasks" / name).write_text(text, encoding="utf-8")
    _git(root, "remote", "add", "origin", "../remote.git")
    _git(root, "add", "--all")
    _git(root, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message", "Begin")
    _git(root, "push", "--quiet", "origin", "main")
    return root


def _config(world: World, tracker: str) -> str:
    regions = [world.region(number) for number in range(world.regions)]
    limits = {"disable": world.targets, "kill": world.targets}
    accounts = {
        _account(number): {
            "id": str(FIRST + number),
            "team": f"team-{number % 50}",
            "regions": regions,
            "enforce": True,
        }
        for number in range(world.accounts)
    }
    issues = {"tracker": tracker, **({"folder": "../issues"} if tracker == "files" else {})}
    return json.dumps(
        {
            "name": "Canned",
            "accounts": accounts,
            "teams": {f"team-{number}": {} for number in range(50)},
            "aws": {"credentials": "role"},
            "defaults": {"grace": "1d", "team": "team-0"},
            "guardrails": {"per_run": limits, "per_account": limits},
            "issues": issues,
        },
        indent=1,
    )  # JSON is YAML


def _tasks(world: World) -> Iterator[tuple[str, str]]:
    """One file an account and action."""
    for account in range(world.accounts):
        ordered: dict[str, list[object]] = {"disable": [], "kill": []}
        for region in range(world.regions):
            for sort, action in ACTIONS.items():
                arns = world.arns(sort, Place(account, region))
                shown = ({"resource": arn, "account": _account(account)} for arn in arns) if sort == "bucket" else arns
                ordered[action] += shown
        for action, targets in ordered.items():
            if targets:
                options = {"options": {"skip_backup": True}} if action == "kill" else {}
                body = {
                    "title": "A finding",
                    "reason": "It must not be.",
                    "action": action,
                    **options,
                    "targets": targets,
                }
                yield f"{_account(account)}-{action}.yaml", json.dumps(body, indent=1)


def _account(number: int) -> str:
    return f"account-{number:05}"


def _git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})  # noqa: S603  ours
