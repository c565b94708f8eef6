"""The port to where teams are told. Its doors are `github`, `files` and `none`; each keeps the same few promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from reconciler.model.notice import Draft, Edit, Issue


class Tracker(Protocol):
    """A place with issues.

    Every method raises TrackerRefused if it was not done, for sure or perhaps; Deferred if only a later run does it.
    """

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """The open issues that Krampus wrote in these repositories ("" is this one)."""

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """The issues of a key that `standing` does not show: closed ones, and what the ledger says is at these links.

        Asked only before a change, for it may cost more than all else.
        """

    def comments(self, issue: Issue) -> list[str]:
        """The texts of an issue's comments, oldest first."""

    def open(self, draft: Draft) -> Issue:
        """Open a new issue; it has been delivered when this returns."""

    def edit(self, change: Edit) -> None:
        """Make an issue say and be what the change says."""

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment."""

    def link(self, issue: Issue) -> str:
        """Where the issue is, for the ledger."""
