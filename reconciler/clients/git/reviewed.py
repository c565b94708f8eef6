"""git: the reviewed branch as it was last fetched: its paths, and files of it. It only reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.clients.git import objects
from reconciler.clients.git.runner import NoRepository, open_git


@dataclass(frozen=True)
class Reviewed:
    """paths: of every file; files: the text of those that were wanted. Links are no files: nobody follows them."""

    paths: tuple[str, ...]
    files: Mapping[str, str]


def reviewed(root: Path, branch: str, wanted: Collection[str], timeout: float = 60.0) -> Reviewed:
    """The branch at the remote as it was last fetched; where it is not, what is checked out.

    Nothing if the root is in no git repository. Raises DoorClosed if git cannot answer.
    """
    try:
        git = open_git(root, timeout)
    except NoRepository:
        return Reviewed((), {})
    names = (f"refs/remotes/origin/{branch}", "HEAD")
    commits = (git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") for name in names)
    commit = next((answer.out.decode().strip() for answer in commits if answer.status == 0), "")
    entries = objects.tree(git, commit)
    blobs = {path: sha for path, (mode, sha) in entries.items() if path in wanted and mode in objects.FILES}
    texts = objects.contents(git, list(blobs.values())) if blobs else []
    return Reviewed(
        tuple(entries), {path: text.decode(errors="replace") for path, text in zip(blobs, texts, strict=True)}
    )
