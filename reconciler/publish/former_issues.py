"""Issues that no list shows: somebody took the label off, or Krampus wrote them as another account than now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.errors import TrackerRefused
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.undelivered import Undelivered


@dataclass
class FormerIssues:
    """Links of the ledger at which one may still stand open. known: the links of which all is known.

    A link is looked at once: when what it is about ends, or when another issue takes its place.
    """

    known: set[str]
    suspects: dict[str, None] = field(default_factory=dict)

    def suspect(self, links: Iterable[str]) -> None:
        """Look at these."""
        self.suspects |= dict.fromkeys(links)

    def spare(self, links: Iterable[str]) -> None:
        """Leave these alone: one of them is an issue of now, or what should become of them is not known."""
        self.known |= set(links)

    def close(self, writer: IssueWriter, prefix: str, undelivered: Undelivered) -> None:
        """Close what stands open there: of others' issues, only what bears this installation's marker, by its prefix.

        The ledger says that Krampus wrote it, and its marker may only spare it.
        """
        for link in self.suspects:
            if link in self.known:
                continue
            try:
                issue = writer.tracker.at(link)
                if issue and issue.open and (issue.key.startswith(prefix) or (issue.own and not issue.key)):
                    writer.close(issue)
            except TrackerRefused as refused:
                undelivered.add(link, refused)
