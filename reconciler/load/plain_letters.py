"""What people see is not always what a file says: letters that look like others, and text that a `#` cuts off. PURE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reconciler.yamlio.lookalikes import corrected, strangers
from reconciler.yamlio.scalars import plain_value

Path = tuple[str | int, ...]


class Letter(NamedTuple):
    """Where something is not what it looks like (in a key with `key`), the message, and the help."""

    path: Path
    message: str
    help: str
    key: bool = False


# Written for people, in whatever language they speak. Everything else is compared with something.
PROSE = (("title",), ("reason",), ("finding",), ("name",), ("issues", "installation"), ("issues", "folder"))
PROSE_OF_A_TARGET = ("targets", "note")
SPACED = ("after", "from", "to", "signers", "label")  # may have a blank within
# Every ` #` that is not an ordinary comment: two blanks before it and one after, or at the beginning of a line.
ODD_COMMENT = re.compile(rb"(?<=[^\s#])(?: #|[ \t]+#(?=[^\s#]))")


def is_prose(path: Path) -> bool:
    """Whether what stands at a path is read by people alone."""
    return path in PROSE or tuple(part for part in path if isinstance(part, str)) == PROSE_OF_A_TARGET


def prose(data: Any) -> Iterator[Path]:
    """The paths of all such texts that a file has."""
    yield from (path for path in PROSE if isinstance(_value(data, path), str))
    targets = _value(data, ("targets",))
    for index, entry in enumerate(targets if isinstance(targets, list) else ()):
        if isinstance(_value(entry, ("note",)), str):
            yield ("targets", index, "note")


def with_plain_letters(data: Any, path: Path = ()) -> tuple[Any, list[Letter]]:
    """The data with what was probably meant where a letter is not what it looks like, and each such place."""
    if isinstance(data, str):
        return _text(data, path)
    found: list[Letter] = []
    if isinstance(data, dict):
        made: dict[str, Any] = {}
        for written, value in data.items():
            key, wrong = _key(written, path)
            plain, more = with_plain_letters(value, (*path, key))
            made.setdefault(key, plain)
            found += wrong + more
        return made, found
    if isinstance(data, list):
        items = []
        for index, value in enumerate(data):
            item, more = with_plain_letters(value, (*path, index))
            items.append(item)
            found += more
        return items, found
    return data, found


def _key(text: str, path: Path) -> tuple[str, list[Letter]]:
    if text.isascii() and text.isprintable():
        return text, []
    meant = corrected(text)
    message = f"this key is not what it looks like: {strangers(text)}"
    help = f"write `{meant}`" if meant else "use the letters a-z, digits and dashes"
    return meant or text, [Letter((*path, meant or text), message, help, key=True)]


def _text(text: str, path: Path) -> tuple[str, list[Letter]]:
    # Nearly all of it is plain.
    if (text.isascii() and text.isprintable() and text.strip() == text) or is_prose(path):
        return text, []
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    meant = corrected(text, blank=" " if last in SPACED else "")
    if strange := strangers(text):
        message = f"this is not what it looks like: {strange}"
    else:
        message = f"this {'begins' if text[:1] == ' ' else 'ends'} with a blank"
    help = f"write `{_safe(meant)}`" if meant else "write it with plain letters"
    return meant or text, [Letter(path, message, help)]


def _safe(text: str) -> str:
    """The text as it can be written in YAML: in quotes, if it would mean something else without."""
    plain = re.fullmatch(r"[A-Za-z0-9][!-~ ]*", text) and plain_value(text) == text and not re.search(r": |:$| #", text)
    return text if plain or text.startswith("- ") else f'"{text}"'


def _value(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
