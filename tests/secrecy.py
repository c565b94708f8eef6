"""What the tests use as secrets bears a mark, and nothing that outlasts a test may hold it."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

# In no file as it is, not even in this one.
MARK = "-".join(("not", "for", "any", "eye"))
_NUMBERS = itertools.count(1)


def secret(kind: str) -> str:
    """A new secret: nothing but letters, digits and dashes, so that it passes wherever a real one does."""
    return f"{kind}-{MARK}-{next(_NUMBERS)}"


def shown_in(text: str) -> list[str]:
    """The lines of a text that show a secret."""
    return [line for line in text.splitlines() if MARK in line]


def kept_in(folder: Path) -> list[str]:
    """The files below a folder, and the objects of git repositories there, that hold a secret."""
    found = [str(file) for file in _files(folder) if MARK.encode() in file.read_bytes()]
    return found + [name for repository in _repositories(folder) for name in _objects(repository)]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _repositories(folder: Path) -> Iterator[Path]:
    return (head.parent for head in folder.rglob("HEAD") if (head.parent / "objects").is_dir())


def _objects(repository: Path) -> Iterator[str]:
    """git packs and compresses what it keeps: all of it, also what no branch has any more, as it was."""
    listing = ["git", "--git-dir", str(repository), "cat-file", "--batch-all-objects", "--batch"]
    everything = subprocess.run(listing, check=True, capture_output=True).stdout
    if MARK.encode() in everything:
        yield f"{repository} (an object of git)"
