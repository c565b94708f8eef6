"""Validates a faulty document without its invalid parts, so that faults elsewhere are reported in the same run. PURE.

The result is never acted on: one fault stops every action.
"""

from __future__ import annotations

import copy
import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.load.annotations import choices_at
from reconciler.load.sentences import TRUTHS
from reconciler.model.meant import whole_number

ROUNDS = 6  # leaving out a key may make its parent invalid in turn
B = TypeVar("B", bound=BaseModel)
Path = tuple[str | int, ...]


def validate_partially(data: Any, model: type[B]) -> tuple[B | None, frozenset[Path]]:
    """The model of the valid parts, None if too little remains, and the paths that were left out."""
    data, gaps = copy.deepcopy(data), set[Path]()
    for _ in range(ROUNDS):
        try:
            return model.model_validate(data), frozenset(gaps)
        except ValidationError as error:
            # From the end, so that the indexes of lists stay valid.
            for detail in sorted(error.errors(include_url=False), key=lambda each: str(each["loc"]), reverse=True):
                path = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
                if detail["type"] == "too_short" and detail["input"]:
                    continue  # its members are faulty, and may be corrected
                if not path:
                    return None, frozenset(gaps)
                if not _corrected(data, path, detail, model):
                    gaps.add(path)
                    _leave_out(data, path)
    return None, frozenset(gaps)


def _corrected(data: Any, path: Path, detail: ErrorDetails, model: type[BaseModel]) -> bool:
    """Whether the value was corrected in `data`: a misspelt choice, or what has quotes too many or too few."""
    if detail["type"] == "literal_error":
        close = difflib.get_close_matches(str(detail["input"]), choices_at(model, path), n=1)
        return bool(close) and _put(data, path, close[0])
    meant = _meant(detail, path)
    return meant is not None and _put(data, path, meant)


def _meant(detail: ErrorDetails, path: Path) -> str | int | None:
    got = detail["input"]
    if detail["type"] == "int_type" and isinstance(got, str) and (number := whole_number(got)):
        return int(number)
    if detail["type"] == "bool_type" and isinstance(got, str) and (truth := TRUTHS.get(got.strip().lower())):
        return truth == "true"
    text = isinstance(got, int) and (path[-1:] == ("id",) or detail["type"] == "string_type")
    return str(got) if text else None


def _put(data: Any, path: Path, value: str | int) -> bool:
    parent = _at(data, path[:-1])
    if isinstance(parent, dict | list):
        parent[path[-1]] = value  # type: ignore[index]  # a path of what was read: each step is a key there
    return isinstance(parent, dict | list)


def _leave_out(data: Any, path: Path) -> None:
    parent, last = _at(data, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent.pop(last, None)
    elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
        del parent[last]


def _at(data: Any, path: Path) -> Any:
    for part in path:
        is_key = isinstance(data, dict) and part in data
        is_index = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not (is_key or is_index):
            return None
        data = data[part]
    return data
