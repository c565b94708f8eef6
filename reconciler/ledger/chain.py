"""The ledger's lines to entries and back, and the chain that joins them. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import from_json

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.files import FOLDER, FULL, Files, grown, ledger_files, next_file
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import VERSION, Entry

Piece = tuple[str, int, bytes]  # a file of the ledger, the number of the first line that is looked at, and the rest


def parse(files: Files) -> tuple[Entry, ...]:
    """All entries of the ledger, in order.

    Raises InvalidInput with the line of the first entry that is damaged or out of its chain: nothing after it can be
    trusted, and a notice that cannot be trusted is none.
    """
    return tuple(walk(pieces(files)))


def intact(files: Files) -> tuple[Entry, ...]:
    """The entries before the first fault; all of them if there is none."""
    entries: list[Entry] = []
    with suppress(InvalidInput):
        for entry in walk(pieces(files)):
            entries.append(entry)  # noqa: PERF402  one by one: a fault keeps what came before it
    return tuple(entries)


def pieces(files: Files, skipped: int = 0) -> Iterator[Piece]:
    """The ledger's files, each read when it comes to it, without so many of the first."""
    return ((name, 1, files[name]) for name in ledger_files(files)[skipped:])


def new_pieces(before: BranchSnapshot, now: BranchSnapshot) -> Iterator[Piece]:
    """What `now` has after the lines of `before`, which it must continue."""
    names = ledger_files(before.files)
    for name in names[-1:]:
        if added := grown(before, now, name):
            yield name, before.files[name].count(b"\n") + 1, added
    yield from pieces(now.files, len(names))


def walk(pieces: Iterable[Piece], prev: str = "") -> Iterator[Entry]:
    """The entries one by one. prev: the hash of the line before them. InvalidInput as `parse`, when it comes to it."""
    for file, first, text in pieces:
        for number, line in enumerate(_lines(text), start=first):
            entry = _entry(file, number, line, prev)
            prev = entry.hash
            yield entry


def place(files: Files, entry: Entry) -> tuple[str, int]:
    """The file and the line (from 1) of an entry that was parsed from these files. It reads them all: for a fault."""
    end = _end(entry.hash)
    for file, first, text in pieces(files):
        for number, line in enumerate(_lines(text), start=first):
            if line.endswith(end):
                return file, number
    return FOLDER, 1


def chained(
    files: Files, last: Entry | None, entries: Iterable[Entry], full: int = FULL, *, fresh: bool = False
) -> dict[str, bytes]:
    """The ledger files that change when these entries are chained on, whole. `last`: the entry before them.

    A run that writes late writes after what others wrote meanwhile, and dates its lines no earlier than theirs: a
    line's time never goes back.
    full: bytes that a file may have, unless one line has more; fresh: begin a file, whatever room the last one has
    """
    latest = (ledger_files(files) or [""])[-1]
    added: dict[str, list[bytes]] = {latest: [_ended(files[latest])] if latest else []}
    size, prev, before = sum(map(len, added[latest])), last.hash if last else "", last.at if last else None
    size = full if fresh else size
    for entry in entries:
        before = max(entry.at, before) if before else entry.at
        line, prev = _line(entry, before, prev)
        file = next_file(latest, before, size + len(line) > full)
        size = len(line) + (size if file == latest else 0)
        latest = file
        added.setdefault(latest, []).append(line)
    return {file: b"".join(lines) for file, lines in added.items() if lines[1:] or (file and file not in files)}


def last_hash(files: Files) -> str:
    """The hash that the last line bears; "" if there is none."""
    names = ledger_files(files)
    return files[names[-1]].rstrip(b"\n")[-66:-2].decode() if names else ""


def _line(entry: Entry, at: datetime, prev: str) -> tuple[bytes, str]:
    """An entry as it is written, and its hash."""
    line = entry.model_copy(update={"at": at, "prev": prev, "hash": ""}).model_dump_json().encode()
    hash = _hash(line)
    return line.removesuffix(_end("")) + _end(hash) + b"\n", hash


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _entry(file: str, number: int, line: bytes, prev: str) -> Entry:
    try:
        entry = Entry.model_validate_json(line)
    except ValidationError:
        raise InvalidInput([_unreadable(file, number, line)]) from None
    if entry.prev != prev or entry.hash != _hash(line.removesuffix(_end(entry.hash)) + _end("")):
        raise InvalidInput([_broken(file, number, "does not follow from the line before it")])
    return entry


def _lines(text: bytes) -> list[bytes]:
    # `splitlines` would take a carriage return for the line feed that was written. An empty file has an empty line.
    return text.removesuffix(b"\n").split(b"\n")


def _hash(line: bytes) -> str:
    # Over the line as it is written, not as it is understood: a later version may know more keys.
    return hashlib.sha256(line).hexdigest()


def _end(hash: str) -> bytes:
    return f'{hash}"}}'.encode()


def _unreadable(file: str, number: int, line: bytes) -> Fault:
    try:
        version = from_json(line)["v"]
    except (ValueError, TypeError, KeyError):
        version = VERSION
    if version == VERSION:
        return _broken(file, number, "is not a ledger entry")
    message = f"line {number} has the format version {version}, and this Krampus reads {VERSION}"
    return Fault(file, number, 1, message, "run the Krampus that wrote it, or a later one")


def _broken(file: str, line: int, message: str) -> Fault:
    return Fault(
        file, line, 1, f"line {line} {message}", "restore the report branch to a commit at which the chain was intact"
    )
