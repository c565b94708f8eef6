"""YAML files, read in one pass over libyaml's events into plain data and faults, and never constructed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from enum import Enum, auto
from typing import Any, Final

import yaml

from reconciler.errors import Fault
from reconciler.yamlio.characters import HIDDEN, MOST_FAULTS, plain_text, shown
from reconciler.yamlio.scalars import FIRST, Trap, plain_value
from reconciler.yamlio.syntax_errors import Snag, explain

# libyaml's own reading; the pure Python one gives the same events, twenty times slower.
READER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# Beside YAML's own errors, tags and escapes that name no character raise these.
UNREADABLE: Final = (yaml.YAMLError, ValueError, OverflowError)
DEEPEST: Final = 20
LONGEST: Final = 10_000


def read(file: str, raw: bytes, reader: Any = READER) -> tuple[Any, tuple[Fault, ...]]:
    """The name and bytes of a file in; its data, and every fault of its YAML, out. Raises nothing, whatever the bytes.

    The data is None where it could not be read to its end, or is empty; else it is the best that could be made of it.
    """
    text, faults = plain_text(file, raw)
    if text is None:
        return None, faults
    builder = _Builder(file, list(faults))
    event = None
    try:
        for event in yaml.parse(text, Loader=reader):
            builder.take(event)
    except _EnoughError:
        return None, tuple(sorted(builder.faults))
    except UNREADABLE as error:
        fault = _syntax(file, text, error, event)
        return None, tuple(sorted((*builder.faults, fault)))
    return builder.data, tuple(sorted(builder.faults))


def locate(raw: bytes, path: Sequence[str | int], key: bool = False) -> tuple[int, int]:
    """The line and column of the value (or of its key) at a path of keys and list indexes, or of its nearest parent.

    Of a key that stands twice the first counts, as it does in the data.
    """
    events = _nodes(raw)
    node = next(events, None)
    place = _place(node) if node else (1, 1)
    for step in path:
        found = _enter(events, node, step)
        if not found:
            return place
        label, node = found
        place = _place(label if key else node)
    return place


class _EnoughError(Exception):
    """Reading on would only do harm."""


class _Slot(Enum):
    """What stands in a key's place while the builder has none."""

    OPEN = auto()  # the next scalar is the key
    DROPPED = auto()  # the key is at fault: its value is read for its own faults, and let go


class _Builder:
    """What the events of one file add up to, and what is wrong with them."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = faults
        self.documents = 0
        self.here: Any = []
        self.key: str | _Slot = _Slot.OPEN
        self.lines: dict[str, int] = {}
        self.above: list[tuple[Any, str | _Slot, dict[str, int]]] = []
        self.takes: dict[type[Any], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._open,
            yaml.SequenceStartEvent: self._open,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    @property
    def data(self) -> Any:
        """The one document; None if the file is empty."""
        return self.here[0] if self.here else None

    def take(self, event: Any) -> None:
        """Add one event."""
        take = self.takes.get(type(event))
        if take:
            take(event)

    def _fault(self, event: Any, message: str, remedy: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, *_place(event), message, remedy))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fault(
                event, "a second document begins here", "keep one document a file; delete this `---`, or split it"
            )
            raise _EnoughError

    def _scalar(self, event: Any) -> None:
        value = event.value
        if event.anchor or event.tag:
            self._labels(event)
        if len(value) > LONGEST:
            self._fault(event, f"a text of {len(value):,} characters; {LONGEST:,} is the limit", "shorten it")
        if event.style:
            if event.style == '"' and (found := HIDDEN.search(value)):
                message = f"the escape in this text makes the hidden character U+{ord(found.group()):04X}"
                self._fault(event, message, "delete the escape")
        elif value[:1] in FIRST:
            value = self._plain(event)
        here = self.here
        if type(here) is list:
            here.append(value)
        elif self.key is _Slot.OPEN:
            self._label(event, value)
        else:
            if self.key is not _Slot.DROPPED:
                here[self.key] = value
            self.key = _Slot.OPEN

    def _plain(self, event: Any) -> Any:
        value = plain_value(event.value)
        if isinstance(value, Trap):
            self._fault(event, value.message, value.help)
            return event.value
        return value

    def _label(self, event: Any, value: Any) -> None:
        """A scalar where a key stands. The first of two equal keys is the one that counts."""
        text: str = event.value
        self.key = _Slot.DROPPED
        if text == "<<" and not event.style:
            return  # its fault is told, and what it would bring belongs to no key
        if not isinstance(value, str):
            self._fault(event, f"the key `{shown(text)}` is not a text", f'put it in quotes: "{shown(text)}"')
        if text in self.lines:
            message = f"the key `{shown(text)}` stands twice; first in line {self.lines[text]}"
            self._fault(event, message, "keep one of the two")
            return
        self.lines[text] = event.start_mark.line + 1
        self.key = text

    def _open(self, event: Any) -> None:
        if event.anchor or event.tag:
            self._labels(event)
        if len(self.above) == DEEPEST:
            self._fault(event, f"more than {DEEPEST} levels, one within the other", "flatten it")
            raise _EnoughError
        new: Any = {} if type(event) is yaml.MappingStartEvent else []
        after = _Slot.OPEN
        if type(self.here) is list:
            self.here.append(new)
        elif self.key is _Slot.OPEN:
            self._fault(
                event, "a list or mapping stands where a key should", "use a text as the key, or put it in quotes"
            )
            after = _Slot.DROPPED
        elif self.key is not _Slot.DROPPED:
            self.here[self.key] = new
        self.above.append((self.here, after, self.lines))
        self.here, self.key, self.lines = new, _Slot.OPEN, {}

    def _close(self, _event: Any) -> None:
        self.here, self.key, self.lines = self.above.pop()

    def _alias(self, event: Any) -> None:
        message = f"the alias `*{shown(event.anchor)}` refers to another place; aliases are not taken"
        self._fault(event, message, "write the value out; if it is a text or a glob, put it in quotes")
        if type(self.here) is list:
            self.here.append(None)
        elif self.key is _Slot.OPEN:
            self.key = _Slot.DROPPED
        else:
            # Dropped: None would be called a missing value once more.
            self.key = _Slot.OPEN

    def _labels(self, event: Any) -> None:
        if event.anchor:
            message = f"the anchor `&{shown(event.anchor)}` names this value; anchors are not taken"
            self._fault(event, message, "delete it; if it is part of the text, put the text in quotes")
        if event.tag:
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            message = f"the tag `{tag}` sets this value's type; tags are not taken"
            self._fault(event, message, "delete it; if it is part of the text, put the text in quotes")


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _syntax(file: str, text: str, error: Exception, last: Any) -> Fault:
    """The one fault of a file that is not YAML; `last` is the event before it."""
    lines = text.split("\n")

    def spot(mark: Any) -> tuple[int, int]:
        # At its end libyaml counts one line more than there is.
        return (mark.line, mark.column) if mark.line < len(lines) else (len(lines) - 1, len(lines[-1]))

    at = spot(getattr(error, "problem_mark", None) or last.end_mark)
    context = getattr(error, "context_mark", None)
    said = (getattr(error, "context", None), getattr(error, "problem", None) or str(error))
    words = ": ".join(filter(None, said))
    (line, column), message, remedy = explain(Snag(lines, words, at, spot(context) if context else at))
    return Fault(file, line + 1, column + 1, message, remedy)


def _nodes(raw: bytes) -> Iterator[Any]:
    """The events of a file that stand for its nodes, as far as `read` goes."""
    text, _ = plain_text("", raw)
    depth = 0
    with suppress(*UNREADABLE):
        for event in yaml.parse(text or "", Loader=READER):
            depth += _deeper(event)
            if depth > DEEPEST:
                return
            if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                yield event


def _enter(events: Iterator[Any], node: Any, step: str | int) -> tuple[Any, Any] | None:
    """From a node's own event on to those of the key and the value at one step, or past its end."""
    if isinstance(node, yaml.SequenceStartEvent):
        for index, item in enumerate(_until_end(events)):
            if index == step:
                return item, item
            _skip(events, item)
    elif isinstance(node, yaml.MappingStartEvent):
        for label in _until_end(events):
            _skip(events, label)
            value = next(events, None)
            if value and isinstance(label, yaml.ScalarEvent) and label.value == step:
                return label, value
            _skip(events, value)
    return None


def _until_end(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield event


def _skip(events: Iterator[Any], node: Any) -> None:
    """Past the end of a node whose own event was just read."""
    depth = _deeper(node)
    while depth and (event := next(events, None)):
        depth += _deeper(event)


def _deeper(event: Any) -> int:
    return isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
