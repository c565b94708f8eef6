"""Limits that have held for more than a day: the operators are told of each once, whatever it holds by now. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.decide.freezes import thawed
from reconciler.ledger.history import NOTHING
from reconciler.model.config import Guardrails
from reconciler.model.forecast import in_words
from reconciler.model.ledger import Entry, Event, Histories
from reconciler.model.limit import Excess
from reconciler.model.notice import Delivered, News, NewsItem
from reconciler.model.plan import Decision, Plan
from reconciler.model.task import Key

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class StandingLimit:
    """A limit, what it holds, and since when; `news`: what the operators are told of it, None if nothing is new."""

    excess: Excess
    held: Sequence[Decision]
    since: datetime | None
    news: NewsItem | None


def standing_limit(
    excess: Excess, held: Sequence[Decision], guardrails: Guardrails, histories: Histories, now: datetime
) -> StandingLimit:
    """How long a limit has held these: since the first was due and no freeze held it."""
    since = min((thawed(guardrails, one.severity, one.due) for one in held if one.due), default=None)
    fresh = since and now - since > A_DAY and not any(_told(excess, one, histories) for one in held)
    return StandingLimit(excess, held, since, _news(excess, held, since) if since and fresh else None)


def standing_entries(
    plan: Plan, limits: Iterable[StandingLimit], histories: Histories, delivered: Delivered
) -> Iterator[Entry]:
    """`reminded` for each target of a limit of which the operators have been told, so that they are told once.

    What comes to them later, and is held with them, is marked in its turn.
    """
    for limit in limits:
        excess, held = limit.excess, limit.held
        unmarked = [one for one in held if not _told(excess, one, histories)]
        if len(unmarked) < len(held) or (limit.news and delivered_key(excess) in delivered):
            yield from (_reminded(plan, excess, one, histories) for one in unmarked)


def _news(excess: Excess, held: Sequence[Decision], since: datetime) -> NewsItem:
    """Its id is the same in each run while the same target is the first that it holds."""
    where = f"in {excess.account}" if excess.account else "in all accounts together"
    many = f"{len(held)} {'target' if len(held) == 1 else 'targets'}"
    message = (
        f"{excess.key} ({excess.limit}) has held {many} {where} since {in_words(since.date())}, and whatever comes to "
        "them is held too"
    )
    return NewsItem(_hex(_about(excess), since.isoformat()), News.STANDING, excess.key, message)


def _reminded(plan: Plan, excess: Excess, one: Decision, histories: Histories) -> Entry:
    return Entry(
        at=plan.at,
        run=plan.run,
        event=Event.REMINDED,
        task=one.task,
        target=one.target,
        account=one.account_id,
        action=one.action,
        detail=f"{excess.key} has held it for more than a day; the operators were notified",
        reminder=_reminder(excess, one, histories),
    )


def delivered_key(excess: Excess) -> Key:
    """What the operators have been told of once their issue is delivered."""
    return ("", _about(excess))


def _told(excess: Excess, decision: Decision, histories: Histories) -> bool:
    return _reminder(excess, decision, histories) in histories.get(decision.key, NOTHING).reminded


def _reminder(excess: Excess, decision: Decision, histories: Histories) -> str:
    """A target that is announced anew, and is then held again, is held by another hold."""
    notice = histories.get(decision.key, NOTHING).notice
    return _hex(_about(excess), notice.told_at.isoformat() if notice else "")


def _about(excess: Excess) -> str:
    return f"{excess.key}\0{excess.account_id}"


def _hex(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
