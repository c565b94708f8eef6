"""Reads YAML files in one pass over libyaml's events, into plain data and faults; no YAML tag constructs an object."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import yaml

from reconciler.errors import Fault
from reconciler.yamlio.characters import HIDDEN, MOST_FAULTS, excerpt, plain_text, too_many
from reconciler.yamlio.lookalikes import MARK, without_marks
from reconciler.yamlio.runs import Unclear, with_runs, without_runs
from reconciler.yamlio.scalars import FIRST, Trap, is_text, plain_value

# libyaml's parser; the one in pure Python gives the same events, but is twenty times slower.
READER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
# Tags and escapes that name no character raise ValueError or OverflowError instead of a YAMLError.
UNREADABLE: Final = (yaml.YAMLError, ValueError, OverflowError)
DEEPEST: Final = 20
LONGEST: Final = 10_000
# A file of the largest size has some 50,000 if it is full of targets; more would only take long.
MOST_VALUES: Final = 100_000


@dataclass(frozen=True)
class Reading:
    """What a file says. The data is None if the file is empty or could not be read to its end; else it lacks only what
    is faulty.

    odd: how deep, and under which key ("" in a list), stand texts that are no plain line of printable ASCII, without
    blanks around it; None if that is not known.
    """

    data: Any
    faults: tuple[Fault, ...]
    odd: Set[tuple[int, str]] | None = None


def read(file: str, raw: bytes, reader: Any = READER) -> tuple[Any, tuple[Fault, ...]]:
    """The data of a file (its path from the root and its bytes), and every fault of its YAML. It never raises."""
    reading = read_closely(file, raw, reader)
    return reading.data, reading.faults


def read_closely(file: str, raw: bytes, reader: Any = READER) -> Reading:
    """The same, and where its texts are not what they may look like."""
    text, faults = plain_text(file, raw)
    if text is None:
        return Reading(None, faults)
    return (None if faults else _by_runs(text, reader)) or by_events(file, text, faults, reader)


def by_events(file: str, text: str, faults: Sequence[Fault], reader: Any = READER) -> Reading:
    """What a decoded text says, each of its values looked at. `faults`: those of its characters."""
    builder = _Builder(file, list(faults), hidden=MARK in text)
    try:
        builder.build(reader(text))
    except _EnoughError:
        return Reading(None, tuple(sorted(builder.faults)))
    except UNREADABLE as error:
        fault = _syntax(file, text, error, builder.last, builder.bracket)
        return Reading(None, tuple(sorted((*builder.faults, fault))))
    return Reading(builder.data, tuple(sorted(builder.faults)), builder.odd if text.isascii() else None)


def _by_runs(text: str, reader: Any) -> Reading | None:
    """What a text without a fault says; None if it has one, or is not as simple as it looks."""
    try:
        short, runs, values = without_runs(text, LONGEST)
        if not runs:
            return None
        builder = _Builder("", [], hidden=False)
        builder.values = values
        builder.build(reader(short))
        if builder.faults:
            return None
        return Reading(with_runs(builder.data, runs), (), builder.odd if text.isascii() else None)
    except (Unclear, _EnoughError, *UNREADABLE):
        return None


class _EnoughError(Exception):
    """Raised to stop reading where the rest of the file would only add misleading faults."""


class _Slot(Enum):
    """The state of a mapping while it has no current key."""

    OPEN = auto()  # the next scalar is the key
    DROPPED = auto()  # the key is faulty: its value is checked for faults and dropped


class _Builder:
    """Builds the data of one file from its events, and collects their faults."""

    def __init__(self, file: str, faults: list[Fault], *, hidden: bool) -> None:
        self.file = file
        self.faults = faults
        self.hidden = hidden  # whether the text has marks of hidden characters
        self.odd: set[tuple[int, str]] = set()
        self.documents = 0
        self.values = 0
        self.here: Any = []
        self.key: str | _Slot = _Slot.OPEN
        self.lines: dict[str, Any] = {}  # the events of the keys
        # Of what is still open: the list or mapping that it is in, that one's key and keys, and its own first event.
        self.above: list[tuple[Any, str | _Slot, dict[str, Any], Any]] = []
        self.last: Any = None
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
        return self.above[-1][3] if self.above and self.above[-1][3].flow_style else None

    def build(self, parser: Any) -> None:
        """Add all events of a parser."""
        methods, following, scalar, event = self.methods, parser.get_event, yaml.ScalarEvent, None
        try:
            while (event := following()) is not None:
                kind = type(event)
                # Nearly all are texts of which nothing needs a look, and a file has so many that each call counts.
                if kind is scalar and not event.style and self._is_added(event):
                    continue
                if kind in methods:
                    methods[kind](event)
        finally:
            self.last = event

    def _is_added(self, event: Any) -> bool:
        """Whether a text without quotes could be added as it is."""
        value = event.value
        if (value[:1] in FIRST and not is_text(value)) or not value.isprintable() or len(value) > LONGEST:
            return False
        if event.anchor or event.tag or self.hidden or self.values >= MOST_VALUES:
            return False
        here, key = self.here, self.key
        if type(here) is list:
            here.append(value)
        elif key is _Slot.OPEN:
            if value in self.lines:
                return False
            self.lines[value] = event
            self.key = value
        else:
            if key is not _Slot.DROPPED:
                here[key] = value
            self.key = _Slot.OPEN
        self.values += 1
        return True

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
        if not value.isprintable() or value != value.strip():
            self.odd.add((len(self.above), self.key if isinstance(self.key, str) else ""))
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
            message = f"the key `{excerpt(text)}` appears twice; first on line {_place(self.lines[text])[0]}"
            self._fault(event, message, "keep one of the two")
            return
        self.lines[text] = event
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
        self.above.append((self.here, after, self.lines, event))
        self.here, self.key, self.lines = new, _Slot.OPEN, {}

    def _close(self, _event: Any) -> None:
        self.here, self.key, self.lines, _ = self.above.pop()

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
    from reconciler.yamlio.syntax_errors import SyntaxProblem, explain

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
