"""Reads YAML files in one pass over libyaml's events, into plain data and faults; no YAML tag constructs an object."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

import yaml

from reconciler.errors import Fault
from reconciler.yamlio.characters import HIDDEN, MOST_FAULTS, excerpt, plain_text, too_many
from reconciler.yamlio.lookalikes import without_marks
from reconciler.yamlio.scalars import FIRST, Trap, plain_value
from reconciler.yamlio.syntax_errors import SyntaxProblem, explain

# libyaml's parser; the one in pure Python gives the same events, but is twenty times slower.
READER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# Tags and escapes that name no character raise ValueError or OverflowError instead of a YAMLError.
UNREADABLE: Final = (yaml.YAMLError, ValueError, OverflowError)
DEEPEST: Final = 20
LONGEST: Final = 10_000
# A file of the largest size has some 50,000 if it is full of targets; more would only take long.
MOST_VALUES: Final = 100_000


def read(file: str, raw: bytes, reader: Any = READER) -> tuple[Any, tuple[Fault, ...]]:
    """The data of a file (its path from the root and its bytes), and every fault of its YAML. It never raises.

    The data is None if the file is empty or could not be read to its end; else it lacks only what is faulty.
    """
    text, faults = plain_text(file, raw)
    if text is None:
        return None, faults
    builder = _Builder(file, list(faults))
    event = None
    try:
        for event in yaml.parse(text, Loader=reader):
            builder.add(event)
    except _EnoughError:
        return None, tuple(sorted(builder.faults))
    except UNREADABLE as error:
        fault = _syntax(file, text, error, event, builder.bracket)
        return None, tuple(sorted((*builder.faults, fault)))
    return builder.data, tuple(sorted(builder.faults))


class _EnoughError(Exception):
    """Raised to stop reading where the rest of the file would only add misleading faults."""


class _Slot(Enum):
    """The state of a mapping while it has no current key."""

    OPEN = auto()  # the next scalar is the key
    DROPPED = auto()  # the key is faulty: its value is checked for faults and dropped


class _Builder:
    """Builds the data of one file from its events, and collects their faults."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file = file
        self.faults = faults
        self.documents = 0
        self.values = 0
        self.here: Any = []
        self.key: str | _Slot = _Slot.OPEN
        self.lines: dict[str, int] = {}
        self.above: list[tuple[Any, str | _Slot, dict[str, int]]] = []
        self.begun: list[Any] = []  # the first events of what is still open
        self.methods: dict[type[Any], Callable[[Any], None]] = {
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

    @property
    def bracket(self) -> Any:
        """The event of the innermost list or mapping that is still open, if it stands in brackets."""
        return self.begun[-1] if self.begun and self.begun[-1].flow_style else None

    def add(self, event: Any) -> None:
        """Add one event."""
        method = self.methods.get(type(event))
        if method:
            method(event)

    def _fault(self, event: Any, message: str, remedy: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, *_place(event), message, remedy))
        elif len(self.faults) == MOST_FAULTS:
            self.faults.append(too_many(self.file, *_place(event)))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._fault(
                event, "a second document begins here", "keep one document per file; delete this `---`, or split it"
            )
            raise _EnoughError

    def _count(self, event: Any) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            self._fault(event, f"more than {MOST_VALUES:,} values", "split the file into several")
            raise _EnoughError

    def _scalar(self, event: Any) -> None:
        value = without_marks(event.value)
        self._count(event)
        if event.anchor or event.tag:
            self._reject_labels(event)
        if len(value) > LONGEST:
            self._fault(event, f"the text has {len(value):,} characters; {LONGEST:,} is the limit", "shorten it")
        if event.style:
            if event.style == '"' and (found := HIDDEN.search(value)):
                message = f"an escape in this text produces the hidden character U+{ord(found.group()):04X}"
                self._fault(event, message, "delete the escape")
                value = HIDDEN.sub("", value)
        elif value[:1] in FIRST:
            value = self._plain(event, value)
        here = self.here
        if type(here) is list:
            here.append(value)
        elif self.key is _Slot.OPEN:
            self._set_key(event, value)
        else:
            if self.key is not _Slot.DROPPED:
                here[self.key] = value
            self.key = _Slot.OPEN

    def _plain(self, event: Any, text: str) -> Any:
        value = plain_value(text)
        if isinstance(value, Trap):
            self._fault(event, value.message, value.help)
            return text
        return value

    def _set_key(self, event: Any, value: Any) -> None:
        """Take a scalar as the key. Of two equal keys the first one counts."""
        text = without_marks(event.value)
        self.key = _Slot.DROPPED
        if text == "<<" and not event.style:
            return  # its fault is reported already, and what it would merge belongs to no key
        if not isinstance(value, str):
            self._fault(event, f"the key `{excerpt(text)}` is not text", f'put it in quotes: "{excerpt(text)}"')
        if text in self.lines:
            message = f"the key `{excerpt(text)}` appears twice; first on line {self.lines[text]}"
            self._fault(event, message, "keep one of the two")
            return
        self.lines[text] = event.start_mark.line + 1
        self.key = text

    def _open(self, event: Any) -> None:
        if event.anchor or event.tag:
            self._reject_labels(event)
        self._count(event)
        if len(self.above) == DEEPEST:
            self._fault(event, f"more than {DEEPEST} levels of nesting", "flatten it")
            raise _EnoughError
        new: Any = {} if type(event) is yaml.MappingStartEvent else []
        after = _Slot.OPEN
        if type(self.here) is list:
            self.here.append(new)
        elif self.key is _Slot.OPEN:
            self._fault(event, "a list or mapping cannot be a key", "use text as the key, or put it in quotes")
            after = _Slot.DROPPED
        elif self.key is not _Slot.DROPPED:
            self.here[self.key] = new
        self.above.append((self.here, after, self.lines))
        self.here, self.key, self.lines = new, _Slot.OPEN, {}
        self.begun.append(event)

    def _close(self, _event: Any) -> None:
        self.here, self.key, self.lines = self.above.pop()
        self.begun.pop()

    def _alias(self, event: Any) -> None:
        message = f"the alias `*{excerpt(event.anchor)}` refers to another value; aliases are not supported"
        self._fault(event, message, "write the value out; if it is a text or a glob, quote it")
        if type(self.here) is list:
            self.here.append(None)
        elif self.key is _Slot.OPEN:
            self.key = _Slot.DROPPED
        else:
            # Left out: a None would be reported as a missing value, too.
            self.key = _Slot.OPEN

    def _reject_labels(self, event: Any) -> None:
        if event.anchor:
            message = f"the anchor `&{excerpt(event.anchor)}` names this value; anchors are not supported"
            self._fault(event, message, "delete it; if it is part of the text, put the text in quotes")
        if event.tag:
            tag = excerpt(event.tag.replace("tag:yaml.org,2002:", "!!"))
            message = f"the tag `{tag}` sets this value's type; tags are not supported"
            self._fault(event, message, "delete it; if it is part of the text, put the text in quotes")


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _syntax(file: str, text: str, error: Exception, last: Any, bracket: Any) -> Fault:
    """The fault of a file that is not YAML; `last` is the event before the error, `bracket` what it stands in."""
    lines = text.split("\n")

    def spot(mark: Any) -> tuple[int, int]:
        # At the end of the file libyaml's line number is one too high.
        return (mark.line, mark.column) if mark.line < len(lines) else (len(lines) - 1, len(lines[-1]))

    at = spot(getattr(error, "problem_mark", None) or last.end_mark)
    context = getattr(error, "context_mark", None)
    texts = (getattr(error, "context", None), getattr(error, "problem", None) or str(error))
    begin, opened = spot(context) if context else at, spot(bracket.start_mark) if bracket else None
    problem = SyntaxProblem(lines, ": ".join(filter(None, texts)), at, begin, opened)
    (line, column), message, remedy = explain(problem)
    return Fault(file, line + 1, column + 1, message, remedy)
