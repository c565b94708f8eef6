"""One target as the report shows it after a run, and in which order: what needs somebody first. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.case import told_on
from reconciler.decide.forecast import foresee
from reconciler.model.forecast import Coming
from reconciler.model.ledger import Cause
from reconciler.model.notice import Delivery, Plain, Telling
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import INTENDED_HOLDS, Reason
from reconciler.publish.finished_run import FinishedRun, RowView
from reconciler.publish.views import notes

RANK: Mapping[Verdict, int] = {
    verdict: rank
    for rank, verdict in enumerate(
        (
            *(Verdict.UNSEEN, Verdict.HELD, Verdict.REFUSED, Verdict.READY, Verdict.UNDERWAY, Verdict.SCHEDULED),
            *(Verdict.EXEMPT, Verdict.SATISFIED, Verdict.EXPIRED),
        )
    )
}
LAST = "9999"  # after every date


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One target as it stands after the run: what was decided, and why and when as a second run would say it.

    matters: whether a person must look at it
    """

    decision: Decision
    reason: Reason
    why: str
    due: datetime | None
    matters: bool

    @property
    def order(self) -> tuple[bool, int, str, str, str]:
        """To sort by: what needs somebody, then what is at work or due soonest, then what is settled. No clock."""
        one = self.decision
        return (not self.matters, RANK[one.verdict], self.due.isoformat() if self.due else LAST, one.task, one.target)


def report_rows(run: FinishedRun, delivery: Delivery) -> list[ReportRow]:
    """The rows of the report, in the plan's order, with what this run delivered and did included.

    Without that a second run in which nothing changed would write another report than the first.
    """
    return rows_and_forecast(run, delivery)[0]


def rows_and_forecast(run: FinishedRun, delivery: Delivery) -> tuple[list[ReportRow], tuple[Coming, ...]]:
    """The same, by the dates of which the teams know; and what comes on which day."""
    dated = [_dated(row, delivery) for row in run.rows]
    day = run.plan.at.date()
    decisions, forecast = foresee(dated, run.repository.config, run.ledger.intended_on(day), run.plan.at)
    return [_row(run, row, decision, delivery) for row, decision in zip(run.rows, decisions, strict=True)], forecast


def row_view(row: ReportRow) -> dict[str, Plain]:
    """A row for a template."""
    one = row.decision
    return {
        "task": one.task,
        "target": one.target,
        "account": one.account,
        "team": one.team,
        "action": one.action,
        "verdict": one.verdict.value,
        "why": row.why,
        "due": row.due,
        "held_then": one.held_then.value if one.held_then else "",
        "display_name": one.display_name,
        "notes": notes(one),
    }


def soonest(rows: Iterable[ReportRow], most: int) -> list[ReportRow]:
    """What is due next of what only waits for its date."""
    waiting = [row for row in rows if row.decision.verdict is Verdict.SCHEDULED and row.due]
    return sorted(waiting, key=lambda row: row.order[2:])[:most]


def _dated(row: RowView, delivery: Delivery) -> Decision:
    due = _due(row, delivery)
    return row.decision if due == row.decision.due else row.decision.model_copy(update={"due": due})


def _due(row: RowView, delivery: Delivery) -> datetime | None:
    due, notice = row.decision.due, row.history.notice
    if row.telling is None or row.key in delivery.delivered:
        return due
    if row.telling.cause is None:
        return None  # it would move with the clock
    return max(notice.due, due or notice.due) if notice else due  # its team knows of no other


def _row(run: FinishedRun, row: RowView, decision: Decision, delivery: Delivery) -> ReportRow:
    noticed, at = row.key in delivery.delivered, delivery.at
    reason, why, due = decision.reason, decision.why, decision.due
    if row.telling and noticed:
        reason, why = _once_told(row, row.telling, at or run.now)
    elif row.failure:
        reason, why = Reason.FAILED, f"failed: {row.failure}"
    elif row.skipped:
        reason, why = Reason.STALE, f"left alone: {row.skipped}"
    elif row.sent:
        reason, why = Reason.SENT, f"{'undone' if decision.undo_progress else 'done'}; the next run verifies it"
    held = decision.verdict is Verdict.HELD and decision.reason not in INTENDED_HOLDS
    matters = bool(row.failure) or held or decision.verdict in (Verdict.UNSEEN, Verdict.REFUSED)
    return ReportRow(decision, reason, why, due, matters)


def _once_told(row: RowView, telling: Telling, at: datetime) -> tuple[Reason, str]:
    """Reason and why as the next run says them."""
    decision, notice = row.decision, row.history.notice
    if telling.cause in (Cause.HELD, Cause.PAUSED) or decision.verdict is not Verdict.SCHEDULED:
        return decision.reason, decision.why
    later = telling.cause is Cause.POSTPONED and notice
    return Reason.TOLD, told_on(decision.team, notice.told_at if later and notice else at)
