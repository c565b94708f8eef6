"""The one reader of files of a checkout: whoever can push a branch chooses what stands there, links and pipes included.

It opens part by part and follows no link while it does, so that nothing can be exchanged between check and read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MOST = 1 << 20  # bytes of a file that people write
MOST_HANDED = 1 << 28  # bytes of a file that one command writes for another: a plan names every call
CHUNK = 1 << 16
DEEPEST = 20  # folders within each other
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe that nobody fills must not block


class Unreadable(Exception):  # noqa: N818  what it says of a file
    """A file must not or cannot be read: why, and what to do about it."""

    def __init__(self, why: str, help: str) -> None:
        super().__init__(why)
        self.help = help


@dataclass(frozen=True)
class Entry:
    """What stands in a folder: its path from there, and what it is; `trouble`: why a folder cannot be looked into."""

    name: str
    form: Literal["file", "folder", "link", "linked folder", "other"]
    trouble: str = ""


def read(root: Path, folder: str, name: str, most: int = MOST) -> bytes | None:
    """The bytes of a file of the checkout at `root`; None if nothing stands there.

    `folder`: the one that it belongs to, as "tasks"; "" for a file of the root, which must be no link at all. `name`:
    its path from there. A link may lead to a file of the same folder alone, and the folder itself must be none. Raises
    Unreadable for anything else, for what is no regular file, and for more than `most` bytes.
    """
    with suppress(OSError):  # most files are reached without a link; of any other it is then found out what is wrong
        return _content(_opened(root, _parts(folder, name), links=True), most)
    try:
        top = Path(os.path.realpath(root))
        own = top / folder if folder else top / name
        if folder and _is_no_folder(own):
            raise Unreadable(f"{folder} is no folder", "put a folder itself here, no link and no file")
        try:
            (top / folder / name).lstat()
        except FileNotFoundError:
            return None
        real = Path(os.path.realpath(top / folder / name, strict=True))
        if own not in (real, *real.parents):
            raise Unreadable("the symbolic link points out of its folder", "put the file itself here")
        return _content(_opened(top, real.relative_to(top).parts), most)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}", "make it a readable file") from None


def read_handed(file: Path, most: int = MOST_HANDED) -> bytes:
    """The bytes of a file that a command was given; Unreadable if it is no regular file, or larger."""
    try:
        return _content(os.open(file, FILE & ~os.O_NOFOLLOW), most)
    except (OSError, ValueError) as error:  # a name with a NUL
        why = error.strerror if isinstance(error, OSError) else error
        raise Unreadable(f"cannot be read: {why}", "give a file") from None


def names(root: Path, folder: str) -> Iterator[str]:
    """The paths, from the folder, of everything below it, in order; none if there is no such folder.

    Folders and linked folders are among them: reading one is refused, and what stands behind a link is not overlooked.
    Raises Unreadable if the folder is a link or no folder, or cannot be listed.
    """
    return (entry.name for entry in entries(root, folder))


def entries(root: Path, folder: str) -> list[Entry]:
    """The same with what each is. Into a repository of git's own, and into folders too deep, nobody looks."""
    try:
        top = Path(os.path.realpath(root)) / folder
        if _is_no_folder(top):
            raise Unreadable("this is no folder", "put a folder itself here, no link and no file")
        return sorted(_below(top), key=lambda entry: entry.name) if os.path.lexists(top) else []
    except OSError as error:
        raise Unreadable(f"cannot be listed: {error.strerror}", "make it a readable folder") from None


def at_the_root(root: Path) -> list[Entry]:
    """What stands in the checkout's own folder; Unreadable if it cannot be listed."""
    try:
        with os.scandir(root) as found:
            return sorted((Entry(one.name, _form(one)) for one in found), key=lambda entry: entry.name)
    except OSError as error:
        raise Unreadable(f"cannot be listed: {error.strerror}", "make it a readable folder") from None


def _is_no_folder(path: Path) -> bool:
    """Whether something else stands in a folder's place; a link to a folder is something else."""
    try:
        return not stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _below(top: Path) -> Iterator[Entry]:
    with os.scandir(top) as found:
        waiting = [(one.name, _form(one)) for one in found]
    while waiting:
        name, form = waiting.pop()
        trouble = ""
        if form == "folder" and name.count("/") + 1 >= DEEPEST:
            trouble = f"more than {DEEPEST} folders stand within each other"
        elif form == "folder" and name.rpartition("/")[2] != ".git":
            try:
                with os.scandir(top / name) as found:
                    waiting += [(f"{name}/{one.name}", _form(one)) for one in found]
            except OSError as error:
                trouble = f"it cannot be listed: {error.strerror}"
        yield Entry(name, form, trouble)


def _form(entry: os.DirEntry[str]) -> Literal["file", "folder", "link", "linked folder", "other"]:
    if entry.is_symlink():
        return "linked folder" if _leads_to_a_folder(entry) else "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _leads_to_a_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # to itself, or to a name that is too long
        return False


def _parts(folder: str, name: str) -> tuple[str, ...]:
    """The names on the way from the root. Raises OSError for one that leads back."""
    parts = (*((folder,) if folder else ()), *name.split("/"))
    if ".." in parts:
        raise OSError
    return parts


def _opened(top: Path, parts: tuple[str, ...], *, links: bool = False) -> int:
    """A descriptor of the file, reached without a link: a part that became one since it was resolved is refused.

    links: the way to `top` itself may have some
    """
    folder = os.open(top, FOLDER & ~os.O_NOFOLLOW if links else FOLDER)
    try:
        for part in parts[:-1]:
            inner = os.open(part, FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _content(descriptor: int, most: int) -> bytes:
    """At most so many bytes of an open file, which is closed."""
    try:
        said = os.fstat(descriptor)
        if not stat.S_ISREG(said.st_mode):
            raise Unreadable("this is no regular file", "put a file itself here: no folder, pipe or device")
        chunks = [os.read(descriptor, min(said.st_size, most) + 1)]
        # The size that it is said to have may be none, or grow.
        while (left := most + 1 - sum(map(len, chunks))) > 0 and (more := os.read(descriptor, min(left, CHUNK))):
            chunks.append(more)
        content = b"".join(chunks)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise Unreadable(f"the file is larger than {most:,} bytes", "split it, or shorten it")
    return content
