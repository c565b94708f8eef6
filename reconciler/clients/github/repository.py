"""PyGithub's repositories: each by its token, within the run's share of writes, and with errors that name it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.clients.github.api import login_of, repository, strict
from reconciler.clients.github.tokens import Tokens
from reconciler.errors import Deferred, TrackerRefused

if TYPE_CHECKING:
    from github.Repository import Repository

FORBIDDEN = 403  # HTTP's own


@dataclass
class RepositoryApi:
    """`writes`: how many changes this run may still make. A home is "owner/name", "" for the one that Krampus runs in.

    Once GitHub's limit would take too long to wait for, nothing more is asked with the same token.
    """

    tokens: Tokens
    writes: int
    _deferred: dict[str, Deferred] = field(default_factory=dict, init=False)
    _shut: dict[str, TrackerRefused] = field(default_factory=dict, init=False)
    _logins: dict[str, str] = field(default_factory=dict, init=False)

    @contextmanager
    def reading(self, home: str) -> Iterator[Repository]:
        """A repository to read from. TrackerRefused, with its name, for all that goes wrong within."""
        token_owner = self.tokens.token_owner(home)
        if token_owner in self._deferred:
            raise self._deferred[token_owner]
        try:
            with strict():
                yield repository(self.tokens.open(home), self.tokens.named(home))
        except Deferred as deferred:
            self._deferred[token_owner] = deferred
            raise
        except TrackerRefused as refused:
            raise TrackerRefused(f"{self.tokens.named(home)}: {refused}", refused.status) from None

    @contextmanager
    def writing(self, home: str) -> Iterator[Repository]:
        """A repository in which to make one change. Deferred if no changes are left; else as `reading`."""
        self.must_have_writes()
        if home in self._shut:
            raise self._shut[home]
        self.writes -= 1
        with self.reading(home) as repository:
            yield repository

    def must_have_writes(self) -> None:
        """Deferred if no changes are left: then what is read only for a change need not be read, either."""
        if self.writes <= 0:
            raise Deferred("this run has made all the changes to issues that it may (`issues.writes` in krampus.yaml)")

    def shut(self, home: str, why: str) -> TrackerRefused:
        """Write nothing there any more in this run; returns the error to raise."""
        self._shut[home] = TrackerRefused(f"{self.tokens.named(home)}: {why}")
        return self._shut[home]

    def login(self, home: str) -> str:
        """The name of the user that a home's token is of; "" for the token of a job or an App."""
        token_owner = self.tokens.token_owner(home)
        if token_owner not in self._logins:
            try:
                with self.reading(home):
                    self._logins[token_owner] = login_of(self.tokens.open(home))
            except TrackerRefused as refused:
                if refused.status != FORBIDDEN:
                    raise
                self._logins[token_owner] = ""
        return self._logins[token_owner]
