"""Who asked for a task: the commits that changed its file, with the people whom they name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Commit:
    """One commit. `trailers`: the (key, value) pairs at the end of its message, such as Reviewed-by."""

    sha: str
    at: datetime
    author: str
    committer: str
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Provenance:
    """The commits that changed a task's file, oldest first. `whole`: False if the clone lacks older history."""

    commits: tuple[Commit, ...]
    whole: bool
