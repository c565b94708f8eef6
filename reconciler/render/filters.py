"""The filters and tests that templates may use. No other is offered: what is here reaches no attribute and is bounded.

Those of Jinja that only choose, order and count are its own. Those that make text are made here, of plain values alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import NoneType
from typing import Any

from jinja2 import filters, tests
from jinja2.exceptions import SecurityError
from jinja2.runtime import Undefined
from jinja2.utils import htmlsafe_json_dumps

from reconciler.render.budget import LONGEST

CONVERSION = re.compile(r"%(.?)", re.DOTALL)
SCALARS = (str, int, float, date, NoneType)  # true and false are ints, a datetime is a date
Function = Callable[..., Any]
# Jinja's own, which choose, order, count and ask.
CHOOSING = frozenset(
    {
        *("count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items", "last", "length", "list"),
        *("map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"),
    }
)
ASKING = frozenset(
    {
        *("!=", "<", "<=", "==", ">", ">=", "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false"),
        *("float", "ge", "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan", "lt", "mapping", "ne"),
        *("none", "number", "odd", "sequence", "string", "true", "undefined"),
    }
)
_FILTERS: Any = filters.FILTERS  # Jinja calls their type no more than "function"
_TESTS: Any = tests.TESTS
TESTS: Mapping[str, Function] = {name: _TESTS[name] for name in ASKING}


def text(value: object) -> str:
    """A plain value as text. Raises SecurityError for a list, a mapping, a macro: their text could be without end."""
    if type(value) is str:
        return value
    if isinstance(value, (*SCALARS, Undefined)):
        return str(value)  # of what is undefined it raises what is wrong with it
    raise SecurityError(f"{type(value).__name__!r} is no text; write its parts, or use `join` or `tojson`")


def scalars(made: Any) -> Any:
    """A list, tuple or mapping that a template writes out; of plain values alone, so that none nests without end."""
    for value in (*made, *made.values()) if isinstance(made, dict) else made:
        text(value) if isinstance(value, Undefined) else None
        if not isinstance(value, SCALARS):
            raise SecurityError("a list or mapping that a template makes holds text, numbers and times alone")
    return made


def joined(values: Iterable[object], between: object = "") -> str:
    """Plain values as one text."""
    parts, separator = [text(value) for value in values], text(between)
    if sum(map(len, parts)) + len(separator) * len(parts) > LONGEST:
        raise SecurityError(f"it makes a text of more than {LONGEST:,} characters")
    return separator.join(parts)


def formatted(pattern: str, values: object) -> str:
    """`pattern % values`, of %s, %d and %% alone: a width could ask for any length."""
    handed = values if isinstance(values, tuple) else (values,)
    if any(kind not in "sd%" or not kind for kind in CONVERSION.findall(pattern)):
        raise SecurityError("text is formatted with %s, %d and %% alone")
    if len(pattern) + sum(len(text(value)) for value in handed) > LONGEST:
        raise SecurityError(f"it makes a text of more than {LONGEST:,} characters")
    return pattern % handed


def of_text(function: Callable[..., str]) -> Callable[..., str]:
    """The same function, which is handed the text of plain values and nothing else."""
    return lambda value, *more: function(text(value), *map(text, more))


def _join(values: Iterable[object], d: object = "") -> str:
    return joined(values, d)  # `d` is what Jinja calls it


def _tojson(value: object) -> str:
    return str(htmlsafe_json_dumps(_plain_json(value), sort_keys=True))


def _plain_json(value: object) -> object:
    if isinstance(value, dict):
        return {text(key): _plain_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_json(inner) for inner in value]
    return value if isinstance(value, int | float | NoneType) else text(value)


_TEXTS: dict[str, Function] = {
    "capitalize": of_text(str.capitalize),
    "join": _join,
    "lower": of_text(str.lower),
    "string": text,
    "title": of_text(str.title),
    "tojson": _tojson,
    "trim": of_text(str.strip),
    "upper": of_text(str.upper),
}
FILTERS: Mapping[str, Function] = {name: _FILTERS[name] for name in CHOOSING} | _TEXTS
