"""git: where a clone comes from, and the commit that its work tree is at. It only reads, and works offline."""

from __future__ import annotations

from pathlib import Path

from reconciler.clients.git.runner import Runner, top_of
from reconciler.errors import DoorClosed

TIMEOUT = 5.0  # seconds; it takes some milliseconds


def origin_and_commit(folder: Path) -> tuple[str, str]:
    """The address of the clone's `origin`, and the commit as hexadecimal digits; each "" if it is not known.

    Nothing of a folder that is not the top of a clone, though it may stand in one.
    """
    if top_of(folder) != folder.absolute():
        return "", ""
    git = Runner(folder, TIMEOUT)
    try:
        said = [git.run(*command) for command in (("config", "--get", "remote.origin.url"), ("rev-parse", "HEAD"))]
    except DoorClosed:
        return "", ""
    url, commit = (answer.out.decode(errors="replace").strip() if answer.status == 0 else "" for answer in said)
    return url, commit
