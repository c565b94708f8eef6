"""Reminders before an act: once for each of `guardrails.reminders`, in the later half of what is left. PURE."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.ledger.history import NOTHING
from reconciler.model.ledger import Histories, History
from reconciler.model.notice import Telling
from reconciler.model.plan import Plan, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.task import Key


def reminders(
    repository: Repository, plan: Plan, histories: Histories, told: dict[Key, Telling], now: datetime
) -> dict[Key, str]:
    """(task, target) -> the name of the reminder that its team is to be given now, where there is one.

    told: what teams are told in this run anyway, which is reminder enough
    """
    spans = sorted(repository.config.guardrails.reminders)
    found = {}
    for decision in plan.decisions:
        waits = decision.verdict is Verdict.SCHEDULED and decision.reason is Reason.TOLD
        if waits and decision.key not in told:
            name = _reminder(histories.get(decision.key, NOTHING), spans, now)
            if name:
                found[decision.key] = name
    return found


def _reminder(history: History, spans: list[timedelta], now: datetime) -> str:
    """The last one whose time has come; one that no run gave in time is not given late."""
    notice = history.notice
    if notice is None or now >= notice.due:
        return ""
    half = notice.told_at + (notice.due - notice.told_at) / 2
    for span in spans:
        if now >= max(notice.due - span, half):
            name = f"{notice.due:%Y-%m-%dT%H:%M:%SZ} -{int(span.total_seconds())}s"
            return "" if name in history.reminded else name
    return ""
