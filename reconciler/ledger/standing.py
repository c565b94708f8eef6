"""Whether a notice still counts: what its team was told must be what would be done now, and where it looks. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reconciler.ledger.times import SKEW
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Cause, History, StandingNotice
from reconciler.model.task import Order


def why_lapsed(  # noqa: PLR0913, PLR0917  all that can end a notice
    history: History,
    order: Order,
    exemptions: Iterable[Exemption],
    config: Config,
    brought: datetime | None,
    now: datetime,
) -> Cause | None:
    """Why the notice of which the ledger tells counts no more, None if it does, or if there is none.

    exemptions: those that speak of the target, in force or not
    brought: when the order came to main (UTC), None if git was not asked; nobody can have been told of it before
    """
    notice = history.notice
    if notice is None:
        return None
    where = (config.issues.tracker, config.teams[order.team].home)
    ends = {
        Cause.WATCHED: not config.accounts[order.target.account].enforce,
        Cause.ALTERED: notice.digest != order.notice,
        Cause.MOVED: (notice.tracker, notice.repository) != where,
        Cause.OLDER: brought is not None and notice.told_at < brought - SKEW,
        # From the moment at which grace counts: the telling may have gone on until an exemption had ended.
        Cause.UNSPARED: any(notice.since < exemption.end <= now for exemption in exemptions),
        Cause.PAUSED: _paused_for_long(notice, order, config, now),
    }
    return next((cause for cause, ended in ends.items() if ended), None)


def _paused_for_long(notice: StandingNotice, order: Order, config: Config, now: datetime) -> bool:
    if config.paused or notice.hold is not Cause.PAUSED or notice.held_at is None:
        return False
    return now - notice.held_at > max(order.grace, config.guardrails.floor(order.severity))


def standing_notice(  # noqa: PLR0913, PLR0917  likewise
    history: History,
    order: Order,
    exemptions: Iterable[Exemption],
    config: Config,
    brought: datetime | None,
    now: datetime,
) -> StandingNotice | None:
    """The notice that counts; None if none does."""
    return None if why_lapsed(history, order, exemptions, config, brought, now) else history.notice
