"""The port to a tracker of issues: what publishing asks of GitHub, or of a folder of files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from reconciler.model.issue import Draft, Edit, Issue


class Tracker(Protocol):
    """A place with issues in several repositories ("owner/name"; "" is the one that Krampus runs in).

    Every method raises TrackerRefused if the tracker did not do it, or may not have done it, and Deferred if only a
    later run will.
    """

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """The open issues of these repositories that Krampus wrote."""

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """The issues of a key that `open_issues` leaves out: closed ones, and those at links that the ledger holds.

        It may cost more requests than all else, so it is asked only before a change.
        """

    def comments(self, issue: Issue) -> list[str]:
        """The texts of an issue's comments, oldest first."""

    def create(self, draft: Draft) -> Issue:
        """Open a new issue; it has been delivered when this returns."""

    def edit(self, change: Edit) -> None:
        """Change an issue's title, text, labels and state."""

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment."""

    def link(self, issue: Issue) -> str:
        """Where the issue is, for the ledger: its address, or its path in the folder."""
