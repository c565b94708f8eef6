"""The report branch as it stood when it was fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class BranchSnapshot:
    """commit: its sha, "" if the branch does not exist yet; files: path -> content, of those that were asked for."""

    commit: str
    files: Mapping[str, bytes]
