"""Data to plain YAML for the files that Krampus itself writes; what it writes, every YAML reader reads alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from reconciler.yamlio.characters import HIDDEN
from reconciler.yamlio.scalars import plain_value

# A text to every reader, unless it is a word like `no`: it begins with a letter, and `: ` and ` #` cannot be in it.
SAFE = re.compile(r"[^\W\d_](?:[\w./@=()*+-]|[:,](?=\S)| (?=[\w(*]))*")


def dump(data: Any) -> str:
    """Nested dicts, lists, texts, integers, booleans or None in; YAML out, keys as ordered. TypeError for others."""
    return "\n".join((*_node(data), ""))


def _node(data: Any) -> Iterator[str]:
    """The lines of a value, from its own first column on."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _entry(_text(key), value)
    elif isinstance(data, list) and data:
        for value in data:
            first, *others = _node(value)
            yield f"- {first}"
            yield from _deeper(others)
    elif isinstance(data, str) and _fits_block(data):
        yield from _block(data)
    else:
        yield _scalar(data)


def _entry(key: str, value: Any) -> Iterator[str]:
    lines = list(_node(value))
    if isinstance(value, dict | list) and value:
        yield f"{key}:"
        yield from _deeper(lines)
    else:
        yield f"{key}: {lines[0]}"
        yield from lines[1:]


def _deeper(lines: list[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _fits_block(text: str) -> bool:
    """Several lines, none of which needs an escape, or ends in a space that nobody sees."""
    lines = text.split("\n")
    if len(lines) == 1 or not lines[0] or lines[0].startswith(" "):
        return False
    return "\t" not in text and not HIDDEN.search(text) and not any(line.endswith(" ") for line in lines)


def _block(text: str) -> Iterator[str]:
    lines = text.split("\n")
    if lines[-1]:
        yield "|-"
    else:
        lines.pop()
        yield "|" if lines[-1] else "|+"
    yield from _deeper(lines)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if value is None:
        return "null"
    if value in ({}, []):
        return "{}" if value == {} else "[]"
    raise TypeError(f"no YAML for {type(value).__name__}")


def _text(value: str) -> str:
    if SAFE.fullmatch(value) and plain_value(value) == value:
        return value
    return HIDDEN.sub(_escape, json.dumps(value, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  the last of four digits
