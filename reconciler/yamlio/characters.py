"""Decodes a file, and reports every character that is hidden or that YAML readers disagree about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from reconciler.errors import Fault
from reconciler.yamlio.lookalikes import MARK, named

LARGEST = 5_000_000
# More would help nobody, and a binary file would fill the screen and the memory with them.
MOST_FAULTS = 100

CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
BREAKS = "\x85\u2028\u2029"
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Nearly every character is ASCII: searching for the others first is four times as fast.
HIDDEN = re.compile(f"[^\t\n -~](?<=[{CONTROL}{BREAKS}{BIDI}{ZERO_WIDTH}])")

# What nearly every file has and nothing else, in which nothing can be hidden; no carriage return.
ORDINARY = bytes((*b"\t\n", *range(0x20, 0x7F)))

TAB = re.compile(r"^ *\t", re.MULTILINE)
DIRECTIVE = re.compile(r"^%", re.MULTILINE)
CONFLICT = re.compile(r"^(?:(?:<{7}|>{7}|\|{7})(?: .*)?|={7})$", re.MULTILINE)

HIDDEN_HELP = "delete it; an editor that shows invisible characters finds it"
KINDS = (
    (
        re.compile(r"\r"),
        "a carriage return without a line feed is a line break to some readers only",
        "save the file with LF line ends",
    ),
    (re.compile(f"[{CONTROL}]"), "the control character {} is here", HIDDEN_HELP),
    (re.compile(f"[{BREAKS}]"), "{} is a line break to some readers only", "delete it, or begin a new line"),
    (re.compile(f"[{BIDI}]"), "{} can display text in another order than it is read", HIDDEN_HELP),
    (re.compile(f"[{ZERO_WIDTH}]"), "the invisible character {} is here", HIDDEN_HELP),
)


def plain_text(file: str, raw: bytes) -> tuple[str | None, tuple[Fault, ...]]:
    """The text of a file, and the faults of its characters; the text is None if there is no use in parsing it.

    `file`: its path from the root, for the faults. Line ends become LF, and each hidden character becomes `MARK`, so
    that columns stay right.
    """
    if len(raw) <= LARGEST and not raw.translate(None, ORDINARY):
        text = raw.decode("ascii")
        stops = tuple(_stops(file, text))
        return (None if stops else text), stops
    if len(raw) > LARGEST:
        message = f"the file has {len(raw):,} bytes; {LARGEST:,} is the limit"
        return None, (Fault(file, 1, 1, message, "split it into several files"),)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or _wide(raw[:4]):
        return None, (
            Fault(file, 1, 1, "the file is encoded as UTF-16", "save it as UTF-8 without a byte order marker"),
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(file, raw, error.start),)
    text = text.replace("\r\n", "\n")
    faults = []
    if text.startswith("\ufeff"):
        faults.append(Fault(file, 1, 1, "the file begins with a byte order marker", "save it as UTF-8 without one"))
        text = text[1:]
    if HIDDEN.search(text):
        faults += _hidden(file, text)
        text = HIDDEN.sub(MARK, text)
    stops = tuple(_stops(file, text))
    return (None if stops else text), (*faults, *stops)


def excerpt(text: str, most: int = 40) -> str:
    """The text for a quotation in a message: one line of at most `most` characters, none of them hidden."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in text[: most + 1])
    return f"{line[:most]}…" if len(line) > most else line


def too_many(file: str, line: int, column: int) -> Fault:
    """The last fault of a file that has more than anybody reads."""
    message = f"more than {MOST_FAULTS} such faults are in this file; those from here on are not named"
    return Fault(file, line, column, message, "correct those above first")


def _wide(start: bytes) -> bool:
    # Latin letters in UTF-16 have a NUL each, before or after; a stray NUL in UTF-8 has none beside it.
    return start[0::2] == b"\0\0" or start[1::2] == b"\0\0"


def _not_utf8(file: str, raw: bytes, at: int) -> Fault:
    begin = raw.rfind(b"\n", 0, at) + 1
    line, column = raw.count(b"\n", 0, at) + 1, len(raw[begin:at].decode("utf-8")) + 1
    return Fault(file, line, column, f"the byte 0x{raw[at]:02X} is not UTF-8", "save the file as UTF-8")


def _hidden(file: str, text: str) -> Iterator[Fault]:
    found = HIDDEN.finditer(text)
    for match in islice(found, MOST_FAULTS):
        character = match.group()
        message, remedy = next((message, remedy) for kind, message, remedy in KINDS if kind.match(character))
        yield Fault(file, *_place(text, match.start()), message.format(named(character)), remedy)
    if more := next(found, None):
        yield too_many(file, *_place(text, more.start()))


def _stops(file: str, text: str) -> Iterator[Fault]:
    # Only the first: a file that is indented with tabs has one in every line.
    if tab := "\t" in text and TAB.search(text):
        message = "this line is indented with a tab, whose width differs between readers"
        yield Fault(file, *_place(text, tab.end() - 1), message, "use spaces")
    if percent := "%" in text and DIRECTIVE.search(text):
        message = "a line that begins with `%` is a directive; directives are not supported"
        yield Fault(file, *_place(text, percent.start()), message, "delete it")
    if marker := any(sign * 7 in text for sign in "<|=>") and CONFLICT.search(text):
        message = f"the marker `{marker.group()[:7]}` of an unresolved merge conflict is here"
        yield Fault(file, *_place(text, marker.start()), message, "resolve the conflict, and delete its markers")


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
