"""git: where a clone comes from, and the commit that its work tree is at."""

from __future__ import annotations

from pathlib import Path

from reconciler.clients.git.runner import Runner
from reconciler.errors import DoorClosed

TIMEOUT = 5.0  # seconds; it takes some milliseconds


def origin_and_commit(folder: Path) -> tuple[str, str]:
    """The address of the clone's `origin`, and the commit as hexadecimal digits; ("", "") if not both are known.

    `folder`: the top of the clone.
    """
    git = Runner(folder, TIMEOUT)
    try:
        within, _, commit = git.run("rev-parse", "--show-prefix", "HEAD").out.decode().partition("\n")
        url = git.run("config", "--get", "remote.origin.url").out.decode(errors="replace").strip()
    except DoorClosed:  # git itself is missing
        return "", ""
    return (url, commit.strip()) if url and commit.strip() and not within else ("", "")
