"""The report after a run, for people (README.md) and programs (report.json): same state, same bytes. PURE."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from reconciler.decide.case import told_on
from reconciler.decide.forecast import foresee
from reconciler.model.config import Config
from reconciler.model.forecast import Coming
from reconciler.model.ledger import Cause
from reconciler.model.notice import Delivery, Plain, PlainData, Telling
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import INTENDED_HOLDS, Reason
from reconciler.publish.attention import Attention, attention_view
from reconciler.publish.coming import coming_data, next_days
from reconciler.publish.finished_run import FinishedRun, RowView
from reconciler.publish.views import decision_view

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

MEANINGS: Mapping[Verdict, str] = {
    Verdict.EXPIRED: "the task has ended; its file can be removed",
    Verdict.EXEMPT: "covered by an exemption",
    Verdict.UNSEEN: "AWS did not show it, so it is left alone",
    Verdict.REFUSED: "will not be done, for the reason given",
    Verdict.SATISFIED: "already as the task requires, or gone",
    Verdict.UNDERWAY: "AWS is still working on it",
    Verdict.SCHEDULED: "not due yet",
    Verdict.HELD: "due, but held back",
    Verdict.READY: "calls sent in the last run; the next run verifies the result",
}
README, REPORT = "README.md", "report.json"
COMING = 20  # rows under "Coming next"
# What changes by itself, or only a run needs.
NOT_REPORTED = {
    *("seen", "identity", "frozen_from", "undo_progress", "runs", "hold", "limit"),
    *("allowed_by", "title", "does", "manual"),
}


@dataclass(frozen=True)
class ReportRow:
    """One target as it stands after the run: what was decided, and why and when as a second run would say it.

    matter: why a person must look at it, "" if nobody must
    """

    decision: Decision
    reason: Reason
    why: str
    due: datetime | None
    matter: str


def report_files(run: FinishedRun, attention: Attention, delivery: Delivery, renderer: Renderer) -> dict[str, bytes]:
    """The files of the report, by path; DoorClosed if the template cannot be rendered."""
    decisions, forecast = _foreseen(run, delivery)
    rows = _report_rows(run, decisions, delivery)
    page = report_page(run.repository.config, rows, attention, len(delivery.deferred), forecast)
    return {README: renderer.text("report.md.j2", page).encode(), REPORT: report_json(rows)}


def report_rows(run: FinishedRun, delivery: Delivery) -> list[ReportRow]:
    """The rows of the report, in the plan's order, with what this run delivered and did included.

    Without that a second run in which nothing changed would write another report than the first.
    """
    return _report_rows(run, _foreseen(run, delivery)[0], delivery)


def report_json(rows: Iterable[ReportRow]) -> bytes:
    """report.json, version 1: the decisions as they stand after the run."""
    decisions = [_json_of(row) for row in rows]
    return (json.dumps({"version": 1, "decisions": decisions}, indent=1, sort_keys=True) + "\n").encode()


def report_page(
    config: Config, rows: Sequence[ReportRow], attention: Attention, deferred: int, forecast: Sequence[Coming] = ()
) -> PlainData:
    """What templates/report.md.j2 shows. `deferred`: how many issues wait for a later run."""
    counts = Counter(row.decision.verdict for row in rows)
    scheduled = [row for row in rows if row.decision.verdict is Verdict.SCHEDULED and row.due]
    return {
        "name": config.name,
        "deferred": deferred,
        "summary": [
            {"verdict": verdict.value, "count": counts[verdict], "meaning": MEANINGS[verdict]}
            for verdict in Verdict
            if counts[verdict]
        ],
        "matters": [_row_view(row) for row in rows if row.matter],
        "attention": attention_view(attention, config),
        **coming_data(next_days(forecast)),
        "coming": [_row_view(row) for row in sorted(scheduled, key=_when)[:COMING]],
        "accounts": [
            {"heading": _heading(config, account), "rows": [_row_view(row) for row in found]}
            for account, found in groupby(rows, key=lambda row: row.decision.account)
        ],
    }


def _foreseen(run: FinishedRun, delivery: Delivery) -> tuple[list[Decision], tuple[Coming, ...]]:
    """The decisions with the dates of which their teams know, and what comes on which day."""
    decisions = [row.decision.model_copy(update={"due": _due(row, delivery)}) for row in run.rows]
    day = run.plan.at.date()
    return foresee(decisions, run.repository.config, run.ledger.intended_on(day), run.plan.at)


def _due(row: RowView, delivery: Delivery) -> datetime | None:
    due, notice = row.decision.due, row.history.notice
    if row.telling is None or row.key in delivery.delivered:
        return due
    if row.telling.cause is None:
        return None  # it would move with the clock
    return max(notice.due, due or notice.due) if notice else due  # its team knows of no other


def _report_rows(run: FinishedRun, decisions: Iterable[Decision], delivery: Delivery) -> list[ReportRow]:
    return [_report_row(run, row, decision, delivery) for row, decision in zip(run.rows, decisions, strict=True)]


def _report_row(run: FinishedRun, row: RowView, decision: Decision, delivery: Delivery) -> ReportRow:
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
    matters = held or decision.verdict in (Verdict.UNSEEN, Verdict.REFUSED)
    return ReportRow(decision, reason, why, due, row.failure or (why if matters else ""))


def _once_told(row: RowView, telling: Telling, at: datetime) -> tuple[Reason, str]:
    """Reason and why as the next run says them."""
    decision, notice = row.decision, row.history.notice
    if telling.cause in (Cause.HELD, Cause.PAUSED) or decision.verdict is not Verdict.SCHEDULED:
        return decision.reason, decision.why
    later = telling.cause is Cause.POSTPONED and notice
    return Reason.TOLD, told_on(decision.team, notice.told_at if later and notice else at)


def _json_of(row: ReportRow) -> Mapping[str, object]:
    empty = {name for name in ("owners", "notes") if not getattr(row.decision, name)}
    dumped = row.decision.model_dump(mode="json", exclude=NOT_REPORTED | empty)
    return dumped | {"reason": row.reason.value, "why": row.why, "due": dumped["due"] if row.due else None}


def _row_view(row: ReportRow) -> dict[str, Plain]:
    return decision_view(row.decision) | {"why": row.why, "due": row.due, "matter": row.matter}


def _heading(config: Config, name: str) -> str:
    account = config.accounts.get(name)
    return f"{name} ({account.id}){'' if account.enforce else ', only watched'}" if account else name


def _when(row: ReportRow) -> tuple[str, str, str]:
    return (row.due.isoformat() if row.due else "", row.decision.task, row.decision.target)
