"""git's object store, without the user's work tree and index: trees and contents in and out, whatever the hash."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from reconciler.clients.git.runner import Runner
from reconciler.errors import DoorClosed

FILE = "100644"
FILES = (FILE, "100755")

Entry = tuple[str, str]  # mode and object id of one path


def tree(git: Runner, root: str) -> dict[str, Entry]:
    """Every path of a commit or tree, those that are not UTF-8 too; none if it is ""."""
    listing = git.data("ls-tree", "-r", "-z", "--full-tree", root) if root else b""
    entries = {}
    for line in listing.split(b"\0")[:-1]:
        entry, path = line.split(b"\t", 1)
        mode, _, sha = entry.decode().split(" ")
        entries[path.decode(errors="surrogateescape")] = (mode, sha)
    return entries


def contents(git: Runner, blobs: list[str]) -> list[bytes]:
    """What the blobs hold, in their order; DoorClosed if one is missing."""
    answer = git.data("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs).encode())
    read, start = [], 0
    for blob in blobs:
        head = answer.index(b"\n", start)
        name, kind, *size = answer[start:head].decode().split(" ")
        if name != blob or kind != "blob":
            raise DoorClosed(f"git has lost object {blob} of the report branch; make a fresh clone and run again.")
        read.append(answer[head + 1 : head + 1 + int(size[0])])
        start = head + 1 + int(size[0]) + 1
    return read


def store(git: Runner, folder: Path, contents: list[bytes]) -> list[str]:
    """Put contents into the object store as they are, unfiltered, by way of files in an empty folder; their blobs."""
    for number, content in enumerate(contents):
        (folder / str(number)).write_bytes(content)
    names = "".join(f"{folder / str(number)}\n" for number in range(len(contents)))
    return git.text("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=os.fsencode(names)).split()


def write(git: Runner, folder: Path, commit: str, entries: Mapping[str, Entry], gone: Collection[str] = ()) -> str:
    """The tree of a commit ("" = of none) with entries set and the paths in `gone` removed, by an index of our own.

    git leaves out paths that it does not allow, and what is in their way, without an error: compare it with `tree`.
    """
    index = str(folder / "index")
    if commit:
        git.text("read-tree", commit, index=index)
    removed = "".join(f"0 {'0' * len(commit)}\t{path}\0" for path in sorted(gone))
    lines = removed + "".join(f"{mode} {blob}\t{path}\0" for path, (mode, blob) in entries.items())
    git.text("update-index", "-z", "--index-info", stdin=lines.encode(errors="surrogateescape"), index=index)
    # What stands there already need not be in this clone: a partial one would fetch all of it.
    return git.text("write-tree", "--missing-ok", index=index)
