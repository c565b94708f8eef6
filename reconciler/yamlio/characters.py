"""From the bytes of a file to its text, with every character found that hides, or that readers disagree about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from reconciler.errors import Fault

LARGEST = 5_000_000
# Who wrote this many needs no more of them; a binary file would fill the screen, and the memory.
MOST_FAULTS = 100

CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
BREAKS = "\x85\u2028\u2029"
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH = (
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Nearly every character is ASCII: looking for the others first is four times as fast.
HIDDEN = re.compile(f"[^\t\n -~](?<=[{CONTROL}{BREAKS}{BIDI}{ZERO_WIDTH}])")

TAB = re.compile(r"^ *\t", re.MULTILINE)
DIRECTIVE = re.compile(r"^%", re.MULTILINE)
CONFLICT = re.compile(r"^(?:(?:<{7}|>{7}|\|{7})(?: .*)?|={7})$", re.MULTILINE)

HIDDEN_HELP = "delete it; an editor that shows invisible characters finds it"
KINDS = (
    (
        re.compile(r"\r"),
        "a lone carriage return breaks the line for some readers only",
        "save the file with LF line ends",
    ),
    (re.compile(f"[{CONTROL}]"), "the control character {} stands here", HIDDEN_HELP),
    (re.compile(f"[{BREAKS}]"), "{} breaks the line for some readers only", "delete it, or begin a new line"),
    (re.compile(f"[{BIDI}]"), "{} can show text in another order than it is read", HIDDEN_HELP),
    (re.compile(f"[{ZERO_WIDTH}]"), "the invisible character {} stands here", HIDDEN_HELP),
)


def plain_text(file: str, raw: bytes) -> tuple[str | None, tuple[Fault, ...]]:
    """Bytes in; the text, or None where there is no use in reading on, and what is wrong with its characters out.

    Line ends come out as LF, and U+FFFD stands for each hidden character, so that columns still count.
    """
    if len(raw) > LARGEST:
        message = f"the file has {len(raw):,} bytes; {LARGEST:,} is the limit"
        return None, (Fault(file, 1, 1, message, "split it into several files"),)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or _wide(raw[:4]):
        return None, (Fault(file, 1, 1, "the file is encoded as UTF-16", "save it as UTF-8 without a byte order mark"),)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(file, raw, error.start),)
    text = text.replace("\r\n", "\n")
    faults = []
    if text.startswith("\ufeff"):
        faults.append(Fault(file, 1, 1, "the file begins with a byte order mark", "save it as UTF-8 without one"))
        text = text[1:]
    if HIDDEN.search(text):
        faults += _hidden(file, text)
        text = HIDDEN.sub("\ufffd", text)
    stops = tuple(_stops(file, text))
    return (None if stops else text), (*faults, *stops)


def shown(text: str, most: int = 40) -> str:
    """The text as a sentence may quote it: one line of `most` characters, nothing hidden."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in text[: most + 1])
    return f"{line[:most]}…" if len(line) > most else line


def _wide(start: bytes) -> bool:
    # Latin letters in UTF-16 have a NUL each, before or after; a stray NUL in UTF-8 has none beside it.
    return start[0::2] == b"\0\0" or start[1::2] == b"\0\0"


def _not_utf8(file: str, raw: bytes, at: int) -> Fault:
    begin = raw.rfind(b"\n", 0, at) + 1
    line, column = raw.count(b"\n", 0, at) + 1, len(raw[begin:at].decode("utf-8")) + 1
    return Fault(file, line, column, f"the byte 0x{raw[at]:02X} is not UTF-8", "save the file as UTF-8")


def _hidden(file: str, text: str) -> Iterator[Fault]:
    for match in islice(HIDDEN.finditer(text), MOST_FAULTS):
        found = match.group()
        message, remedy = next((message, remedy) for kind, message, remedy in KINDS if kind.match(found))
        name = f"U+{ord(found):04X} {unicodedata.name(found, '')}".rstrip()
        yield Fault(file, *_place(text, match.start()), message.format(name), remedy)


def _stops(file: str, text: str) -> Iterator[Fault]:
    # The first alone: a file that is indented with tabs has one in every line.
    if tab := "\t" in text and TAB.search(text):
        message = "a tab indents this line; how wide it is differs from reader to reader"
        yield Fault(file, *_place(text, tab.end() - 1), message, "use spaces")
    if percent := "%" in text and DIRECTIVE.search(text):
        message = "a line that begins with `%` is a directive, which our files do not take"
        yield Fault(file, *_place(text, percent.start()), message, "delete it")
    if mark := any(sign * 7 in text for sign in "<|=>") and CONFLICT.search(text):
        message = f"the mark `{mark.group()[:7]}` of an unresolved merge conflict stands here"
        yield Fault(file, *_place(text, mark.start()), message, "resolve the conflict, and delete its marks")


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
