"""The ledger's lines to entries and back, and the chain that joins them. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import from_json

from reconciler.errors import Fault, InvalidInput
from reconciler.model.ledger import VERSION, Entry

FOLDER = "ledger/"


def parse(files: Mapping[str, bytes]) -> tuple[Entry, ...]:
    """The entries of ledger/YYYY-MM.jsonl in order.

    Raises InvalidInput with the line of the first entry that is damaged or out of its chain: nothing after it can be
    trusted, and a notice that cannot be trusted is none.
    """
    entries: list[Entry] = []
    prev = ""
    for file in sorted(name for name in files if name.startswith(FOLDER)):
        for number, line in enumerate(_lines(files[file]), start=1):
            try:
                entry = Entry.model_validate_json(line)
            except ValidationError:
                raise InvalidInput([_unreadable(file, number, line)]) from None
            if entry.prev != prev or entry.hash != _hash(line.removesuffix(_end(entry.hash)) + _end("")):
                raise InvalidInput([_broken(file, number, "does not follow from the line before it")])
            prev = entry.hash
            entries.append(entry)
    return tuple(entries)


def append(files: Mapping[str, bytes], entries: Sequence[Entry]) -> dict[str, bytes]:
    """The ledger files that change when these entries are chained on, whole.

    What a run has written already is not written again: a push whose answer was lost may find its own lines.
    """
    written = parse(files)
    known = {entry.identity for entry in written}
    entries = [entry for entry in entries if entry.identity not in known]
    prev = written[-1].hash if written else ""
    changed: dict[str, bytes] = {}
    # A clock that went back never writes into a month that has been closed.
    latest = max((name for name in files if name.startswith(FOLDER)), default="")
    for entry in entries:
        line = entry.model_copy(update={"prev": prev, "hash": ""}).model_dump_json().encode()
        latest = max(latest, f"{FOLDER}{entry.at:%Y-%m}.jsonl")
        before = changed.get(latest, files.get(latest, b""))
        if before and not before.endswith(b"\n"):
            before += b"\n"
        prev = _hash(line)
        changed[latest] = before + line.removesuffix(_end("")) + _end(prev) + b"\n"
    return changed


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
    return Fault(file, line, 1, f"line {line} {message}", "restore the report branch to a commit at which it was whole")
