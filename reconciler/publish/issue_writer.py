"""Writes to a tracker what one notice asks for: news as a comment, then the issue itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.errors import Locked
from reconciler.model.issue import Draft, Issue
from reconciler.model.marker import opened_in
from reconciler.model.notice import News, NewsItem, Notice
from reconciler.publish.issue_diff import changes, closed
from reconciler.publish.issue_text import comment
from reconciler.publish.tracker import Tracker

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

MOST_NEWS = 500  # in a comment: all their ids stand on its first line, which must not be truncated


def _nothing() -> None:
    """What a run that has recorded its plan must do before it writes."""


@dataclass(frozen=True)
class IssueWriter:
    """A tracker, and what writing to it takes. Every method raises TrackerRefused as the tracker does.

    label: marks every issue of Krampus
    before_write: called before each write; what it raises ends the run's writing
    """

    tracker: Tracker
    renderer: Renderer
    label: str
    before_write: Callable[[], None] = _nothing

    def deliver(self, notice: Notice, draft: Draft, existing: list[Issue], links: Sequence[str]) -> Issue | None:
        """Make the tracker show a notice; its issue, None if none was needed.

        `existing`: the open issues of its key, oldest first; `links`: where the ledger says it was delivered before.
        News first: if the run ends between the two writes, the next run finds what has been said and says it once.
        Of an issue that takes no comments, the text is changed before Locked is raised: nobody was notified.
        """
        restored = any(item.news is News.RESTORED for item in notice.news)
        if not existing and (draft.open or restored):
            existing = by_age(self.tracker.earlier(notice.key, notice.repository, links))
        issue = existing[0] if existing else None
        locked: Locked | None = None
        if issue and (issue.open or notice.open or restored):
            try:
                self.say(issue, () if self._has_announced(issue, draft) else notice.news)
            except Locked as refused:
                locked = refused
        if issue:
            draft = replace(draft, opened=opened_in(issue.body))
        for change in changes(draft, existing, self.label):
            self.before_write()
            if isinstance(change, Draft):
                issue = self.tracker.create(change)
            else:
                self.tracker.edit(change)
        if locked:
            raise locked
        return issue

    def say(self, issue: Issue, news: Sequence[NewsItem]) -> None:
        """Comment on an issue with the news that none of its comments has said."""
        said: Set[str] = self.tracker.told(issue) if news else set()
        fresh = [item for item in news if item.id not in said]
        for first in range(0, len(fresh), MOST_NEWS):
            self.before_write()
            self.tracker.comment(issue, comment(fresh[first : first + MOST_NEWS], self.renderer))

    def _has_announced(self, issue: Issue, draft: Draft) -> bool:
        """Whether a run that ended right after it opened the issue announced the same news with it.

        Whoever may edit the text could say so in its marker, and thereby keep the news from the team.
        """
        said = bool(draft.opened) and issue.open and draft.opened == opened_in(issue.body)
        return said and self.tracker.is_untouched(issue)

    def close(self, issue: Issue) -> None:
        """Close an issue and leave its text."""
        self.before_write()
        self.tracker.edit(closed(issue))


def by_age(issues: Sequence[Issue]) -> list[Issue]:
    """Open ones first, and the oldest first among them."""
    return sorted(issues, key=lambda issue: (not issue.open, issue.number))
