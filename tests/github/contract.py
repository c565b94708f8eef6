"""Checks requests against GitHub's published description: nothing unknown, and no wrong value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from tests.github.trim import TARGET
from tests.github.wire import Request


class Contract:
    """Called with a request, it raises ValueError with what is wrong with it."""

    def __init__(self) -> None:
        self.operations: dict[str, dict[str, Any]] = json.loads(TARGET.read_text(encoding="utf-8"))["operations"]
        self._patterns: dict[str, re.Pattern[str]] = {
            name: re.compile(re.sub(r"\{(\w+)\}", _part, name)) for name in self.operations
        }

    def __call__(self, request: Request) -> None:
        """Check one request."""
        operation = self.operations[self._name(request)]
        query: Mapping[str, Any] = operation["query"]
        for name, value in request.query.items():
            if name not in query:
                raise ValueError(f"no query parameter `{name}`")
            _check(_typed(value, query[name].get("type")), query[name])
        if operation["body"]:
            _check(request.body or {}, operation["body"])
        elif request.body is not None:
            raise ValueError("it takes no body")

    def _name(self, request: Request) -> str:
        fitting: list[str] = [name for name, pattern in self._patterns.items() if pattern.fullmatch(request.line)]
        if not fitting:
            raise ValueError("no such operation, or not among those that Krampus is known to use")
        return min(fitting, key=_parts)


def _typed(value: str, kind: Any) -> Any:
    """A value of a query, in which all is text."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(value, value)
    return int(value) if kind == "integer" and value.isdecimal() else value


def _parts(name: str) -> int:
    return name.count("{")


def _part(name: re.Match[str]) -> str:
    return {"path": ".+", "ref": ".+", "branch": ".+"}.get(
        name[1], r"\d+" if name[1].endswith(("_number", "_id")) else "[^/]+"
    )


def _check(value: Any, schema: Mapping[str, Any]) -> None:
    for error in Draft202012Validator(schema).iter_errors(value):
        raise ValueError(f"{error.json_path}: {error.message[:200]}")
