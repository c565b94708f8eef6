"""What the configuration holds on purpose: watched accounts, the pause, and freezes by days and by the week. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from reconciler.model.config import Guardrails, WeeklyFreeze
from reconciler.model.fields import WEEKDAYS
from reconciler.model.task import Severity

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
PAUSED = "Krampus is paused"
MOST_SPANS = 500  # that follow one another without a gap: some years of weeks


def only_watched(account: str) -> str:
    """Why nothing is done in an account without `enforce`."""
    return f"{account} is only watched"


def frozen(guardrails: Guardrails, severity: Severity, now: datetime) -> str:
    """Why nothing of this severity is acted on at `now` (aware UTC), "" if no freeze stands."""
    for span in guardrails.freeze:
        if severity not in span.allow and span.start <= now.date() <= span.end:
            return f"frozen from {span.start} to {span.end}{_allowed(span.allow)}"
    for week in guardrails.weekly_freeze:
        if severity not in week.allow and _within(week, now):
            return f"frozen every week from {week.start} to {week.end} ({week.zone}){_allowed(week.allow)}"
    return ""


def thawed(guardrails: Guardrails, severity: Severity, at: datetime) -> datetime:
    """The first moment from `at` (aware UTC) on at which no freeze stands; `at` itself if none is known."""
    moment = at
    for _ in range(MOST_SPANS):
        ends = _ends(guardrails, severity, moment)
        if not ends:
            return moment
        moment = max(ends)
    return at


class Thaws:
    """`thawed` for many moments: a freeze is walked through once, if they are asked of in their order."""

    def __init__(self, guardrails: Guardrails) -> None:
        """`guardrails`: whose freezes count."""
        self._guardrails = guardrails
        self._spells: dict[Severity, tuple[datetime, datetime | None]] = {}

    def after(self, severity: Severity, moment: datetime) -> datetime | None:
        """The first moment from this one on at which no freeze stands; None if none is known."""
        if not (self._guardrails.freeze or self._guardrails.weekly_freeze):
            return moment
        begin, end = self._spells.get(severity, (moment, moment))
        if begin <= moment and (end is None or moment < end):
            return end
        at = thawed(self._guardrails, severity, moment)
        known = None if at == moment and frozen(self._guardrails, severity, moment) else at
        if known != moment:
            self._spells[severity] = (moment, known)
        return known

    def open_on(self, day: date, now: datetime) -> frozenset[Severity]:
        """The severities that no freeze holds for the whole of a UTC day, or what is left of it at `now`."""
        begin = max(datetime.combine(day, time(), tzinfo=UTC), now)
        found = ((severity, self.after(severity, begin)) for severity in SEVERITIES)
        return frozenset(severity for severity, at in found if at and at.date() == day)


def _ends(guardrails: Guardrails, severity: Severity, now: datetime) -> list[datetime]:
    """When the freezes that stand at `now` end."""
    spans = [
        datetime.combine(span.end + timedelta(days=1), time(), UTC)
        for span in guardrails.freeze
        if severity not in span.allow and span.start <= now.date() <= span.end
    ]
    weeks = [_next(week, now) for week in guardrails.weekly_freeze if severity not in week.allow and _within(week, now)]
    return spans + weeks


def _next(week: WeeklyFreeze, now: datetime) -> datetime:
    """When the weekly freeze ends next."""
    local = now.astimezone(ZoneInfo(week.zone))
    day, said = week.end.split(" ")
    ahead = (WEEKDAYS.index(day) - local.weekday()) % 7
    end = datetime.combine(local.date() + timedelta(days=ahead), time.fromisoformat(said), local.tzinfo)
    end = end if end.replace(tzinfo=None) > local.replace(tzinfo=None) else end + timedelta(days=7)
    return end.astimezone(UTC)


def _within(week: WeeklyFreeze, now: datetime) -> bool:
    # By the wall clock of the zone, so that an hour of summer time moves nothing.
    local = now.astimezone(ZoneInfo(week.zone))
    minute = (local.weekday() * 24 + local.hour) * 60 + local.minute
    start, end = _minute(week.start), _minute(week.end)
    return start <= minute < end if start < end else minute >= start or minute < end


def _minute(said: str) -> int:
    day, time = said.split(" ")
    hours, minutes = time.split(":")
    return (WEEKDAYS.index(day) * 24 + int(hours)) * 60 + int(minutes)


def _allowed(severities: Sequence[str]) -> str:
    return f", except {', '.join(severities)}" if severities else ""
