"""Parses a YAML file into a model; each error of pydantic becomes a fault with line, column and help."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.errors import Fault
from reconciler.load.annotations import Path
from reconciler.load.partial import validate_partially
from reconciler.load.plain_letters import ODD_COMMENT, PROSE, prose, with_plain_letters
from reconciler.load.sentences import sentence
from reconciler.yamlio.places import Places
from reconciler.yamlio.reader import read_closely
from reconciler.yamlio.scalars import QUOTE

M = TypeVar("M")
B = TypeVar("B", bound=BaseModel)
KEY = "[key]"
ENTRY = 2  # the length of the path of an account or a team
MAY_BE_ODD = frozenset((1, path[0]) for path in PROSE if len(path) == 1)  # in the mapping that the file is
LITERAL = (QUOTE, "write `")


@dataclass(frozen=True)
class Document(Generic[M]):
    """One file: its path from the root, its bytes, and its content. `gaps`: the paths left out as faulty."""

    file: str
    raw: bytes
    content: M
    gaps: frozenset[tuple[str | int, ...]] = frozenset()

    @cached_property
    def id(self) -> str:
        """The name of the file without its ending, which is a task's id."""
        return PurePosixPath(self.file).stem

    @cached_property
    def digest(self) -> str:
        """12 hex characters of a SHA-256 over its bytes, whichever way git ends the lines of what it checks out."""
        return hashlib.sha256(self.raw.replace(b"\r\n", b"\n")).hexdigest()[:12]

    @cached_property
    def lacking(self) -> frozenset[str | int]:
        """The parts of the file from which a whole entry was left out, such as an account from `accounts`.

        A name that is missing there may be that of such an entry.
        """
        return frozenset(gap[0] for gap in self.gaps if len(gap) <= ENTRY)

    @cached_property
    def places(self) -> Places:
        """Where its values stand: a second reading of the file, which only a faulty one needs."""
        return Places(self.raw)

    def fault(self, path: Path, message: str, help: str, *, key: bool = False) -> Fault:
        """A fault at the value of this path, or at its key with `key`."""
        # What pydantic calls "[key]" is the key itself.
        line, column = self.places.at([part for part in path if part != KEY], key or KEY in path)
        return Fault(self.file, line, column, message, help)


def parse(file: str, raw: bytes, model: type[B]) -> tuple[Document[B] | None, list[Fault]]:
    """The file as a document, without its faulty parts (None if too little remains), and all its faults."""
    reading = read_closely(file, raw)
    data, faults = reading.data, list(reading.faults)
    if not isinstance(data, dict):
        problem = "is empty" if data is None else "is not a mapping of keys to values"
        return None, faults or [Fault(file, 1, 1, f"the file {problem}", f"it needs the keys {_required(model)}")]
    unread = Document(file, raw, None)
    if reading.odd is None or not reading.odd <= MAY_BE_ODD:
        data, letters = with_plain_letters(data)
        faults = together(faults, [unread.fault(each.path, each.message, each.help, key=each.key) for each in letters])
    faults += _cut_short(unread, data)
    try:
        return Document(file, raw, model.model_validate(data)), faults
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A list whose members are all faulty is not empty, as pydantic has it, which counts those that it accepted.
        told = [detail for detail in found if detail["type"] != "too_short" or not detail["input"]]
        more = [_explain(unread, model, detail) for detail in told]
    content, gaps = validate_partially(data, model)
    return (Document(file, raw, content, gaps) if content else None), together(faults, more)


def together(faults: Sequence[Fault], more: Iterable[Fault]) -> list[Fault]:
    """The faults, and those others that stand at no place of theirs: the first says more of what is there.

    But where that says what to write, and the other was found when it stood there, the other knows better.
    """
    at = {(fault.file, fault.line, fault.column): number for number, fault in reversed([*enumerate(faults)])}
    found, others = list(faults), []
    for fault in more:
        number = at.get((fault.file, fault.line, fault.column))
        if number is None:
            others.append(fault)
        elif any(words in found[number].help for words in LITERAL):
            found[number] = replace(found[number], help=fault.help)
    return found + others


def _cut_short(document: Document[Any], data: Any) -> list[Fault]:
    """A fault for each text for people that ends where a comment begins that was hardly meant as one."""
    if b"#" not in document.raw or not ODD_COMMENT.search(document.raw):
        return []
    message = "a blank and `#` begin a comment, so the text ends before them"
    help = "put the text in quotes; before a comment leave two blanks, and one behind its `#`"
    return [document.fault(path, message, help) for path in prose(data) if document.places.is_cut(path)]


def _explain(document: Document[Any], model: type[BaseModel], detail: ErrorDetails) -> Fault:
    path = detail["loc"]
    return document.fault(
        path[:-1] if detail["type"] == "missing" else path,
        *sentence(detail, model),
        key=detail["type"] == "extra_forbidden",
    )


def _required(model: type[BaseModel]) -> str:
    return ", ".join(f"`{name}:`" for name, field in model.model_fields.items() if field.is_required())
