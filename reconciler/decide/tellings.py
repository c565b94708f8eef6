"""What each team is to be told in this run of what is to come: a first notice, and each change of it. PURE.

It goes by the time at which the teams are told, and not by the plan's: between the two there may be hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.due import again, due, sooner
from reconciler.ledger.history import NOTHING
from reconciler.ledger.standing import why_lapsed
from reconciler.model.config import Config
from reconciler.model.ledger import Cause, Histories, History, StandingNotice
from reconciler.model.notice import Telling
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.task import Key, Order

ENDED = (Verdict.EXPIRED, Verdict.EXEMPT)  # of which the ledger gets a line of its own, which ends the notice
NO_HOLD = (Reason.WATCHED, Reason.FROZEN)  # which no date is told of, or which only moves it


@dataclass(frozen=True)
class _Case:
    """One target. lapsed: why the notice of which the ledger tells counts no more; now: when its team is told."""

    decision: Decision
    order: Order
    history: History
    lapsed: Cause | None
    config: Config
    now: datetime

    @property
    def notice(self) -> StandingNotice | None:
        return None if self.lapsed else self.history.notice


def tellings(repository: Repository, plan: Plan, histories: Histories, now: datetime) -> dict[Key, Telling]:
    """(task, target) -> what its team is to be told, where there is anything."""
    found = {case.decision.key: _telling(case, plan.at) for case in _cases(repository, plan, histories, now)}
    return {key: telling for key, telling in found.items() if telling}


def lapses(repository: Repository, plan: Plan, histories: Histories) -> dict[Key, Cause]:
    """(task, target) -> why the notice of which the ledger tells counts no more, where that is news."""
    found = {}
    for case in _cases(repository, plan, histories, plan.at):
        if case.history.notice is None or case.decision.verdict in ENDED:
            continue
        refused = case.decision.verdict is Verdict.REFUSED and not case.decision.undo_progress
        untold = case.decision.reason is Reason.NOT_TOLD and case.history.notice.told_at < plan.at
        cause = case.lapsed or (Cause.REFUSED if refused else Cause.OLDER if untold else None)
        if cause:
            found[case.decision.key] = cause
    return found


def _cases(repository: Repository, plan: Plan, histories: Histories, now: datetime) -> Iterator[_Case]:
    orders = {order.key: order for order in repository.orders}
    config = repository.config
    for decision in plan.decisions:
        order = orders.get(decision.key)
        # By the number: an account may be called otherwise by now, and an order in another account is another order.
        if order and order.target.account_id == decision.account_id and order.team in config.teams:
            history, brought = histories.get(order.key, NOTHING), repository.brought.get(order.key)
            lapsed = why_lapsed(history, order, repository.exemptions_for(order), config, brought, plan.at)
            yield _Case(decision, order, history, lapsed, config, now)


def _telling(case: _Case, planned: datetime) -> Telling | None:
    if case.decision.undo_progress or not case.config.accounts[case.order.target.account].enforce:
        return None
    if case.decision.verdict is Verdict.SCHEDULED:
        return _scheduled(case, planned)
    if case.decision.verdict is Verdict.HELD:
        return _held(case)
    return None


def _scheduled(case: _Case, planned: datetime) -> Telling | None:
    notice, rails = case.notice, case.config.guardrails
    if notice is None or (case.decision.reason is Reason.NOT_TOLD and notice.told_at < planned):
        return _of(case, None, due(case.order, rails, None, case.now), case.now)
    if case.decision.reason is Reason.RELEASED:
        released = again(case.order, rails, case.now)
        return _of(case, Cause.RELEASED, released, notice.since) if notice.hold else None
    return _moved(case, notice)


def _moved(case: _Case, notice: StandingNotice) -> Telling | None:
    later = due(case.order, case.config.guardrails, notice, case.now)
    if later > notice.due:
        return _of(case, Cause.POSTPONED, later, notice.since)
    earlier = sooner(case.order, case.config.guardrails, notice, case.now)
    return _of(case, Cause.BROUGHT_FORWARD, earlier, notice.since) if earlier else None


def _held(case: _Case) -> Telling | None:
    notice, reason = case.notice, case.decision.reason
    if notice is None or notice.hold:
        return None
    later = due(case.order, case.config.guardrails, notice, case.now)
    if later > notice.due:
        return _of(case, Cause.POSTPONED, later, notice.since)
    if reason in NO_HOLD or case.now < notice.due:
        return None
    return _of(case, Cause.PAUSED if reason is Reason.PAUSED else Cause.HELD, notice.due, notice.since)


def _of(case: _Case, cause: Cause | None, due: datetime, since: datetime) -> Telling:
    return Telling(
        cause=cause,
        due=due,
        since=since,
        digest=case.order.notice,
        identity=case.decision.identity,
        tracker=case.config.issues.tracker,
        repository=case.config.teams[case.order.team].home,
    )


def told(found: Mapping[Key, Telling], decision: Decision) -> Decision:
    """The same decision with the date that its team is told in this run."""
    telling = found.get(decision.key)
    return decision.model_copy(update={"due": telling.due}) if telling else decision
