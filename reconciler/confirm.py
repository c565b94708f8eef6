"""Plan to what still is as it was planned: a second look right before the deed. What changed is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconciler.decide import decided, laid_out
from reconciler.history import histories
from reconciler.made import made
from reconciler.model.ledger import Entry, History
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict, lay_out
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Trouble
from reconciler.observe import Eyes, observe

CHANGED = "it changed since it was planned; the next run plans anew"
UNORDERED = "no task asks for it any more"


def confirm(
    repository: Repository, plan: Plan, entries: Sequence[Entry], eyes: Eyes, now: datetime
) -> tuple[Plan, list[Outcome]]:
    """The plan of what is due still and looks as it did, and an outcome for each target that was due and is not.

    `entries`: the ledger as the plan knew it. What has changed is stale; what cannot be seen again has failed, since
    otherwise a role that may not look would go unnoticed. It never raises for AWS.
    """
    orders = {(order.task, order.target.arn): order for order in repository.orders}
    told, done = histories(entries), made(entries)
    live = observe((orders[one.key] for one in plan.ready if one.key in orders), eyes)
    kept, left = [], []
    for one in plan.ready:
        order = orders.get(one.key)
        if order is None:
            problem: Problem | None = Problem(Trouble.STALE, UNORDERED)
        else:
            sighting = live[order.target, order.action]
            case = laid_out(repository, order, told.get(one.key, History()), sighting, now)
            fresh = decided(case, done.get(one.key))
            problem = _unseen(sighting.problem) if sighting.problem else _differs(one, fresh)
        if problem is None:
            kept.append(one)
        else:
            left.append(Outcome(task=one.task, target=one.target, sent=0, problem=problem))
    return lay_out(plan.at, plan.repository.commit, kept), left


def _unseen(problem: Problem) -> Problem:
    return Problem(problem.trouble, f"it could not be seen again right before the deed: {problem.says}")


def _differs(planned: Decision, fresh: Decision) -> Problem | None:
    if (fresh.seen, fresh.region) != (planned.seen, planned.region):
        return Problem(Trouble.STALE, CHANGED)
    if fresh.verdict is not Verdict.READY:
        return Problem(Trouble.STALE, f"it is not due any more: {fresh.why}")
    return None if fresh.calls == planned.calls else Problem(Trouble.STALE, CHANGED)
