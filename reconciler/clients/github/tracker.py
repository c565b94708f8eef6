"""The tracker `github`: issues of this repository and of the teams' own, by few requests, and no more than agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.clients.github.issue_mapping import author, body, changed, has, read
from reconciler.clients.github.repository import RepositoryApi
from reconciler.errors import TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue

REMEMBERED = timedelta(days=90)  # how long after its end an issue is looked for in the list of the closed ones
INVALID = 422
GONE = (301, 404, 410)  # moved, not to be seen, deleted
COLOR = "5319e7"


@dataclass
class GithubTracker:
    """A `Tracker`. `label` marks every issue of it.

    An issue is Krampus' own if an App or the token's own user wrote it, it bears the label, and its body begins with
    the marker.
    """

    api: RepositoryApi
    label: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _closed: dict[str, list[Issue]] = field(default_factory=dict, init=False)
    _labels: dict[str, set[str]] = field(default_factory=dict, init=False)

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """All that are open, by one request for each hundred."""
        return [issue for home in repositories for issue in self._list(home, state="open")]

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """What stands at the links, whatever the lists say; else those that were closed in the last 90 days."""
        self.api.must_have_writes()
        there = [issue for link in dict.fromkeys(links) if (issue := self._at(repository, link)) and issue.key == key]
        if there:
            return there
        if repository not in self._closed:
            self._closed[repository] = self._list(repository, state="closed", since=self.now - REMEMBERED)
        return [issue for issue in self._closed[repository] if issue.key == key]

    def comments(self, issue: Issue) -> list[str]:
        """The texts of an issue's comments, oldest first."""
        self.api.must_have_writes()
        with self.api.reading(issue.repository) as repository:
            return [body(comment) for comment in repository.get_issue(issue.number).get_comments()]

    def create(self, draft: Draft) -> Issue:
        """Open one, and make sure that the next run can find it."""
        home, labels = draft.repository, {self.label, *draft.labels}
        self._make_labels(home, labels)
        with self.api.writing(home) as repository:
            issue = read(repository.create_issue(draft.title, draft.body, labels=sorted(labels)), home)
        if not has(issue.labels, self.label):
            # Nobody would find it again, so that each run would open one more.
            raise self._closed_again(issue)
        return issue

    def edit(self, change: Edit) -> None:
        """Send what differs, if anything does."""
        issue, differing = change.issue, changed(change)
        if "labels" in differing:
            self._make_labels(issue.repository, {label for label in change.labels if not has(issue.labels, label)})
        if differing:
            with self.api.writing(issue.repository) as repository:
                repository.get_issue(issue.number).edit(**differing)

    def comment(self, issue: Issue, text: str) -> None:
        """Add a comment."""
        with self.api.writing(issue.repository) as repository:
            repository.get_issue(issue.number).create_comment(text)

    def link(self, issue: Issue) -> str:
        """The address of its page."""
        return f"{self._page(issue.repository)}{issue.number}"

    def _page(self, home: str) -> str:
        return f"{self.api.tokens.around.site}/{self.api.tokens.named(home)}/issues/"

    def _list(self, home: str, **wanted: Any) -> list[Issue]:
        with self.api.reading(home) as repository:
            # Oldest first: what is opened meanwhile moves nothing from one page to another.
            shown = repository.get_issues(labels=[self.label], sort="created", direction="asc", **wanted)
            found = [(read(issue, home), author(issue)) for issue in shown]
        # Whoever may label can forge all of it but the author.
        return [issue for issue, by in found if issue.key and has(issue.labels, self.label) and self._is_own(home, *by)]

    def _at(self, home: str, link: str) -> Issue | None:
        page, number = self._page(home), link.rpartition("/")[2]
        if link != f"{page}{number}" or not (number.isascii() and number.isdecimal()):
            return None
        try:
            with self.api.reading(home) as repository:
                shown = repository.get_issue(int(number))
                issue, by = read(shown, home), author(shown)
        except TrackerRefused as refused:
            if refused.status in GONE:
                return None
            raise
        return issue if self._is_own(home, *by) else None

    def _is_own(self, home: str, login: str, is_app: bool) -> bool:
        """Whether an App or the token's own user wrote it. The user's name is asked for only if it decides that."""
        return is_app or login == self.api.login(home)

    def _make_labels(self, home: str, wanted: set[str]) -> None:
        """Make those that are not there yet, with a colour of their own; somebody else may be quicker."""
        self.api.must_have_writes()
        if home not in self._labels:
            with self.api.reading(home) as repository:
                self._labels[home] = {label.name.lower() for label in repository.get_labels()}
        for label in sorted(name for name in wanted if name.lower() not in self._labels[home]):
            try:
                with self.api.writing(home) as repository:
                    repository.create_label(label, COLOR, "Krampus")
            except TrackerRefused as refused:
                if refused.status != INVALID:
                    raise
            self._labels[home].add(label.lower())

    def _closed_again(self, issue: Issue) -> TrackerRefused:
        try:
            with self.api.writing(issue.repository) as repository:
                repository.get_issue(issue.number).edit(state="closed")
            left = "it was closed again"
        except TrackerRefused:
            left = f"close #{issue.number} by hand"
        why = f"GitHub dropped the label `{self.label}` from a new issue, since the token may not write issues there"
        return self.api.shut(issue.repository, f"{why}; {left}, and no more is opened there")
