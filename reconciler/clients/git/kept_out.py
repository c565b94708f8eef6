"""git: which files of the folders it keeps out: they stand there and are never committed, or the other way round.

It only reads, and works offline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from reconciler.checkout import Unreadable, read
from reconciler.clients.git.runner import Runner
from reconciler.errors import DoorClosed
from reconciler.model.committed import IGNORED, SPARSE, SUBMODULE, KeptOut

TIMEOUT = 30.0
PLACES = ("krampus.yaml", "tasks", "exemptions")
WHERE = ("--", *(f":(literal){place}" for place in PLACES))
OTHERS = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", *WHERE)
TRACKED = ("ls-files", "-z", "-t", "--stage", *WHERE)
MODULES = ("config", "-z", "--file", "-", "--no-includes", "--get-regexp", r"^submodule\..*\.path$")
GITLINK, LEFT_OUT = "160000", "S"


def kept_out(root: Path, timeout: float = TIMEOUT) -> Mapping[str, KeptOut]:
    """Path from the root -> why what stands there is not believed, or why something is missing there.

    Nothing where there is no repository, or where git does not answer: whatever acts asks git more, and stops then.
    """
    top = next((folder for folder in (root, *root.parents) if os.path.lexists(folder / ".git")), None)
    if top is None:
        return {}
    git = Runner(root, timeout)
    try:
        found = dict.fromkeys(_lines(git, OTHERS), IGNORED)
        tracked = [line.partition("\t") for line in _lines(git, TRACKED)]
        for said, _, path in tracked:
            tag, mode, *_ = said.split(" ")
            if mode == GITLINK:
                found[path] = SUBMODULE
            elif tag == LEFT_OUT and not os.path.lexists(root / path):
                found[path] = SPARSE
        for path in _modules(git, top, root):
            if not any(path in (inner, *map(str, PurePosixPath(inner).parents)) for _, _, inner in tracked):
                found[path] = SUBMODULE
    except DoorClosed:
        return {}
    return found


def _lines(git: Runner, command: tuple[str, ...], stdin: bytes = b"") -> list[str]:
    answer = git.run(*command, stdin=stdin)
    return answer.out.decode(errors="surrogateescape").split("\0")[:-1] if answer.status == 0 else []


def _modules(git: Runner, top: Path, root: Path) -> Iterator[str]:
    """The folders of ours that .gitmodules names as repositories of their own, and that are there; from the root."""
    try:
        said = read(top, "", ".gitmodules")
    except Unreadable:
        return
    below = root.relative_to(top)
    for line in _lines(git, MODULES, said) if said else ():
        path = PurePosixPath(os.path.normpath(line.partition("\n")[2]))
        inner = path.relative_to(below) if path.is_relative_to(below) else PurePosixPath()
        if inner.parts[:1] in (("tasks",), ("exemptions",)) and (root / inner).is_dir():
            yield str(inner)
