"""JSON piece by piece: a plan of a large installation stands in memory once, and never as one text beside it. PURE."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError, JSONDecoder

from pydantic import BaseModel

READS, BLANKS = JSONDecoder(), re.compile(r"[ \t\n\r]*")
Value = tuple[str, int | None, str]  # a field, the place of an element where it is a list, and the JSON of it


def pieces(model: BaseModel, before_each: bytes = b"") -> Iterator[bytes]:
    """What `model_dump_json` gives, its lists of models element by element; `before_each` goes before each of those."""
    opens = b"{"
    for name in type(model).model_fields:
        listed = getattr(model, name)
        if isinstance(listed, tuple) and listed and isinstance(listed[0], BaseModel):
            yield opens + f'"{name}":['.encode()
            for place, one in enumerate(listed):
                yield (b"," if place else b"") + before_each + one.model_dump_json().encode()
            yield b"]"
        else:
            yield opens + model.model_dump_json(include={name}).encode()[1:-1]
        opens = b","
    yield b"}"


def values(chunks: Iterable[bytes]) -> Iterator[Value]:
    """The fields of a JSON object in their order, lists element by element; an empty list is one value.

    Only what is not yet given stands in memory. ValueError, or RecursionError, if it is no JSON object.
    """
    text = _Text(chunks)
    text.take("{")
    while not text.takes("}"):
        name = text.name()
        if not text.takes("["):
            yield name, None, text.value()
        elif text.takes("]"):
            yield name, None, "[]"
        else:
            yield from _elements(name, text)
        if not text.ends("}"):
            text.take(",")
    if text.next():
        raise ValueError("something follows the object")


def _elements(name: str, text: _Text) -> Iterator[Value]:
    place = 0
    while True:
        yield name, place, text.value()
        if text.takes("]"):
            return
        text.take(",")
        place += 1


class _Text:
    """What has come of a text and has not been taken yet."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = codecs.iterdecode(iter(chunks), "utf-8", "strict")
        self._held, self._at = "", 0

    def next(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            match = BLANKS.match(self._held, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._held) or not self._more():
                return self._held[self._at : self._at + 1]

    def ends(self, mark: str) -> bool:
        return self.next() == mark

    def takes(self, mark: str) -> bool:
        """Whether it is this character, which then is taken."""
        found = self.next() == mark
        self._at += found
        return found

    def take(self, mark: str) -> None:
        if not self.takes(mark):
            raise ValueError(f"{mark!r} is missing")

    def name(self) -> str:
        """The name of a field, and its colon."""
        if self.next() != '"':
            raise ValueError("the name of a field is missing")
        name = str(READS.decode(self.value()))
        self.take(":")
        return name

    def value(self) -> str:
        """The JSON of the next value."""
        self.next()
        while True:
            try:
                _, end = READS.raw_decode(self._held, self._at)
            except JSONDecodeError as error:
                if not self._more():
                    raise ValueError(error.msg) from None  # where it is in what is held says nothing to a person
                continue
            # A number may go on in what has not come yet.
            if end < len(self._held) or not self._more():
                value, self._at = self._held[self._at : end], end
                return value

    def _more(self) -> bool:
        """Hold at least twice as much, so that a value is not begun anew for each chunk; whether anything came."""
        held = [self._held[self._at :]]
        size, wanted = len(held[0]), 2 * len(held[0]) + 1
        for chunk in self._chunks:
            held.append(chunk)
            size += len(chunk)
            if size >= wanted:
                break
        came = len(held) > 1
        self._held, self._at = "".join(held), 0
        return came
