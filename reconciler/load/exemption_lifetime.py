"""Limits how long an exemption may last: `max_exemption`, counted from the last change of its file. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.model.repository import Repository


def too_long(repository: Repository, set_on: Mapping[str, datetime], now: datetime) -> Iterator[tuple[str, str, str]]:
    """(file, message, help) for each exemption that has not ended yet and lasts too long.

    `set_on`: file -> when its commit came into force; a file without an entry is not committed yet, and counts as now.
    """
    longest = repository.config.guardrails.max_exemption
    for file, exemption in repository.exemptions.items():
        # A commit dated in the future would extend it.
        since = min(set_on.get(file, now), now)
        duration = exemption.expires - since.date()
        if exemption.end > now and duration > longest:
            yield (
                file,
                f"it lasts {duration.days} days from {since:%Y-%m-%d}; guardrails.max_exemption is {longest.days} days",
                f"write `expires: {since.date() + longest}` or earlier, and renew it when it ends",
            )
