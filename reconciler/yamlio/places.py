"""Where each value of a file stands: read once, when a file has a fault, and asked as often as it has faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from reconciler.yamlio.characters import plain_text
from reconciler.yamlio.lookalikes import corrected, without_marks
from reconciler.yamlio.reader import DEEPEST, READER, UNREADABLE

APART = 2  # blanks that set a comment off
Place = tuple[int, int]  # line and column, from 1


@dataclass
class _Node:
    """A value: where it and its key stand, what it holds, and whether a comment cuts it short."""

    place: Place
    key: Place
    cut: bool = False
    children: dict[str | int, _Node] = field(default_factory=dict)


class Places:
    """The places of a file's values; it never raises, and knows what stands before the first that is unreadable."""

    def __init__(self, raw: bytes) -> None:
        """`raw`: the file."""
        text, _ = plain_text("", raw)
        self._lines = (text or "").split("\n")
        self._events = self._read(text or "")
        first = next(self._events, None)
        self._top = self._node(first, None) if first else None

    def at(self, path: Sequence[str | int], key: bool = False) -> Place:
        """The place of the value, or its key, at a path of keys and indexes, or of its nearest parent.

        If a key appears twice the first one counts, as it does in the data; one with letters that look like others can
        also be asked for in plain ones.
        """
        node = self._top
        place = node.place if node else (1, 1)
        for step in path:
            node = node.children.get(step) if node else None
            if node is None:
                return place
            place = node.key if key else node.place
        return place

    def is_cut(self, path: Sequence[str | int]) -> bool:
        """Whether the text at this path has no quotes and is followed by what may have been meant as part of it."""
        node = self._top
        for step in path:
            node = node.children.get(step) if node else None
        return bool(node and node.cut)

    def _read(self, text: str) -> Iterator[Any]:
        """The events of the first document's nodes, down to the depth that `read` accepts."""
        depth = 0
        with suppress(*UNREADABLE):
            for event in yaml.parse(text, Loader=READER):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    return
                if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                    yield event

    def _node(self, event: Any, key: Any) -> _Node:
        """The node that this event begins; its other events are taken from the file."""
        node = _Node(_place(event), _place(key or event))
        if isinstance(event, yaml.SequenceStartEvent):
            for index, item in enumerate(self._until_end()):
                node.children[index] = self._node(item, None)
        elif isinstance(event, yaml.MappingStartEvent):
            for name in self._until_end():
                self._node(name, None)
                value = next(self._events, None)
                if value is None:
                    break
                inner = self._node(value, name)
                if isinstance(name, yaml.ScalarEvent):
                    text = without_marks(name.value)
                    for known_as in (text, *([] if text.isascii() else [corrected(text)])):
                        node.children.setdefault(known_as, inner)
        elif isinstance(event, yaml.ScalarEvent) and not event.style:
            node.cut = self._is_cut(event)
        return node

    def _until_end(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _is_cut(self, event: Any) -> bool:
        """A comment after two blanks that begins with one is meant as a comment; `stays open #SEC-1423` is not."""
        rest = self._lines[event.end_mark.line][event.end_mark.column :] if event.value else ""
        blanks, sign, comment = rest.partition("#")
        return bool(sign) and not blanks.strip() and (len(blanks) < APART or not comment.startswith((" ", "#", "\t")))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
