"""JSON that differs from other JSON in one place: a value, an element of a list, a key."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

Place = tuple[str | int, ...]
HOW = ("another", "none", "one more")


def places(value: Any, above: Place = ()) -> list[Place]:
    """Where something stands in it, the whole excepted."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((*above, key), *places(value[key], (*above, key)))]


@st.composite
def one_place_changed(draw: st.DrawFn, before: dict[str, Any]) -> dict[str, Any]:
    """The same but for one place, in which another value stands, or nothing any more, or something more."""
    return changed_at(before, draw(st.sampled_from(places(before))), draw(st.sampled_from(HOW)))


def changed_at(before: dict[str, Any], place: Place, how: str) -> dict[str, Any]:
    """The same, but for this place."""
    after: dict[str, Any] = copy.deepcopy(before)
    *way, last = place
    around: Any = after
    for step in way:
        around = around[step]
    if how == "none":
        del around[last]
    elif how == "another" or not isinstance(around[last], (dict, list)):
        around[last] = _another(around[last])
    elif isinstance(around[last], dict):
        around[last]["one more"] = "x"
    else:
        around[last].append("one more")
    return after


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}x" if isinstance(value, str) else "something else"
