"""What of a run's notices is not done, and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from reconciler.errors import Deferred, TrackerRefused
from reconciler.model.notice import Delivered, Delivery

NO_ISSUES = 410  # HTTP's status for a repository whose issues are switched off


@dataclass
class Undelivered:
    """What is not done: refused, deferred by what it is about, and the repositories that could not be read."""

    refused: list[str] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    unread: dict[str, TrackerRefused] = field(default_factory=dict)

    def ignore_issueless(self, needed: Collection[str]) -> None:
        """A repository that has no issues at all has none to close; it matters only if one is to stand there."""
        self.unread = {name: why for name, why in self.unread.items() if name in needed or why.status != NO_ISSUES}

    def add(self, about: str, why: TrackerRefused) -> None:
        """One thing that is left, and why."""
        if isinstance(why, Deferred):
            self.deferred.append(f"{about}: {why}")
        else:
            self.refused.append(str(why))

    def delivery(self, delivered: Delivered) -> Delivery:
        """What was delivered, with all that was not."""
        for name, why in self.unread.items():
            self.add(name or "this repository", why)
        return Delivery(delivered, tuple(self.refused), tuple(self.deferred))
