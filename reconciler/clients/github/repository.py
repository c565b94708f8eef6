"""Requests about the issues of one repository: by its token, within the run's share of writes, errors that name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler.clients.github.api import ask, pages
from reconciler.clients.github.tokens import Tokens
from reconciler.errors import Deferred, TrackerRefused


@dataclass
class RepositoryApi:
    """`writes` are left in this run. Homes of one token rest together, once GitHub's limit takes too long to wait."""

    tokens: Tokens
    writes: int
    _resting: dict[str, Deferred] = field(default_factory=dict, init=False)
    _shut: dict[str, TrackerRefused] = field(default_factory=dict, init=False)

    def get(self, home: str, path: str) -> Any:
        """One thing of a repository; a path without a slash before it is not the repository's."""
        with self._named(home):
            return ask(self.tokens.open(home), "GET", self._path(home, path))[1]

    def list(self, home: str, path: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """All things of a list."""
        with self._named(home):
            yield from pages(self.tokens.open(home), self._path(home, path), parameters)

    def write(self, home: str, verb: str, path: str, body: Mapping[str, Any]) -> Any:
        """Change something."""
        self.must_have_writes()
        if home in self._shut:
            raise self._shut[home]
        self.writes -= 1
        with self._named(home):
            return ask(self.tokens.open(home), verb, self._path(home, path), body=body)[1]

    def must_have_writes(self) -> None:
        """Deferred if none are left: what is read for a change need not be read, either."""
        if self.writes <= 0:
            raise Deferred("this run has made all the changes to issues that it may (`issues.writes` in krampus.yaml)")

    def shut(self, home: str, why: str) -> TrackerRefused:
        """Write nothing there any more in this run; gives what to raise."""
        self._shut[home] = TrackerRefused(f"{self.tokens.named(home)}: {why}")
        return self._shut[home]

    def _path(self, home: str, path: str) -> str:
        return f"/repos/{self.tokens.named(home)}{path}" if path.startswith("/") else f"/{path}"

    @contextmanager
    def _named(self, home: str) -> Iterator[None]:
        token_owner = self.tokens.token_owner(home)
        if token_owner in self._resting:
            raise self._resting[token_owner]
        try:
            yield
        except Deferred as deferred:
            self._resting[token_owner] = deferred
            raise
        except TrackerRefused as refused:
            raise TrackerRefused(f"{self.tokens.named(home)}: {refused}", refused.status) from None
