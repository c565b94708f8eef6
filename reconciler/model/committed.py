"""What git says of the files of a commit or a checkout that their names do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KeptOut:
    """Why a path is not read although its name says that it would be, and what to do about it."""

    why: str
    help: str


LINK = KeptOut(
    "the symbolic link points out of its folder, or to no file there",
    "put the file itself here",
)
SUBMODULE = KeptOut(
    "this is a submodule, a repository of its own, whose files are not read", "put the files themselves here"
)
IGNORED = KeptOut(
    "git ignores this file, so it is never committed and counts for nothing",
    "take it out of the rule that `git check-ignore -v` names for it, and commit it; or move it out of this folder",
)
SPARSE = KeptOut(
    "a sparse checkout leaves this file out, so what it says would be missing",
    "check out everything: `git sparse-checkout disable`",
)


@dataclass(frozen=True)
class Committed:
    """The reviewed files of a commit: path from the root -> content; `tops`: the names of all that stands at the root.

    kept_out: what stands where files are read, and is none
    """

    files: Mapping[str, bytes]
    tops: tuple[str, ...] = ()
    kept_out: Mapping[str, KeptOut] = field(default_factory=dict)
