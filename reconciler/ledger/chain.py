"""The ledger's lines to entries and back, and the chain that joins them. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import from_json

from reconciler.errors import Fault, InvalidInput
from reconciler.model.ledger import VERSION, Entry

FOLDER = "ledger/"
Files = Mapping[str, bytes]  # path on the report branch -> content
NO_FILES: Files = MappingProxyType({})


def parse(files: Files, known: Files = NO_FILES, prev: str = "") -> tuple[Entry, ...]:
    """The entries of ledger/YYYY-MM.jsonl in order, but for the lines of `known`, of which `prev` is the last's hash.

    `files` must continue `known`. Raises InvalidInput with the line of the first entry that is damaged or out of its
    chain: nothing after it can be trusted, and a notice that cannot be trusted is none.
    """
    return tuple(_walk(files, known, prev))


def intact(files: Files) -> tuple[Entry, ...]:
    """The entries before the first fault; all of them if there is none."""
    entries: list[Entry] = []
    with suppress(InvalidInput):
        for entry in _walk(files, NO_FILES, ""):
            entries.append(entry)  # noqa: PERF402  one by one: a fault keeps what came before it
    return tuple(entries)


def last_hash(files: Files) -> str:
    """The hash that the last line bears; "" if there is none."""
    return files[max(_ledger(files))].rstrip(b"\n")[-66:-2].decode() if _ledger(files) else ""


def _walk(files: Files, known: Files, prev: str) -> Iterator[Entry]:
    for file in _ledger(files):
        before = known.get(file)
        if before == files[file]:
            continue
        before = before or b""
        for number, line in enumerate(_lines(files[file][len(before) :]), start=before.count(b"\n") + 1):
            entry = _entry(file, number, line, prev)
            prev = entry.hash
            yield entry


def place(files: Files, entry: Entry) -> tuple[str, int]:
    """The file and the line (from 1) of an entry that was parsed from these files."""
    end = _end(entry.hash)
    for file in _ledger(files):
        for number, line in enumerate(_lines(files[file]), start=1):
            if line.endswith(end):
                return file, number
    return FOLDER, 1


def continues(before: Files, now: Files) -> bool:
    """Whether `now` has all lines of `before` as they are, and new ones only after them."""
    names, later = _ledger(before), _ledger(now)
    if later[: len(names)] != names or any(before[name] != now[name] for name in names[:-1]):
        return False
    return all(_grew(before[name], now[name]) for name in names[-1:])


def chained(files: Files, last: Entry | None, entries: Iterable[Entry]) -> dict[str, bytes]:
    """The ledger files that change when these entries are chained on, whole. `last`: the entry before them.

    A run that writes late writes after what others wrote meanwhile, and dates its lines no earlier than theirs: a
    line's time never goes back.
    """
    added: dict[str, list[bytes]] = {}
    latest, prev = max(_ledger(files), default=""), last.hash if last else ""
    for entry in entries:
        at = max(entry.at, last.at) if last else entry.at
        line = entry.model_copy(update={"at": at, "prev": prev, "hash": ""}).model_dump_json().encode()
        latest = max(latest, f"{FOLDER}{at:%Y-%m}.jsonl")
        prev, last = _hash(line), entry.model_copy(update={"at": at})
        added.setdefault(latest, []).append(line.removesuffix(_end("")) + _end(prev) + b"\n")
    return {file: b"".join((_ended(files.get(file, b"")), *lines)) for file, lines in added.items()}


def _ledger(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith(FOLDER))


def _grew(before: bytes, now: bytes) -> bool:
    return before == now or (before.endswith(b"\n") and now.startswith(before))


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
