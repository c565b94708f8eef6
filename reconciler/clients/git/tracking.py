"""git: one file of a branch as this clone last fetched it. One cheap look without the network, for `validate`."""

from __future__ import annotations

import subprocess
from pathlib import Path

TIMEOUT = 5.0  # seconds; it takes some milliseconds


def fetched(root: Path, branch: str, path: str) -> bytes:
    """The file's content; empty if there is no such branch, file, repository or git."""
    # The object as it is stored: no program that the repository's configuration names has a part in it.
    command = ["git", "-C", str(root), "cat-file", "blob", f"refs/remotes/origin/{branch}:{path}"]
    try:
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False).stdout  # noqa: S603  git
    except (OSError, subprocess.TimeoutExpired):
        return b""
