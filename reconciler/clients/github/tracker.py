"""The tracker `github`: issues of this repository and of the teams' own, by few requests, and no more than agreed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.clients.github.issue_json import author, changed, has, new, read
from reconciler.clients.github.repository import RepositoryApi
from reconciler.errors import TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue

REMEMBERED = timedelta(days=90)  # how long after its end an issue is looked for in the list of the closed ones
FORBIDDEN, INVALID = 403, 422
GONE = (301, 404, 410)  # moved, not to be seen, deleted
COLOR = "5319e7"


@dataclass
class GithubTracker:
    """A `Tracker`. `label` marks every issue of it.

    An issue is Krampus' own if an App or the token's own user wrote it, it bears the label, and its body begins with
    the marker.
    """

    wire: RepositoryApi
    label: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _closed: dict[str, list[Issue]] = field(default_factory=dict, init=False)
    _labels: dict[str, set[str]] = field(default_factory=dict, init=False)
    _logins: dict[str, str] = field(default_factory=dict, init=False)

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """The open ones, by one request for each hundred."""
        return [issue for home in repositories for issue in self._list(home, {"state": "open"})]

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """What stands at the links, whatever the lists say; else those that were closed in the last 90 days."""
        self.wire.must_have_writes()
        there = [issue for link in dict.fromkeys(links) if (issue := self._at(repository, link)) and issue.key == key]
        if there:
            return there
        if repository not in self._closed:
            since = f"{self.now - REMEMBERED:%Y-%m-%dT%H:%M:%SZ}"
            self._closed[repository] = list(self._list(repository, {"state": "closed", "since": since}))
        return [issue for issue in self._closed[repository] if issue.key == key]

    def comments(self, issue: Issue) -> list[str]:
        """Oldest first."""
        self.wire.must_have_writes()
        found = self.wire.list(issue.repository, f"/issues/{issue.number}/comments", {})
        return [str(one.get("body") or "").replace("\r\n", "\n") for one in found]

    def create(self, draft: Draft) -> Issue:
        """Opens one, and makes sure that the next run can find it."""
        home = draft.repository
        self._make_labels(home, {self.label, *draft.labels})
        issue = read(self.wire.write(home, "POST", "/issues", new(draft, self.label)), home)
        if not has(issue.labels, self.label):
            # Nobody would find it again, so that each run would open one more.
            raise self._closed_again(issue)
        return issue

    def edit(self, change: Edit) -> None:
        """Sends what differs."""
        issue, body = change.issue, changed(change)
        if "labels" in body:
            self._make_labels(issue.repository, {one for one in change.labels if not has(issue.labels, one)})
        if body:
            self.wire.write(issue.repository, "PATCH", f"/issues/{issue.number}", body)

    def comment(self, issue: Issue, body: str) -> None:
        """One more."""
        self.wire.write(issue.repository, "POST", f"/issues/{issue.number}/comments", {"body": body})

    def link(self, issue: Issue) -> str:
        """Its page."""
        return f"{self._page(issue.repository)}{issue.number}"

    def _page(self, home: str) -> str:
        return f"{self.wire.tokens.around.site}/{self.wire.tokens.named(home)}/issues/"

    def _list(self, home: str, wanted: Mapping[str, str]) -> Iterator[Issue]:
        # Oldest first: what is opened meanwhile moves nothing from one page to another.
        asked = {"labels": self.label, "sort": "created", "direction": "asc", **wanted}
        for data in self.wire.list(home, "/issues", asked):
            issue = read(data, home)
            if issue.key and has(issue.labels, self.label) and self._is_own(home, data):
                yield issue

    def _at(self, home: str, link: str) -> Issue | None:
        page, number = self._page(home), link.rpartition("/")[2]
        if link != f"{page}{number}" or not (number.isascii() and number.isdecimal()):
            return None
        try:
            data = self.wire.get(home, f"/issues/{number}")
        except TrackerRefused as refused:
            if refused.status in GONE:
                return None
            raise
        return read(data, home) if self._is_own(home, data) else None

    def _is_own(self, home: str, data: Mapping[str, Any]) -> bool:
        """Whoever may label can forge all of it but the author."""
        login, is_app = author(data)
        return is_app or login == self._login(home)

    def _login(self, home: str) -> str:
        """The name of the token's user, asked only if an issue is not an App's; an App itself has none."""
        token_owner = self.wire.tokens.token_owner(home)
        if token_owner not in self._logins:
            try:
                self._logins[token_owner] = str(self.wire.get(home, "user")["login"])
            except TrackerRefused as refused:
                if refused.status != FORBIDDEN:
                    raise
                self._logins[token_owner] = ""
        return self._logins[token_owner]

    def _make_labels(self, home: str, wanted: set[str]) -> None:
        """Those that are not there yet, with a colour of their own; somebody else may be quicker."""
        self.wire.must_have_writes()
        if home not in self._labels:
            self._labels[home] = {str(one["name"]).lower() for one in self.wire.list(home, "/labels", {})}
        for label in sorted(one for one in wanted if one.lower() not in self._labels[home]):
            try:
                self.wire.write(home, "POST", "/labels", {"name": label, "color": COLOR, "description": "Krampus"})
            except TrackerRefused as refused:
                if refused.status != INVALID:
                    raise
            self._labels[home].add(label.lower())

    def _closed_again(self, issue: Issue) -> TrackerRefused:
        try:
            self.wire.write(issue.repository, "PATCH", f"/issues/{issue.number}", {"state": "closed"})
            left = "it was closed again"
        except TrackerRefused:
            left = f"close #{issue.number} by hand"
        why = f"GitHub dropped the label `{self.label}` from a new issue, since the token may not write issues there"
        return self.wire.shut(issue.repository, f"{why}; {left}, and no more is opened there")
