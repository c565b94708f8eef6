"""What `krampus validate` has read, in a line or more, so that a file that is missing there is missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from reconciler.model.repository import Repository


def what_was_read(repository: Repository, now: datetime) -> list[str]:
    """The lines of a repository without a fault: "3 tasks, 41 targets, 2 exemptions covering 5 of them"."""
    return [", ".join(_counts(repository, now))]


def elsewhere(count: int) -> list[str]:
    """The line where what was asked for has no fault, and `count` stand in files that nobody asked for."""
    return [
        f"{_many(count, 'fault')} in other files, which stop every run: `krampus validate` without a path shows all"
    ]


def _counts(repository: Repository, now: datetime) -> Iterator[str]:
    yield _many(len(repository.tasks), "task")
    yield _many(len(repository.orders), "target")
    exemptions = _many(len(repository.exemptions), "exemption")
    in_force = [file for file, exemption in repository.exemptions.items() if exemption.end > now]
    covered = {order.key for file in in_force for order in repository.covered.get(file, ())}
    ended = len(repository.exemptions) - len(in_force)
    which = f" ({ended} ended)" if ended else ""
    yield f"{exemptions}{which} covering {len(covered) or 'none'} of them" if repository.exemptions else exemptions


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
