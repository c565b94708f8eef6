"""What libyaml cannot read: the mistakes that people make most in plain English, all others in libyaml's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.yamlio.characters import shown

NO_SPACE = re.compile(r"\s*(?:- )*(?!arn:)[A-Za-z_][\w-]*:(?=[^\s/:])")
SEPARATOR = re.compile(r":(?:\s|$)")


@dataclass(frozen=True)
class Snag:
    """Where libyaml stopped: its words, where it noticed the mistake, and where what it was reading begins.

    Places are (line, column), counted from 0.
    """

    lines: list[str]
    problem: str
    at: tuple[int, int]
    begin: tuple[int, int]


Answer = tuple[tuple[int, int], str, str]  # where the mistake is (from 0), what it is, and what to do about it


def explain(snag: Snag) -> Answer:
    """The mistake, if it is one of those below; else what libyaml says of it, where it says so."""
    answer = next((answer for words, answer in ANSWERS if any(word in snag.problem for word in words)), _unexplained)
    return answer(snag)


def _unexplained(snag: Snag) -> Answer:
    message = f"this cannot be read as YAML: {shown(snag.problem, 200)}"
    return snag.at, message, "put the value in quotes, or compare it with the examples in the documentation"


def _open_quote(snag: Snag) -> Answer:
    return snag.begin, "the quote that opens here is never closed", "close it on the same line, with the same quote"


def _colon(snag: Snag) -> Answer:
    """A colon too many; or the line above lacks its own, so that this one goes on with it."""
    line, column = snag.at
    if SEPARATOR.search(snag.lines[line][:column]):
        return snag.at, "a second `: ` in one line", "put the value in quotes, or what follows on lines of its own"
    above = next((number for number in range(line - 1, -1, -1) if snag.lines[number].strip()), None)
    if above is None:
        return _unexplained(snag)
    if not SEPARATOR.search(snag.lines[above]):
        return _no_colon(above, snag.lines[above])
    message = "this line reads as part of the value above, yet has a `: ` of its own"
    return (line, _indent(snag.lines[line])), message, "line it up with its neighbours; or close the quote above"


def _no_colon(line: int, text: str) -> Answer:
    if found := NO_SPACE.match(text):
        return (line, found.end()), "a space is missing after the colon", "write `key: value`"
    return (
        (line, _indent(text)),
        "this line has no `key: value`",
        "add the colon; if it is of the text above, indent it",
    )


def _no_key(snag: Snag) -> Answer:
    if snag.at[1] != _indent(snag.lines[snag.at[0]]):
        return snag.at, "text follows the end of the value", "put all of it in quotes, and close each on its own line"
    message = "here the next key or list item should begin, in line with those before it"
    return snag.at, message, "line it up with its neighbours, in spaces"


def _open_bracket(snag: Snag) -> Answer:
    bracket = snag.lines[snag.begin[0]][snag.begin[1] :][:1]
    message = f"the `{bracket}` that opens here is not closed, or a comma is missing in it"
    return snag.begin, message, f"close it with `{']' if bracket == '[' else '}'}`"


def _must_be_quoted(snag: Snag) -> Answer:
    sign = snag.lines[snag.begin[0]][snag.begin[1] :][:1]
    if sign == "\t":
        return snag.begin, "a tab stands where YAML wants spaces", "use spaces"
    return snag.begin, f"a value without quotes cannot begin with {shown(sign)}", "put it in quotes"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# The first that fits, by words of libyaml that the pure Python reader says alike.
ANSWERS: tuple[tuple[tuple[str, ...], Callable[[Snag], Answer]], ...] = (
    (("unexpected end of stream", "unexpected document"), _open_quote),
    (("mapping values are not allowed",), _colon),
    (("could not find expected ':'",), lambda snag: _no_colon(snag.begin[0], snag.lines[snag.begin[0]])),
    (("',' or",), _open_bracket),
    (("cannot start any token", "an alias", "an anchor"), _must_be_quoted),
    (("expected key", "'-' indicator", "<block end>"), _no_key),
)
