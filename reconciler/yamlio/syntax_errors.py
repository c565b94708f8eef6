"""What libyaml cannot read, in plain English, and where the mistake is rather than where libyaml noticed it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.yamlio.characters import shown

Place = tuple[int, int]

NO_SPACE = re.compile(r"\s*(?:- )*(?!arn:)[A-Za-z_][\w-]*:(?=[^\s/:])")
SEPARATOR = re.compile(r":(?:\s|$)")
LONGEST_KEY = 1024  # libyaml's limit
BRACKETS = {"[": "]", "{": "}"}
BAD_INDENT = ("this line is indented unlike the lines that it belongs to", "line it up with its neighbours, in spaces")


@dataclass(frozen=True)
class Snag:
    """Where libyaml stopped: its words, its places (counted from 0), and the quoted text just before, if any."""

    lines: list[str]
    problem: str
    at: Place
    begin: Place
    quoted: tuple[Place, Place] | None

    @property
    def line(self) -> str:
        """The line on which libyaml stopped."""
        return self.lines[self.at[0]] if self.at[0] < len(self.lines) else ""

    @property
    def rest(self) -> str:
        """What of that line it had not read."""
        return self.line[self.at[1] :]


Answer = tuple[Place, str, str]


def explain(snag: Snag) -> Answer:
    """Where (counted from 0) the mistake is, what it is, and what to do about it."""
    for words, answer in ANSWERS:
        if any(word in snag.problem for word in words):
            return answer(snag)
    return (
        snag.at,
        f"this cannot be read as YAML: {shown(snag.problem)}",
        "compare it with the examples in the documentation",
    )


def _open_quote(snag: Snag) -> Answer:
    return snag.begin, "the quote that opens here is never closed", "close it on the same line, with the same quote"


def _escape(snag: Snag) -> Answer:
    message = "in double quotes a backslash begins an escape, and this is none that YAML knows"
    return snag.at, message, "use single quotes, or write the backslash twice"


def _second_colon(snag: Snag) -> Answer:
    """`mapping values are not allowed`: a colon too many, or a line that is wrong before its colon."""
    line, column = snag.at
    if late := _late_quote(snag):
        return late
    if column > LONGEST_KEY:
        return (line, _indent(snag.line)), f"a key of more than {LONGEST_KEY} characters", "shorten it"
    if SEPARATOR.search(snag.line[:column]):
        return snag.at, "a second `: ` in one line", "put the value in quotes, or what follows on lines of its own"
    above = next((number for number in range(line - 1, -1, -1) if snag.lines[number].strip()), None)
    if above is not None and (found := NO_SPACE.match(snag.lines[above])):
        return _missing_space((above, found.end()))
    if above is not None and _indent(snag.lines[above]) == _indent(snag.line):
        return _missing_colon((above, _indent(snag.lines[above])))
    message = "this line is indented like part of the value above, yet has a `: ` of its own"
    return (line, _indent(snag.line)), message, "line it up with its neighbours; or put the whole value in quotes"


def _no_colon(snag: Snag) -> Answer:
    """`could not find expected ':'`: a line without a colon among lines that have one."""
    text = snag.lines[snag.begin[0]] if snag.begin[0] < len(snag.lines) else ""
    found = NO_SPACE.match(text)
    return _missing_space((snag.begin[0], found.end())) if found else _missing_colon(snag.begin)


def _no_key(snag: Snag) -> Answer:
    """`did not find expected key`: something stands where the next `key: value`, or list item, should."""
    if late := _late_quote(snag):
        return late
    if snag.line[: snag.at[1]].rstrip().endswith(('"', "'")):
        message = "text follows the closing quote"
        return snag.at, message, "quote all of it; in single quotes, write a quote of the text itself twice"
    if snag.rest.startswith(("]", "}")):
        return snag.at, f"nothing is open that `{snag.rest[0]}` could close", "delete it, or open the bracket before it"
    if SEPARATOR.match(snag.rest):
        return snag.at, "no key stands before this colon", "write the key, or put the colon in quotes"
    if snag.at[1] != _indent(snag.line):
        return snag.at, "text follows the end of the value", "put the whole value in quotes"
    return snag.at, *BAD_INDENT


def _late_quote(snag: Snag) -> Answer | None:
    """A quote that was forgotten is closed by the opening one of a later line."""
    if not snag.quoted or not snag.quoted[0][0] < snag.quoted[1][0] == snag.at[0]:
        return None
    begin, end = snag.quoted
    message = f"the quote that opens here is closed only in line {end[0] + 1}, where more text follows"
    return begin, message, "close the quote where its text ends"


def _open_bracket(snag: Snag) -> Answer:
    bracket = snag.lines[snag.begin[0]][snag.begin[1]]
    close = BRACKETS.get(bracket, bracket)
    if snag.rest and snag.at[0] == snag.begin[0]:
        return snag.at, f"a comma, or the closing `{close}`, is missing before this", "separate the items with commas"
    if not snag.rest and snag.at[0] == len(snag.lines) - 1:
        return snag.begin, f"the `{bracket}` that opens here is never closed", f"close it with `{close}`"
    message = f"the `{bracket}` that opens here is not closed, or a comma is missing before line {snag.at[0] + 1}"
    return snag.begin, message, f"close it with `{close}`"


def _bad_start(snag: Snag) -> Answer:
    if snag.rest.startswith("\t"):
        return _tab(snag)
    return _must_be_quoted(snag)


def _must_be_quoted(snag: Snag) -> Answer:
    line, column = snag.begin
    return (
        snag.begin,
        f"a value without quotes cannot begin with {shown(snag.lines[line][column : column + 1])}",
        "put it in quotes",
    )


def _no_character(snag: Snag) -> Answer:
    return snag.at, "a tag or an escape after this names no character", "delete it, or put the text in single quotes"


def _tab(snag: Snag) -> Answer:
    return snag.at, "a tab stands where YAML wants spaces", "use spaces"


def _block_head(snag: Snag) -> Answer:
    return snag.at, "nothing may follow `|` or `>` on its line", "begin the text on the next line, indented"


def _list_on_line(snag: Snag) -> Answer:
    return (
        snag.at,
        "a list cannot begin on the line of its key",
        "begin it on the next line, or put the value in quotes",
    )


def _missing_value(snag: Snag) -> Answer:
    return snag.at, "a value is missing before this", "write it, or delete this; a text that begins so must be quoted"


def _after_the_end(snag: Snag) -> Answer:
    return (
        snag.at,
        "text stands after the end of the document",
        "one file is one document: give each line above a `key: value`, and delete any `...`",
    )


def _missing_space(place: Place) -> Answer:
    return place, "a space is missing after the colon", "write `key: value`"


def _missing_colon(place: Place) -> Answer:
    return place, "this line has no `key: value`", "add the colon; if it belongs to the text above, indent it"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# The first that fits. libyaml's words and, where they differ, those of the pure Python reader after them.
ANSWERS: tuple[tuple[tuple[str, ...], Callable[[Snag], Answer]], ...] = (
    (("unexpected end of stream", "unexpected document"), _open_quote),
    (("escape", "hexdecimal", "hexadecimal"), _escape),
    (("mapping values are not allowed",), _second_colon),
    (("found unexpected ':'",), lambda snag: _missing_space(snag.at)),
    (("could not find expected ':'",), _no_colon),
    (("',' or",), _open_bracket),
    (("cannot start any token",), _bad_start),
    (("found a tab",), _tab),
    (("an alias", "an anchor", "a tag", "tag handle", "mapping keys"), _must_be_quoted),
    (("codec", "chr()", "too large to convert"), _no_character),
    (("scanning a block scalar",), _block_head),
    (("sequence entries are not allowed",), _list_on_line),
    (("node content",), _missing_value),
    (("<document start>",), _after_the_end),
    (("expected key", "'-' indicator", "<block end>"), _no_key),
)
