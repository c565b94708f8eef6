"""The ledger's files: their order, when one is full, and whether a later commit has all of an earlier. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from reconciler.model.branch_snapshot import BranchSnapshot

FOLDER = "ledger/"
Files = Mapping[str, bytes]  # path on the report branch -> content
NO_FILES: Files = MappingProxyType({})
# Bytes, at which the next file begins. Far below the 100 MB that GitHub refuses, so that what became of calls can
# always be written; and small, since the last one is stored, pushed and read anew whenever a line is added to it.
FULL = 1_000_000
NAME = re.compile(rf"{FOLDER}([0-9]{{4}})-([0-9]{{2}})(?:-([0-9]{{2,}}))?\.jsonl")
Number = tuple[int, int, int]  # year, month, and the file's number in it, from 1


def ledger_files(files: Iterable[str]) -> list[str]:
    """Those of the paths that are the ledger's, in the order of their lines.

    A name that Krampus gives no file comes last, where its lines do not follow from those before it.
    """
    return sorted((name for name in files if name.startswith(FOLDER)), key=lambda name: (_number(name), name))


def next_file(latest: str, at: datetime, is_full: bool) -> str:
    """The file into which a line of that time goes. latest: the last one, "" if there is none.

    A month begins a file, and so does a line that does not fit. No line goes into an earlier one.
    """
    before, month = _number(latest) if latest else (0, 0, 0), (at.year, at.month, 1)
    if month > before and month[:2] != before[:2]:
        return _name(month)
    return latest if not is_full else _name((before[0], before[1], before[2] + 1))


def continues(before: BranchSnapshot, now: BranchSnapshot) -> bool:
    """Whether `now` has all lines of `before` as they are, and new ones only after them.

    Of files that have not changed git's id is compared, and none is read.
    """
    names, later = ledger_files(before.files), ledger_files(now.files)
    if later[: len(names)] != names or any(before.blob(name) != now.blob(name) for name in names[:-1]):
        return False
    return all(grown(before, now, name) is not None for name in names[-1:])


def grown(before: BranchSnapshot, now: BranchSnapshot, name: str) -> bytes | None:
    """What was added at the end of a file since; None if anything else happened to it."""
    if before.blob(name) == now.blob(name):
        return b""
    old, new = before.files.get(name, b""), now.files[name]
    return new[len(old) :] if (not old or old.endswith(b"\n")) and new.startswith(old) else None


def _number(name: str) -> Number:
    match = NAME.fullmatch(name)
    return (int(match[1]), int(match[2]), int(match[3] or 1)) if match else (10_000, 0, 0)


def _name(number: Number) -> str:
    year, month, count = number
    return f"{FOLDER}{year:04}-{month:02}{f'-{count:02}' if count > 1 else ''}.jsonl"
