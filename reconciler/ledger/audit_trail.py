"""The story of one target, for programs: who asked for it, and everything that the ledger tells of it. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.model.ledger import Entry
from reconciler.model.provenance import Provenance


def tasks_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The tasks that named the target, in the order in which they came."""
    return tuple(dict.fromkeys(entry.task for entry in entries))


def facts(arn: str, entries: Sequence[Entry], asked: Mapping[str, Provenance]) -> dict[str, Any]:
    """Version 1 of `krampus ledger show --format json`: for each task the commits of its file, and the lines."""
    return {"version": 1, "target": arn, "tasks": [_task(task, entries, who) for task, who in asked.items()]}


def _task(task: str, entries: Iterable[Entry], who: Provenance) -> dict[str, Any]:
    return {
        "task": task,
        "whole": who.whole,
        "asked": [
            {
                "commit": commit.sha,
                "at": f"{commit.at:%Y-%m-%dT%H:%M:%SZ}",
                "author": commit.author,
                "committer": commit.committer,
                "subject": commit.subject,
                "trailers": [list(trailer) for trailer in commit.trailers],
            }
            for commit in who.commits
        ],
        "lines": [entry.model_dump(mode="json", exclude={"task", "target"}) for entry in entries if entry.task == task],
    }
