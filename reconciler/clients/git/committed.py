"""git: the reviewed files of a commit, by the rules by which they are read where it is checked out. It only reads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from reconciler.clients.git import objects
from reconciler.clients.git.file_history import below_top, commit_named
from reconciler.clients.git.runner import open_git
from reconciler.model.committed import LINK, SUBMODULE, Committed

REVIEWED = re.compile(r"(krampus\.yaml|tasks|exemptions)(/|\Z)")
LINKED, GITLINK = "120000", "160000"
MOST_LINKS = 10  # that lead to each other


def committed(root: Path, commit: str, timeout: float = 60.0) -> Committed:
    """What a commit, a branch, or HEAD^1 holds below `root`. Raises DoorClosed if the repository has no such commit.

    A link counts as the file of the same folder that it leads to, and is kept out if it leads to none.
    """
    git = open_git(root, timeout)
    below = below_top(git, root)
    all_entries = objects.tree(git, commit_named(git, commit))
    entries = {
        path.removeprefix(below): entry
        for path, entry in all_entries.items()
        if path.startswith(below) and ".." not in path.split("/")  # which git does not check out, but a tree can hold
    }
    tops = {f"{path.partition('/')[0]}{'/' * ('/' in path)}" for path in entries}
    ours = {path: entry for path, entry in entries.items() if REVIEWED.match(path)}
    blobs = {path: sha for path, (mode, sha) in ours.items() if mode != GITLINK}
    contents = dict(zip(blobs, objects.contents(git, list(blobs.values())), strict=True))
    files = {path: contents[path] for path, (mode, _) in ours.items() if mode in objects.FILES}
    kept_out = {path: SUBMODULE for path, (mode, _) in ours.items() if mode == GITLINK}
    for path in (path for path, (mode, _) in ours.items() if mode == LINKED):
        if (leads := _followed(path, ours, contents)) and leads in files:
            files[path] = contents[leads]
        else:
            kept_out[path] = LINK
    return Committed(files, tuple(sorted(tops)), kept_out)


def _followed(path: str, entries: Mapping[str, objects.Entry], contents: Mapping[str, bytes]) -> str:
    """The path at the end of a link, or of links that lead to each other; "" if it is not within the link's folder."""
    folder = path.partition("/")[0]
    for _ in range(MOST_LINKS):
        target = contents[path].decode(errors="surrogateescape")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if not path.startswith(f"{folder}/") or path not in entries:
            return ""
        if entries[path][0] != LINKED:
            return path
    return ""
