"""Where each target stood at the end of a file of the ledger, so that a run need not read what stands before it. PURE.

It is what the lines come to, and nothing else: `krampus ledger verify` folds them again and compares. It covers whole
files, of which the last line is older than any line that a run looks at by itself, and names each with git's id of its
content, so that one that was altered or lost is noticed though it is not read. A target of which no task has named
anything since it was withdrawn is forgotten: only that there is more to read of it is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from reconciler.ledger.adoption import FILE as ADOPTED
from reconciler.ledger.files import ledger_files
from reconciler.ledger.fold import Applied, Fold, Sent
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry, History
from reconciler.model.task import Key

FOLDER = "checkpoint/"
FILE = f"{FOLDER}head.json"
FORGOTTEN = f"{FOLDER}forgotten.txt"
PART = 4_000_000  # bytes of a file, unless one target has more


@dataclass(frozen=True)
class _Stood:
    """One line: a task and its target, and what the fold has of them but for the calls."""

    task: str
    target: str
    history: History
    link: str | None = None
    sent: tuple[tuple[tuple[str, str], datetime], ...] = ()


STOOD = TypeAdapter(_Stood)


class Head(BaseModel):
    """What is covered, and what the other files of the folder must hold.

    lines: how many are covered; last: the last of them, as it counts; covered: each file, and git's id of its content
    adopted: git's id of what was adopted when it was made; parts, forgotten: SHA-256 of the other files' contents
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    lines: int
    last: Entry
    covered: tuple[tuple[str, str], ...]
    adopted: str = ""
    parts: tuple[tuple[str, str], ...]
    forgotten: str


@dataclass(frozen=True)
class End:
    """The end of a file of the ledger. lines: how many there are up to there; last: the last of them."""

    lines: int
    last: Entry


@dataclass(frozen=True)
class Awake:
    """targets: those that must be kept whatever they have come to, since something speaks of them again.

    forgotten: the marks of those that were forgotten before
    """

    targets: Set[str]
    forgotten: Set[str] = frozenset()


@dataclass(frozen=True)
class Checkpoint:
    """One that was read, or is to be written. forgotten: marks of the targets of which no more is kept (`mark`)."""

    head: Head
    fold: Fold
    forgotten: frozenset[str]


def head_of(snapshot: BranchSnapshot) -> Head | None:
    """What a branch's checkpoint says of itself. None if there is none to go by: then all lines are read.

    There is none either if it is damaged, of another version, or from before what was adopted.
    """
    try:
        head = Head.model_validate_json(snapshot.files.get(FILE, b""))
    except ValidationError:
        return None
    return head if head.adopted == snapshot.blob(ADOPTED) else None


def contradiction(head: Head, snapshot: BranchSnapshot) -> str:
    """Why the files of the ledger are not those that are covered, for a person; "" if they are. No file is read."""
    names = ledger_files(snapshot.files)
    for number, (name, blob) in enumerate(head.covered):
        if name not in snapshot.files:
            return f"{name} is missing"
        if names[number] != name or snapshot.blob(name) != blob:
            return f"{name} is not as it was"
    return "" if len(names) > len(head.covered) else "what came after it is missing"


def read_checkpoint(head: Head, snapshot: BranchSnapshot) -> Checkpoint | None:
    """The checkpoint itself; None if a file of it is not the one that its head names."""
    files = snapshot.files
    forgotten = files.get(FORGOTTEN, b"")
    histories, packed = dict[Key, History](), dict[Key, bytes]()
    links, sent = dict[Key, str](), dict[str, Sent]()
    for number, digests in enumerate(head.parts):
        told, calls = (files.get(name, b"") for name in _names(number))
        if (_sha256(told), _sha256(calls)) != digests:
            return None
        for line, about in zip(told.split(b"\n"), calls.split(b"\n"), strict=True):
            stood = STOOD.validate_json(line)
            key = (stood.task, stood.target)
            histories[key], packed[key] = stood.history, about
            if stood.sent:
                sent[stood.target] = dict(stood.sent)
            if stood.link is not None:
                links[key] = stood.link
    if _sha256(forgotten) != head.forgotten:
        return None
    return Checkpoint(head, Fold(histories, Applied(packed), links, sent), frozenset(forgotten.decode().split()))


def made(fold: Fold, end: End, covered: Iterable[str], snapshot: BranchSnapshot, awake: Awake) -> dict[str, bytes]:
    """The files of a checkpoint at the end of the last of the covered files.

    fold: where each target then stood, but for those that were forgotten before; awake: what must not be forgotten
    """
    wanted = {target for (_, target), history in fold.histories.items() if not is_blank(history)} | awake.targets
    parts = list(_parts(fold, [key for key in sorted(fold.histories) if key[1] in wanted]))
    forgotten = awake.forgotten | {mark(target) for _, target in fold.histories if target not in wanted}
    text = "".join(f"{one}\n" for one in sorted(forgotten)).encode()
    head = Head(
        lines=end.lines,
        last=end.last,
        covered=tuple((name, snapshot.blob(name)) for name in covered),
        adopted=snapshot.blob(ADOPTED),
        parts=tuple((_sha256(told), _sha256(calls)) for told, calls in parts),
        forgotten=_sha256(text),
    )
    files = {FILE: head.model_dump_json(exclude_defaults=True).encode() + b"\n", FORGOTTEN: text}
    for number, contents in enumerate(parts):
        files |= dict(zip(_names(number), contents, strict=True))
    spare = {name: b"" for name in snapshot.files if name.startswith(FOLDER) and name not in files}
    return files | spare


def differences(checkpoint: Checkpoint, fold: Fold) -> Iterator[str]:
    """What a checkpoint tells otherwise than the lines do, for a person. fold: of all the lines that it covers."""
    kept, told = checkpoint.fold, dict[str, bool]()
    for key, history in fold.histories.items():
        task, target = key
        if key in kept.histories:
            same = kept.histories[key] == history and kept.applied[key] == fold.applied[key]
            same = same and kept.links.get(key) == fold.links.get(key)
            told[target] = told.get(target, True) and same and kept.sent.get(target) == fold.sent.get(target)
        else:
            told[target] = told.get(target, True) and is_blank(history) and mark(target) in checkpoint.forgotten
        if not told[target]:
            yield f"of the task {task} and {target}"
    for task, target in kept.histories.keys() - fold.histories.keys():
        yield f"of the task {task} and {target}, of which no line tells"
    if unknown := checkpoint.forgotten - {mark(target) for target in {target for _, target in fold.histories}}:
        yield f"of {len(unknown)} targets of which no line tells"


def is_blank(history: History) -> bool:
    """Whether nothing of it counts any more: its task was withdrawn, and a task that names it again begins anew."""
    return history == History(account=history.account, action=history.action, last=history.last)


def mark(target: str) -> str:
    """16 hex characters for a target. Two of the same mark would only have more read than must be."""
    return hashlib.sha256(target.encode()).hexdigest()[:16]


def _parts(fold: Fold, keys: Iterable[Key]) -> Iterator[tuple[bytes, bytes]]:
    """The lines of these, in pairs of files that are none too big."""
    told, calls, size = list[bytes](), list[bytes](), 0
    for key in keys:
        sent = tuple(sorted(fold.sent.get(key[1], {}).items()))
        line = STOOD.dump_json(_Stood(*key, fold.histories[key], fold.links.get(key), sent), exclude_defaults=True)
        about = fold.applied.as_packed(key)
        if told and size + len(line) + len(about) > PART:
            yield b"\n".join(told), b"\n".join(calls)
            told, calls, size = [], [], 0
        told.append(line)
        calls.append(about)
        size += len(line) + len(about)
    if told:
        yield b"\n".join(told), b"\n".join(calls)


def _names(number: int) -> tuple[str, str]:
    return f"{FOLDER}histories-{number + 1:02}.jsonl", f"{FOLDER}calls-{number + 1:02}.jsonl"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
