"""Parses a YAML file into a model; each error of pydantic becomes a fault with line, column and help."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.errors import Fault, nearest
from reconciler.load.annotations import Path, choices_at, keys_at
from reconciler.load.partial import validate_partially
from reconciler.yamlio.places import Places
from reconciler.yamlio.reader import read

M = TypeVar("M")
B = TypeVar("B", bound=BaseModel)
KEY = "[key]"

# pydantic's error type -> message and help of the fault.
SENTENCES = {
    "bool_type": ("'{got}' is not true or false", "write true or false, without quotes"),
    "int_type": ("'{got}' is not a whole number", "write digits, without quotes"),
    "string_type": ("'{last}' must be text, not {type}", 'put it in quotes: "{got}"'),
    "string_pattern_mismatch": ("'{got}' is not valid here", "it must match {pattern}"),
    "string_too_short": ("'{last}' is empty", "write something, or leave the key out"),
    "string_too_long": ("'{last}' is longer than {max_length} characters", "shorten it"),
    "too_short": ("'{last}' is empty", "give at least one, or leave the key out"),
    "tuple_type": ("'{last}' must be a list, not {type}", "write [a, b], or a line with a dash for each"),
    "mapping_type": ("'{last}' must be a mapping, not {type}", "write `key: value` lines below it"),
    "model_type": ("'{last}' must be a mapping, not {type}", "write `key: value` lines below it"),
    "greater_than_equal": ("{got} is less than {ge}", "write {ge} or more"),
    "less_than_equal": ("{got} is more than {le}", "write {le} or less"),
}


@dataclass(frozen=True)
class Document(Generic[M]):
    """One file: its path from the root, its bytes, and its content. `gaps`: the paths left out as faulty."""

    file: str
    raw: bytes
    content: M
    gaps: frozenset[tuple[str | int, ...]] = frozenset()

    @cached_property
    def digest(self) -> str:
        """12 hex characters of a SHA-256 over its bytes, whichever way git ends the lines of what it checks out."""
        return hashlib.sha256(self.raw.replace(b"\r\n", b"\n")).hexdigest()[:12]

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
    data, read_faults = read(file, raw)
    faults = list(read_faults)
    if not isinstance(data, dict):
        problem = "is empty" if data is None else "is not a mapping of keys to values"
        return None, faults or [Fault(file, 1, 1, f"the file {problem}", f"write {_required(model)}")]
    try:
        return Document(file, raw, model.model_validate(data)), faults
    except ValidationError as error:
        known = {(fault.line, fault.column) for fault in faults}
        unread = Document(file, raw, None)
        more = [_explain(unread, model, detail) for detail in error.errors(include_url=False)]
        # The reader's fault for a value says more than that its type is wrong.
        faults += [fault for fault in more if (fault.line, fault.column) not in known]
    content, gaps = validate_partially(data, model)
    return (Document(file, raw, content, gaps) if content else None), faults


def _explain(document: Document[Any], model: type[BaseModel], detail: ErrorDetails) -> Fault:
    path, context, got = detail["loc"], detail.get("ctx", {}), detail["input"]
    last = path[-1] if path else "the file"
    if detail["type"] == "wrong":
        return document.fault(path, context["message"], context["help"])
    if detail["type"] == "extra_forbidden":
        hint = nearest(last, keys_at(model, path[:-1]))
        return document.fault(path, f"unknown key '{last}'", hint, key=True)
    if detail["type"] == "missing":
        return document.fault(path[:-1], f"the key '{last}' is missing", f"add `{last}: …`")
    if detail["type"] == "literal_error":
        choices = choices_at(model, path)
        return document.fault(path, f"'{got}' is not one of {', '.join(choices)}", nearest(got, choices))
    message, hint = SENTENCES.get(detail["type"], ("{last}: {msg}", "see `krampus schema` for what is accepted"))
    words = {"last": last, "got": got, "type": _type(got), "msg": detail["msg"], **context}
    return document.fault(path, message.format(**words), hint.format(**words))


def _required(model: type[BaseModel]) -> str:
    return ", ".join(f"`{name}:`" for name, field in model.model_fields.items() if field.is_required())


def _type(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", dict: "a mapping", list: "a list", str: "text"}
    return names.get(type(value), "nothing")
