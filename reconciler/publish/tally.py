"""How many targets of a team or an account stand how: one row of the report's overview. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.notice import Plain
from reconciler.model.plan import Verdict
from reconciler.publish.report_rows import ReportRow

AT_WORK = (Verdict.READY, Verdict.UNDERWAY)


@dataclass
class Tally:
    """Each target counts once: it needs somebody, is at work, waits for its date, is meant to be held, or is settled.

    soonest: when the first is due of those that only wait
    """

    matters: int = 0
    at_work: int = 0
    scheduled: int = 0
    held: int = 0
    settled: int = 0
    soonest: datetime | None = None

    @property
    def targets(self) -> int:
        """All of them."""
        return self.matters + self.at_work + self.scheduled + self.held + self.settled

    def add(self, row: ReportRow) -> None:
        """Count one more."""
        verdict = row.decision.verdict
        if row.matters:
            self.matters += 1
        elif verdict in AT_WORK:
            self.at_work += 1
        elif verdict is Verdict.SCHEDULED:
            self.scheduled += 1
            self.soonest = min(filter(None, (self.soonest, row.due)), default=None)
        elif verdict is Verdict.HELD:
            self.held += 1
        else:
            self.settled += 1

    def view(self) -> dict[str, Plain]:
        """For a template."""
        return {
            "targets": self.targets,
            "matters": self.matters,
            "at_work": self.at_work,
            "scheduled": self.scheduled,
            "held": self.held,
            "settled": self.settled,
            "soonest": self.soonest,
        }


def tally(rows: Iterable[ReportRow]) -> Tally:
    """Of these targets."""
    counted = Tally()
    for row in rows:
        counted.add(row)
    return counted
