"""How long an exemption may last: at most `max_exemption`, counted from when its file was last changed. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.model.repository import Repository


def too_long(repository: Repository, set_on: Mapping[str, datetime], now: datetime) -> Iterator[tuple[str, str, str]]:
    """(file, what is wrong, what to do) of each exemption that is still to end, and lasts too long.

    `set_on`: file -> when its commit came into force; a file that is missing there is being written just now.
    """
    longest = repository.config.guardrails.max_exemption
    for file, exemption in repository.exemptions.items():
        # A commit from the future would make it longer.
        since = min(set_on.get(file, now), now)
        lasts = exemption.expires - since.date()
        if exemption.end > now and lasts > longest:
            yield (
                file,
                f"it lasts {lasts.days} days from {since:%Y-%m-%d} on; guardrails.max_exemption is {longest.days}",
                f"write `expires: {since.date() + longest}` or earlier, and renew it when it ends",
            )
