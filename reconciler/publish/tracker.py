"""The port to a tracker of issues: what publishing asks of GitHub, or of a folder of files."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Protocol

from reconciler.model.issue import Draft, Edit, Issue


class Tracker(Protocol):
    """A place with issues in several repositories ("owner/name"; "" is the one that Krampus runs in).

    Every method raises TrackerRefused if the tracker did not do it, or may not have done it, and Deferred if only a
    later run will. Krampus' own is what the very account wrote by which this run writes.
    """

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """The open issues of these repositories that are Krampus' own."""

    def all_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """All issues of these repositories that are Krampus' own, open or closed, however old."""

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:
        """The own issues of a key that `open_issues` leaves out: closed ones, and those at links that the ledger holds.

        One at a link counts even if somebody has removed its marker.

        It may cost more requests than all else, so it is asked only before a change.
        """

    def at(self, link: str) -> Issue | None:
        """The issue at a link that the ledger holds, whoever wrote it; None if none is there, or none to be read."""

    def told(self, issue: Issue) -> Set[str]:
        """The ids of the news that an issue's own comments tell, as long as nobody has edited them."""

    def is_untouched(self, issue: Issue) -> bool:
        """Whether nobody else has ever edited the text of an own issue; False on any doubt."""

    def create(self, draft: Draft) -> Issue:
        """Open a new issue; it has been delivered when this returns."""

    def edit(self, change: Edit) -> None:
        """Change an issue's title, text, labels and state."""

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment; Locked if the issue takes none."""

    def link(self, issue: Issue) -> str:
        """Where the issue is, for the ledger: its address, or its path in the folder."""
