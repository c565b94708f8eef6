"""The tracker `github`: issues of this repository and of the teams' own, by few requests, and no more than agreed."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from reconciler.clients.github.account import edits_of
from reconciler.clients.github.issue_mapping import changed, has, read
from reconciler.clients.github.repository import AWAY, RepositoryApi, is_locked
from reconciler.errors import Locked, TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue
from reconciler.model.marker import key_in, said_in

REMEMBERED = timedelta(days=90)  # how long after its end an issue is looked for in the list of the closed ones
COLOR = "5319e7"


@dataclass
class GithubTracker:
    """A `Tracker`. `label` marks every issue of it.

    An issue is Krampus' own if the token's very account wrote it, it bears the label, and its body begins with the
    marker; or if it stands at a link of the ledger, and that account wrote it.
    """

    api: RepositoryApi
    label: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _has_the_mark: set[str] = field(default_factory=set, init=False)
    _closed: dict[str, dict[str, list[Issue]]] = field(default_factory=dict, init=False)

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """All that are open, by one request for each hundred."""
        return [issue for home in repositories for issue in self._list(home, state="open")]

    def all_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """All that there ever were, likewise: dear where there are many, and asked only of a branch that is blank."""
        return [issue for home in repositories for issue in self._list(home, state="all")]

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """What stands at the links, whatever the lists say; else those that were closed in the last 90 days."""
        self.api.must_have_writes(repository)
        found = [issue for link in dict.fromkeys(links) if (issue := self._at(repository, link))]
        there = [issue for issue in found if issue.own and issue.key in (key, "")]
        if there:
            return there
        if repository not in self._closed:
            since = f"{self.now - REMEMBERED:%Y-%m-%dT%H:%M:%SZ}"
            self._closed[repository] = _by_key(self._list(repository, state="closed", since=since))
        return self._closed[repository].get(key, [])

    def at(self, link: str) -> Issue | None:
        """The issue at a link, in whichever of the repositories; None if it is none's, or a pull request."""
        home = self._homes.get(f"{link.rpartition('/')[0]}/")
        return None if home is None else self._at(home, link)

    def told(self, issue: Issue) -> Set[str]:
        """What our own comments tell that have never been edited: Krampus itself edits none."""
        self.api.must_have_writes(issue.repository)
        me = self.api.account(issue.repository)
        with self.api.reading(issue.repository) as requests:
            comments = requests.comments(issue.number)
        whole = (one for one in comments if me.wrote(one) and one.updated_at == one.created_at)
        return frozenset().union(*(said_in(one.text) for one in whole))

    def is_untouched(self, issue: Issue) -> bool:
        """Whether only our own account has edited the text, by GitHub's record of the edits."""
        me = self.api.account(issue.repository)
        try:
            with self.api.reading(issue.repository) as requests:
                edits = edits_of(requests.requester, requests.name, issue.number)
        except TrackerRefused:
            return False
        if edits is None:
            return True
        editors = [edit.editor.databaseId if edit.editor else None for edit in edits.nodes]
        return edits.totalCount <= len(editors) and set(editors) <= {me.id}

    def create(self, draft: Draft) -> Issue:
        """Open one, by one request where the label that marks it is there, and make sure that the next run finds it."""
        home, labels = draft.repository, {self.label, *draft.labels}
        me = self.api.account(home)
        self._make_the_mark(home)
        with self.api.writing(home) as requests:
            made = requests.create(draft.title, draft.body, sorted(labels))
        issue = read(made, home, own=me.wrote(made))
        # Otherwise nobody would find it again, so that each run would open one more.
        if not issue.own:
            raise self._closed_again(issue, f"GitHub says that another than the token's account {me.login} opened it")
        if not has(issue.labels, self.label):
            why = (
                f"GitHub dropped the label `{self.label}` from a new issue, since the token may not write issues there"
            )
            raise self._closed_again(issue, why)
        return self._labelled(issue, labels)

    def edit(self, change: Edit) -> None:
        """Send what differs, if anything does."""
        issue, differing = change.issue, changed(change)
        if differing:
            with self.api.writing(issue.repository, issue.number) as requests:
                made = requests.edit(issue.number, differing)
            if "labels" in differing:
                self._labelled(read(made, issue.repository, own=issue.own), set(change.labels))

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment. A locked issue is unlocked for it, and locked again; Locked if it may not be."""
        try:
            self._comment(issue, body)
        except TrackerRefused as refused:
            if not is_locked(refused):
                raise
            self._comment_unlocked(issue, body)

    def link(self, issue: Issue) -> str:
        """The address of its page."""
        return f"{self._page(issue.repository)}{issue.number}"

    @cached_property
    def _homes(self) -> dict[str, str]:
        """Each repository by the address at which its issues are; this one by no name of its own."""
        return {self._page(home): home for home in sorted({"", *self.api.tokens.homes}, reverse=True)}

    def _page(self, home: str) -> str:
        return f"{self.api.tokens.around.site}/{self.api.tokens.named(home)}/issues/"

    def _list(self, home: str, **wanted: str) -> list[Issue]:
        with self.api.reading(home) as requests:
            shown = requests.listed(labels=self.label, **wanted)
        if shown:
            self._has_the_mark.add(home)
        marked = [
            one for one in shown if not one.pull_request and key_in(one.text) and has(one.label_names, self.label)
        ]
        if not marked:
            return []
        # Whoever may label can forge all of it but the author.
        me = self.api.account(home)
        return [read(one, home, own=True) for one in marked if me.wrote(one)]

    def _at(self, home: str, link: str) -> Issue | None:
        page, number = self._page(home), link.rpartition("/")[2]
        if link != f"{page}{number}" or not (number.isascii() and number.isdecimal() and int(number)):
            return None
        try:
            with self.api.reading(home) as requests:
                shown = requests.one(int(number))
        except TrackerRefused as refused:
            if refused.status in AWAY:
                return None
            raise
        return None if shown.pull_request else read(shown, home, own=self.api.account(home).wrote(shown))

    def _comment(self, issue: Issue, body: str) -> None:
        with self.api.writing(issue.repository, issue.number) as requests:
            requests.comment(issue.number, body)

    def _comment_unlocked(self, issue: Issue, body: str) -> None:
        home = issue.repository
        try:
            with self.api.reading(home) as requests:
                reason = requests.one(issue.number).active_lock_reason
            with self.api.reading(home) as requests:
                requests.unlock(issue.number)
        except TrackerRefused as refused:
            why = f"#{issue.number} is locked and may not be unlocked, so its team was not notified; unlock it"
            raise Locked(f"{self.api.tokens.named(home)}: {why} ({refused})", refused.status) from None
        try:
            self._comment(issue, body)
        finally:
            with self.api.reading(home) as requests:
                requests.lock(issue.number, reason)

    def _make_the_mark(self, home: str) -> None:
        """Make the label that marks an issue, unless it is there: without it an issue could not be found again."""
        if home in self._has_the_mark:
            return
        self.api.must_have_writes(home)
        with self.api.reading(home) as requests:
            there = self.label.lower() in requests.labels()
        if not there:
            with self.api.writing(home) as requests:
                requests.create_label(self.label, COLOR, "Krampus")
        self._has_the_mark.add(home)

    def _labelled(self, issue: Issue, wanted: set[str]) -> Issue:
        """The issue with these labels, as far as GitHub lets it have them.

        GitHub makes labels that are not there yet on the way, but does not promise it, and drops them without a word
        where it does not: then they are made, which no later issue there needs. That belongs to the change before it.
        """
        missing = sorted(label for label in wanted if not has(issue.labels, label))
        if not missing:
            return issue
        for label in missing:
            with self.api.reading(issue.repository) as requests:
                requests.create_label(label, COLOR, "Krampus")
        with self.api.reading(issue.repository) as requests:
            made = requests.edit(issue.number, {"labels": sorted({*issue.labels, *missing})})
        return read(made, issue.repository, own=issue.own)

    def _closed_again(self, issue: Issue, why: str) -> TrackerRefused:
        try:
            with self.api.writing(issue.repository, issue.number) as requests:
                requests.edit(issue.number, {"state": "closed"})
            left = "it was closed again"
        except TrackerRefused:
            left = f"close #{issue.number} by hand"
        return self.api.shut(issue.repository, f"{why}; {left}, and no more is opened there")


def _by_key(issues: Iterable[Issue]) -> dict[str, list[Issue]]:
    found: dict[str, list[Issue]] = {}
    for issue in issues:
        found.setdefault(issue.key, []).append(issue)
    return found
