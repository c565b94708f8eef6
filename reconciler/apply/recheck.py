"""Plan to what still is as it was planned: a second look before the calls are sent. What changed is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.decide.limits import protecting
from reconciler.decide.looks import looks_for
from reconciler.decide.rules import decide_order
from reconciler.decide.undo import undo, undoing
from reconciler.ledger.read import Ledger
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.repository import Repository
from reconciler.model.sighting import NOT_LOOKED_AT, Problem, Trouble
from reconciler.model.task import Key
from reconciler.model.undo_request import UndoRequest
from reconciler.observe.named import Reader, observe

CHANGED = "it changed since it was planned; the next run plans again"
UNORDERED = "no task asks for it any longer"
# Of a decision: what is acted on, where and how, and how it looked. A plan file may have been altered.
SAME = ("seen", "account", "account_id", "region", "kind", "name", "action", "undo_progress")

UNLOOKED = (Verdict.EXPIRED, Verdict.EXEMPT)  # by the files alone, however it stands

Rechecked = Mapping[Key, Decision | Problem]


def recheck(
    repository: Repository, plan: Plan, ledger: Ledger, reader: Reader, now: datetime
) -> tuple[Plan, list[Outcome]]:
    """The plan of what is due still and looks as it did, and an outcome for each target that was due and is not.

    `ledger`: as the plan knew it. What has changed is stale; what cannot be seen again has failed, since otherwise a
    role that may not look would go unnoticed. It never raises for AWS; InvalidInput if the task of an undo has come
    into force since.
    """
    due = {decision.key: decision.account_id for decision in plan.ready}
    if plan.undo_request:
        rechecked = _rechecked_undo(repository, plan.undo_request, due, ledger, reader, now)
    else:
        rechecked = _rechecked_orders(repository, due, ledger, reader, now)
    kept, left = [], []
    for decision in plan.ready:
        fresh = rechecked.get(decision.key, Problem(Trouble.STALE, UNORDERED))
        problem = fresh if isinstance(fresh, Problem) else _differs(decision, fresh)
        if problem is None:
            kept.append(decision)
        else:
            left.append(Outcome(task=decision.task, target=decision.target, sent=0, problem=problem))
    return plan_of(plan.at, plan.repository.commit, kept, plan.undo_request), left


def _rechecked_orders(
    repository: Repository, due: Mapping[Key, str], ledger: Ledger, reader: Reader, now: datetime
) -> Rechecked:
    """What the tasks ask for, decided anew; what they ask for in another account by now is no longer asked for here."""
    orders = [order for order in repository.orders if due.get(order.key) == order.target.account_id]
    live = observe([look for order in orders for look in looks_for(order, repository, ledger, now)], reader)
    covered = protecting(repository.config)
    rechecked: dict[Key, Decision | Problem] = {}
    for order in orders:
        decision = decide_order(repository, order, ledger, live.get(order.target, NOT_LOOKED_AT), now, covered)
        problem = live[order.target].problem if decision.verdict is Verdict.UNSEEN else None
        rechecked[order.key] = _unseen(problem) if problem else decision
    return rechecked


def _rechecked_undo(  # noqa: PLR0913, PLR0917  all that the first look had, and what is due
    repository: Repository, request: UndoRequest, due: Mapping[Key, str], ledger: Ledger, reader: Reader, now: datetime
) -> Rechecked:
    """What is asked to be undone, decided anew."""
    work = undoing(repository, ledger, request, now)
    looks = {key: some for key, some in work.looks.items() if due.get(key) == some[0].target.account_id}
    work = replace(work, applied={key: calls for key, calls in work.applied.items() if key in due}, looks=looks)
    live = observe([look for some in looks.values() for look in some], reader)
    decisions = undo(work, repository.config, live, now).decisions
    rechecked: dict[Key, Decision | Problem] = {decision.key: decision for decision in decisions}
    for key, some in looks.items():
        if problem := live[some[0].target].problem:
            rechecked[key] = _unseen(problem)
    return rechecked


def _unseen(problem: Problem) -> Problem:
    return Problem(problem.trouble, f"it could not be observed again right before the act: {problem.message}")


def _differs(planned: Decision, fresh: Decision) -> Problem | None:
    if fresh.verdict in UNLOOKED and not fresh.undo_progress:
        return Problem(Trouble.STALE, f"it is no longer due: {fresh.why}")
    if any(getattr(fresh, field) != getattr(planned, field) for field in SAME):
        return Problem(Trouble.STALE, CHANGED)
    if fresh.verdict is not Verdict.READY:
        return Problem(Trouble.STALE, f"it is no longer due: {fresh.why}")
    return None if fresh.calls == planned.calls else Problem(Trouble.STALE, CHANGED)
