"""Explains syntax errors of YAML: the most common mistakes in plain English, all others in libyaml's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.yamlio.characters import excerpt
from reconciler.yamlio.lookalikes import named

NO_SPACE = re.compile(r"\s*(?:- )*(?!arn:)[A-Za-z_][\w-]*:(?=[^\s/:])")
SEPARATOR = re.compile(r":(?:\s|$)")
COLONS = "\uff1a\ua789\u2236\u02d0\u02f8\ufe55"
BLANKS = "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
DASH = re.compile(r"-(?:\s|$)")


@dataclass(frozen=True)
class SyntaxProblem:
    """Where libyaml stopped: its message, where it noticed the mistake, and where the construct it was reading begins.

    Positions are (line, column), counted from 0. `bracket`: that of the last one that was opened and not closed.
    """

    lines: list[str]
    message: str
    at: tuple[int, int]
    begin: tuple[int, int]
    bracket: tuple[int, int] | None = None


# The position of the mistake (line and column, from 0), the message, and the help.
Explanation = tuple[tuple[int, int], str, str]


def explain(problem: SyntaxProblem) -> Explanation:
    """The mistake, if it is one of those below; else libyaml's own message and position."""
    explainer = next(
        (each for words, each in EXPLAINERS if any(word in problem.message for word in words)), _unexplained
    )
    return explainer(problem)


def _unexplained(problem: SyntaxProblem) -> Explanation:
    message = f"this cannot be read as YAML: {excerpt(problem.message, 200)}"
    return problem.at, message, "put the value in quotes, or compare it with the examples in the documentation"


def _open_quote(problem: SyntaxProblem) -> Explanation:
    return problem.begin, "the quote that opens here is never closed", "close it on the same line, with the same quote"


def _colon(problem: SyntaxProblem) -> Explanation:
    """A colon too many; or the line above lacks its own, so that this line is read as its continuation."""
    line, column = problem.at
    if SEPARATOR.search(problem.lines[line][:column]):
        return (
            problem.at,
            "a second `: ` on one line",
            "put the value in quotes, or write what follows on lines of its own",
        )
    above = next((number for number in range(line - 1, -1, -1) if problem.lines[number].strip()), None)
    if above is None:
        return _unexplained(problem)
    if not SEPARATOR.search(problem.lines[above]):
        return _no_colon(above, problem.lines[above])
    message = "this line is read as part of the value above, but contains `: `"
    return (line, _indent(problem.lines[line])), message, "align it with the lines around it, or close the quote above"


def _no_colon(line: int, text: str) -> Explanation:
    odd = next((at for at, character in enumerate(text) if character in COLONS or character in BLANKS), None)
    if odd is not None:
        right = "a colon" if text[odd] in COLONS else "a blank"
        message = f"{named(text[odd])} is here, which only looks like {right} or stands in its place"
        return (line, odd), message, "delete it, and type `key: value` on the keyboard"
    if found := NO_SPACE.match(text):
        return (line, found.end()), "a space is missing after the colon", "write `key: value`"
    return (
        (line, _indent(text)),
        "this line has no `key: value`",
        "add the colon; if it belongs to the text above, indent it",
    )


def _no_key(problem: SyntaxProblem) -> Explanation:
    if problem.at[1] != _indent(problem.lines[problem.at[0]]):
        return (
            problem.at,
            "text follows the end of the value",
            "put all of it in quotes, and close each quote on its own line",
        )
    message = "the next key or list item should begin here, aligned with those before it"
    return problem.at, message, "align it with the lines around it, using spaces"


def _open_bracket(problem: SyntaxProblem) -> Explanation:
    line, column = problem.bracket or problem.begin
    sign = problem.lines[line][column:][:1]
    message = f"the `{sign}` that opens here is not closed, or a comma is missing in it"
    return (line, column), message, f"close it with `{']' if sign == '[' else '}'}`"


def _nothing_in_bracket(problem: SyntaxProblem) -> Explanation:
    """What cannot stand in brackets: most often that is the end of the file, or a list of lines with dashes."""
    line, column = problem.at
    rest = problem.lines[line][column:]
    dash = DASH.match(rest)
    if problem.bracket is None or (rest.strip() and not dash):
        return _unexplained(problem)
    _, message, remedy = _open_bracket(problem)
    if dash:
        message = f"{message.partition(',')[0]}, and a line with a dash cannot stand in it"
        remedy = f"{remedy}, or take the bracket away"
    return problem.bracket, message, remedy


def _must_be_quoted(problem: SyntaxProblem) -> Explanation:
    sign = problem.lines[problem.begin[0]][problem.begin[1] :][:1]
    if sign == "\t":
        return problem.begin, "a tab is used where YAML requires spaces", "use spaces"
    return problem.begin, f"a value without quotes cannot begin with {excerpt(sign)}", "put it in quotes"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


# The first match counts. These words of libyaml's messages are also in those of the reader in pure Python.
EXPLAINERS: tuple[tuple[tuple[str, ...], Callable[[SyntaxProblem], Explanation]], ...] = (
    (("unexpected end of stream", "unexpected document"), _open_quote),
    (("mapping values are not allowed",), _colon),
    (("could not find expected ':'",), lambda problem: _no_colon(problem.begin[0], problem.lines[problem.begin[0]])),
    (("',' or",), _open_bracket),
    (("expected node content",), _nothing_in_bracket),
    (("cannot start any token", "an alias", "an anchor"), _must_be_quoted),
    (("expected key", "'-' indicator", "<block end>"), _no_key),
)
