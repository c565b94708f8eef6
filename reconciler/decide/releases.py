"""What was held past its date is not done at once when the hold ends: its team has read that nothing is done. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from reconciler.decide.due import again
from reconciler.ledger.read import Ledger
from reconciler.model.ledger import StandingNotice
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository

LATE = timedelta(days=1)  # by which an announced date may have passed


def with_releases(
    decisions: Iterable[Decision], repository: Repository, ledger: Ledger, now: datetime
) -> list[Decision]:
    """The same decisions, with what is held no longer scheduled anew, unless a person waives the notice."""
    orders = {order.key: order for order in repository.orders}
    released: list[Decision] = []
    for decision in decisions:
        notice = ledger.history(decision.key).notice
        if decision.verdict is not Verdict.READY or notice is None or not _late(notice, now):
            released.append(decision)
            continue
        said: dict[str, object]
        override = repository.limit_override
        if override.without_notice:
            allowed = f"{decision.why}; " if decision.allowed_by else ""
            why = f"{allowed}without a new notice, by {override.by}: {override.without_notice}"
            said = {"reason": Reason.WAIVED, "why": why, "allowed_by": override.by}
        else:
            due = again(orders[decision.key], repository.config.guardrails, now)
            why = f"it was held past its date, {notice.due:%Y-%m-%d %H:%M} UTC, so {decision.team} is notified first"
            said = {"verdict": Verdict.SCHEDULED, "reason": Reason.RELEASED, "why": why, "due": due}
        released.append(decision.model_copy(update=said))
    return released


def _late(notice: StandingNotice, now: datetime) -> bool:
    return notice.hold is not None and now - notice.due > LATE
