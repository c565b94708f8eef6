"""A tracker that is written to only after the report branch has been won: two runs at once tell a team once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from reconciler.model.issue import Draft, Edit, Issue
from reconciler.publish.tracker import Tracker


@dataclass
class ClaimOnFirstWrite:
    """A `Tracker` that calls `claim` before its first change; what `claim` raises ends the telling."""

    tracker: Tracker
    claim: Callable[[], object]
    won: bool = field(default=False, init=False)

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """As the tracker has them."""
        return self.tracker.open_issues(repositories)

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """As the tracker has them."""
        return self.tracker.earlier(key, repository, links)

    def comments(self, issue: Issue) -> list[str]:
        """As the tracker has them."""
        return self.tracker.comments(issue)

    def link(self, issue: Issue) -> str:
        """As the tracker gives it."""
        return self.tracker.link(issue)

    def open(self, draft: Draft) -> Issue:
        """Open a new issue."""
        self._win()
        return self.tracker.open(draft)

    def edit(self, change: Edit) -> None:
        """Change an issue."""
        self._win()
        self.tracker.edit(change)

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment."""
        self._win()
        self.tracker.comment(issue, body)

    def _win(self) -> None:
        if not self.won:
            self.claim()
            self.won = True
