"""Which files the paths mean that `krampus validate` is given. Nothing that is asked for is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import typer

from reconciler.errors import Fault

CONFIG = "krampus.yaml"
FOLDERS = ("tasks", "exemptions", "templates")


def asked_for(root: Path, paths: Iterable[Path]) -> tuple[str, ...]:
    """The paths from the root, "." for all of it; BadParameter for one that is not there, outside, or not read.

    A path counts from here, or, if it does not lead into the root from here, from the root.
    """
    return tuple(_inner(root, path) for path in paths)


def among(fault: Fault, asked: Iterable[str]) -> bool:
    """Whether a fault concerns what was asked for: the file itself, one in that folder, or the folder that it is in.

    Faults of krampus.yaml concern everything: what they leave open is checked in no file.
    """
    return fault.file == CONFIG or any(
        path in {".", fault.file} or _within(fault.file, path) or _within(path, fault.file) for path in asked
    )


def _inner(root: Path, path: Path) -> str:
    found = [inner for inner in _places(root, path) if inner is not None]
    if not found:
        outside = "it is outside of the repository's folder" if os.path.lexists(path) else "there is no such file"
        raise typer.BadParameter(f"{path}: {outside} ({root})")
    inner = found[0]
    if inner != "." and not _is_read(root, inner):
        raise typer.BadParameter(
            f"{path}: this is not one of the files that are read: {CONFIG}, *.yaml in tasks/ and exemptions/, "
            "*.j2 in templates/"
        )
    return inner


def _places(root: Path, path: Path) -> Iterator[str | None]:
    for place in (Path.cwd() / path, root / path):
        try:
            there = os.path.lexists(place)
            real = Path(os.path.realpath(place.parent)) / place.name if place.is_symlink() else place.resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name that is too long, a NUL
            there, real = False, place
        yield str(PurePosixPath(real.relative_to(root))) if there and real.is_relative_to(root) else None


def _is_read(root: Path, inner: str) -> bool:
    folder, _, rest = inner.partition("/")
    if folder not in FOLDERS or not rest or (root / inner).is_dir():
        return inner == CONFIG or folder in FOLDERS
    return inner.endswith(".j2") if folder == "templates" else not _is_note(inner)


def _is_note(inner: str) -> bool:
    name = PurePosixPath(inner).name
    return name == ".gitkeep" or (name.casefold().startswith("readme") and not name.endswith(".yaml"))


def _within(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")
