"""Who asked for a task: the commits that wrote its file, with everybody whom git knows to have had a part in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Commit:
    """One commit: its author wrote it, its committer put it in. `trailers`: (key, value), Reviewed-by and the like."""

    sha: str
    at: datetime
    author: str
    committer: str
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Provenance:
    """The commits that touched a task's file, oldest first. `whole`: False if the clone lacks what was before."""

    commits: tuple[Commit, ...]
    whole: bool
