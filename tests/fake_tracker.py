"""A tracker in memory that keeps the port's promises, refuses on demand, and lets people do what people do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from reconciler.errors import TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue
from reconciler.model.marker import key_in, said_in

Write = tuple[str, str]


class Cut(BaseException):
    """The run is killed here: no code of ours catches it."""


@dataclass
class Fake:
    """`refuse` may say why a method (its name, and the repository or issue it is about) is refused.

    `cut_before`: the method before which the run is killed; `writes`: those that changed something, since last asked.
    """

    issues: dict[tuple[str, int], Issue] = field(default_factory=dict)
    said: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    refuse: Callable[[str, str], str] = lambda _method, _about: ""
    cut_before: str = ""
    writes: list[Write] = field(default_factory=list)

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """Newest first, as GitHub lists them."""
        wanted = list(repositories)
        for repository in wanted:
            self._do("open_issues", repository, note=False)
        found = [replace(one, key=key_in(one.body)) for one in self.issues.values() if one.repository in wanted]
        return sorted((one for one in found if one.key and one.open), key=lambda one: -one.number)

    def all_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """Open or closed."""
        wanted = list(repositories)
        return [one for one in self.issues.values() if one.repository in wanted and key_in(one.body)]

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """Closed, or at one of the links, newest first."""
        self._do("earlier", repository, note=False)
        known = set(links)
        found = [one for one in self.issues.values() if one.repository == repository and _key(one.body) == key]
        found = [one for one in found if not one.open or self.link(one) in known]
        return sorted((replace(one, key=key) for one in found), key=lambda one: -one.number)

    def at(self, link: str) -> Issue | None:
        """Whoever wrote it."""
        self._do("at", link, note=False)
        found = next((one for one in self.issues.values() if self.link(one) == link), None)
        return replace(found, key=key_in(found.body)) if found else None

    def told(self, issue: Issue) -> frozenset[str]:
        """By comments that nobody has edited."""
        self._do("told", issue.title, note=False)
        return frozenset().union(*(said_in(comment) for comment in self.said[_of(issue)]))

    def is_untouched(self, issue: Issue) -> bool:
        """As if nobody ever edited a text of it."""
        self._do("is_untouched", issue.title, note=False)
        return True

    def create(self, draft: Draft) -> Issue:
        """The next number of its repository."""
        self._do("create", draft.title)
        number = 1 + sum(one.repository == draft.repository for one in self.issues.values())
        issue = Issue(draft.repository, number, draft.title, draft.body, draft.labels, key=draft.key)
        self.issues[_of(issue)] = issue
        self.said[_of(issue)] = []
        return issue

    def edit(self, change: Edit) -> None:
        """All that the change says."""
        self._do("edit", change.title)
        before = self.issues[_of(change.issue)]
        after = replace(before, title=change.title, body=change.body, labels=change.labels, open=change.open)
        self.issues[_of(before)] = after

    def comment(self, issue: Issue, body: str) -> None:
        """After those that are there."""
        self._do("comment", issue.title)
        self.said[_of(issue)].append(body)

    def link(self, issue: Issue) -> str:
        """As GitHub writes it for short."""
        return f"{issue.repository}#{issue.number}"

    def people(self, number: int = 1, repository: str = "acme/website", **change: Any) -> None:
        """Somebody edits an issue by hand."""
        at = (repository, number)
        self.issues[at] = replace(self.issues[at], **change)

    def the(self, number: int = 1, repository: str = "acme/website") -> Issue:
        """An issue as it stands."""
        return self.issues[repository, number]

    def done(self) -> list[str]:
        """The names of the writes since this was last asked."""
        done = [name for name, _ in self.writes]
        self.writes.clear()
        return done

    def _do(self, method: str, about: str, note: bool = True) -> None:
        if method == self.cut_before:
            self.cut_before = ""
            raise Cut
        why = self.refuse(method, about)
        if why:
            raise TrackerRefused(why)
        if note:
            self.writes.append((method, about))


@lru_cache(maxsize=1 << 12)
def _key(body: str) -> str:
    """As `key_in`, looked for once in each text, or a look at all issues would cost more than what is tried on them."""
    return key_in(body)


def _of(issue: Issue) -> tuple[str, int]:
    return (issue.repository, issue.number)
