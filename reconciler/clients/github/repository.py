"""GitHub's repositories: each by its token, within the run's share of writes, and with errors that name it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconciler.clients.github.account import Account, account_of
from reconciler.clients.github.api import strict
from reconciler.clients.github.issue_requests import IssueRequests
from reconciler.clients.github.tokens import Tokens
from reconciler.errors import Deferred, TrackerRefused

FORBIDDEN = 403  # HTTP's own
CLOSED = (401, FORBIDDEN, 451)  # no write will be taken there, whichever
AWAY = (301, 404, 410)  # of one issue: that it is no more; of all else: that the repository takes none
# What GitHub lets one account create in an hour; at a change a second, no run comes to the 80 of a minute. A server
# without limits is given a pace of 0. Source: docs.github.com, "Rate limits for the REST API", secondary rate limits.
HOURLY = 500
FAILURES = 3  # writes that fail in a repository before no more are tried there


@dataclass
class RepositoryApi:
    """`writes`: how many changes this run may still make; `hourly`: by one token at most.

    A home is "owner/name", "" for the one that Krampus runs in.

    Once GitHub's limit would take too long to wait for, nothing more is asked with the same token. A repository that
    refuses writes is left alone for the rest of the run, and what it refused counts for nothing: it takes nothing from
    the others.
    """

    tokens: Tokens
    writes: int
    hourly: int = HOURLY
    _written: Counter[str] = field(default_factory=Counter, init=False)
    _deferred: dict[str, Deferred] = field(default_factory=dict, init=False)
    _shut: dict[str, TrackerRefused] = field(default_factory=dict, init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _accounts: dict[str, Account | TrackerRefused] = field(default_factory=dict, init=False)

    @contextmanager
    def reading(self, home: str) -> Iterator[IssueRequests]:
        """A repository to read from. TrackerRefused, with its name, for all that goes wrong within."""
        token_owner = self.tokens.token_owner(home)
        if token_owner in self._deferred:
            raise self._deferred[token_owner]
        try:
            with strict():
                yield IssueRequests(self.tokens.open(home), self.tokens.named(home))
        except Deferred as deferred:
            self._deferred[token_owner] = deferred
            raise
        except TrackerRefused as refused:
            raise TrackerRefused(f"{self.tokens.named(home)}: {refused}", refused.status) from None

    @contextmanager
    def writing(self, home: str, number: int = 0) -> Iterator[IssueRequests]:
        """A repository in which to make one change. Deferred if no changes are left; else as `reading`.

        `number`: of the issue that is to be changed, 0 if it is about none that is there.
        """
        self.must_have_writes(home)
        self.writes -= 1
        self._written[self.tokens.token_owner(home)] += 1
        try:
            with self.reading(home) as requests:
                yield requests
        except TrackerRefused as refused:
            self.writes += 1
            if not isinstance(refused, Deferred):
                self._note_failure(home, number, refused)
            raise

    def must_have_writes(self, home: str) -> None:
        """The refusal if the repository takes none, Deferred if no changes are left.

        What is read only for a change need then not be read, either.
        """
        if home in self._shut:
            raise self._shut[home]
        if self.writes <= 0:
            raise Deferred("this run has made all the changes to issues that it may (`issues.writes` in krampus.yaml)")
        if self.tokens.around.pace and self._written[self.tokens.token_owner(home)] >= self.hourly:
            raise Deferred(f"GitHub takes {self.hourly} changes an hour by one token, and this run has made them")

    def shut(self, home: str, why: str) -> TrackerRefused:
        """Write nothing there any more in this run; returns the error to raise."""
        self._shut[home] = TrackerRefused(f"{self.tokens.named(home)}: {why}")
        return self._shut[home]

    def account(self, home: str) -> Account:
        """Whose the token of a home is, asked once a run for each token. TrackerRefused if GitHub does not tell."""
        token_owner = self.tokens.token_owner(home)
        if token_owner not in self._accounts:
            try:
                with self.reading(home) as requests:
                    self._accounts[token_owner] = account_of(requests.requester, lambda: self.tokens.bot(home))
            except TrackerRefused as refused:
                self._accounts[token_owner] = refused
        found = self._accounts[token_owner]
        if isinstance(found, TrackerRefused):
            raise found
        return found

    def _note_failure(self, home: str, number: int, refused: TrackerRefused) -> None:
        self._failures[home] += 1
        whole = refused.status in CLOSED or (refused.status in AWAY and not number)
        if not is_locked(refused) and (whole or self._failures[home] >= FAILURES):
            self._shut[home] = refused


def is_locked(refused: TrackerRefused) -> bool:
    """Whether GitHub refused a comment since its issue is locked. It has no code of its own for that."""
    return refused.status == FORBIDDEN and " is locked" in str(refused).lower()
