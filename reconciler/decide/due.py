"""When a target may be acted on: by the files as they are, and never before the date that its team was told. PURE.

All times are aware UTC. `notice` is the one that stands, None if none does: then as if it were given now.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.decide.freezes import thawed
from reconciler.model.config import Guardrails
from reconciler.model.ledger import StandingNotice
from reconciler.model.task import Order

TELLING = timedelta(hours=1)  # longer than a run may take to tell all teams; a shorter delay moves no date


def ripe(order: Order, rails: Guardrails, notice: StandingNotice | None, now: datetime) -> datetime:
    """The earliest moment by the files, freezes aside: grace, the floor of notice, and `after`."""
    floor = rails.floor(order.severity)
    since, told_at = (notice.since, notice.told_at) if notice else (now, now)
    return max(since + max(order.grace, floor), told_at + floor - TELLING, order.after or since)


def due(order: Order, rails: Guardrails, notice: StandingNotice | None, now: datetime) -> datetime:
    """The date: never earlier than it was told, and later if the files say so or a freeze has come in between."""
    asked = thawed(rails, order.severity, ripe(order, rails, notice, now))
    return max(asked, notice.due) if notice else asked


def sooner(order: Order, rails: Guardrails, notice: StandingNotice, now: datetime) -> datetime | None:
    """The earlier date that may be told now, the floor from now on included; None if the files ask for no earlier."""
    floor = rails.floor(order.severity)
    asked = max(notice.since + max(order.grace, floor), now + floor, order.after or now)
    date = thawed(rails, order.severity, asked)
    return date if date < notice.due else None


def again(order: Order, rails: Guardrails, now: datetime) -> datetime:
    """The date that is told of what was held past its own."""
    floor = rails.floor(order.severity)
    return thawed(rails, order.severity, max(now + floor, order.after or now))
