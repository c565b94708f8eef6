"""GitHub's expressions, as far as the workflows use them: what is not known is refused, and never guessed.

Names, functions and comparisons as GitHub documents them ("Evaluate expressions in workflows and actions").
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w-]*)|(?P<sign>&&|\|\||==|!=|!|\(|\)|\.|,))")
WHOLE = re.compile(r"\$\{\{(.*?)\}\}")
STATUS = re.compile(r"\b(always|success|failure|cancelled)\(")
# Contexts of which a name that nobody set is an empty text; in all others it is a mistake.
OPEN = ("vars", "secrets", "inputs", "outputs", "repository")


class Unknown(Exception):  # noqa: N818  what the harness says, and no error of ours
    """The harness does not know this, so it refuses to run it."""


@dataclass(frozen=True)
class Scope:
    """What an expression may speak of: the contexts, and how things stand, which success() and its like tell."""

    contexts: Mapping[str, Any]
    status: Mapping[str, bool] = field(default_factory=dict)

    def value(self, text: str) -> Any:
        """What one expression comes to."""
        reader = _Reader(_tokens(text), self)
        found = reader.either()
        if reader.rest:
            raise Unknown(text)
        return found

    def fill(self, text: str) -> str:
        """A text with its expressions filled in."""
        return WHOLE.sub(lambda match: _shown(self.value(match[1])), text)

    def holds(self, condition: str | None) -> bool:
        """Whether a step or a job runs: without a word of status, only if all before it went well."""
        text = (condition or "success()").strip()
        text = match[1] if (match := WHOLE.fullmatch(text)) else text
        if WHOLE.search(text):
            raise Unknown(text)
        return bool(self.value(text if STATUS.search(text) else f"success() && ({text})"))


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Unknown(text)
        found.append(match[match.lastgroup or 0])
        at = match.end()
    return found


@dataclass
class _Reader:
    rest: list[str]
    scope: Scope

    def either(self) -> Any:
        found = self.both()
        while self._next("||"):
            other = self.both()
            found = found or other
        return found

    def both(self) -> Any:
        found = self.equal()
        while self._next("&&"):
            other = self.equal()
            found = found and other
        return found

    def equal(self) -> Any:
        found = self.single()
        if self._next("=="):
            return _same(found, self.single())
        if self._next("!="):
            return not _same(found, self.single())
        return found

    def single(self) -> Any:
        if self._next("!"):
            return not self.single()
        if self._next("("):
            found = self.either()
            self._must(")")
            return found
        token = self.rest.pop(0) if self.rest else ""
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next("("):
            return self._called(token)
        return self._named(token)

    def _called(self, name: str) -> Any:
        if name in self.scope.status:
            self._must(")")
            return self.scope.status[name]
        if name == "fromJSON":
            argument = self.either()
            self._must(")")
            return json.loads(argument)
        if name == "format":
            return self._format()
        raise Unknown(f"{name}()")

    def _format(self) -> str:
        text = self.either()
        for number in itertools.count():
            if not self._next(","):
                self._must(")")
                return str(text)
            text = text.replace(f"{{{number}}}", _shown(self.either()))
        raise AssertionError

    def _named(self, name: str) -> Any:
        if name not in self.scope.contexts:
            raise Unknown(name)
        path, found = name, self.scope.contexts[name]
        while self._next("."):
            part = self.rest.pop(0)
            if not isinstance(found, Mapping) or (part not in found and path.rpartition(".")[2] not in OPEN):
                raise Unknown(f"{path}.{part}")
            path, found = f"{path}.{part}", found.get(part, "")
        return found

    def _next(self, sign: str) -> bool:
        if self.rest[:1] == [sign]:
            del self.rest[0]
            return True
        return False

    def _must(self, sign: str) -> None:
        if not self._next(sign):
            raise Unknown(f"no '{sign}' where it must be")


def _same(one: Any, other: Any) -> bool:
    """Texts are compared without regard to case."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if type(one) is not type(other):
        raise Unknown(f"comparing {one!r} with {other!r}")
    return bool(one == other)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise Unknown(f"{value!r} in a text")
