"""Plan to what still is as it was planned: a second look right before the deed. What changed is left alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from reconciler.decide.reversible import applied_calls
from reconciler.decide.rules import evaluate, make_case
from reconciler.decide.undo import undo, undoing
from reconciler.ledger.history import histories
from reconciler.model.ledger import Entry, History
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Trouble
from reconciler.model.task import Key
from reconciler.model.undo_request import UndoRequest
from reconciler.observe.named import Reader, observe

CHANGED = "it changed since it was planned; the next run plans anew"
UNORDERED = "no task asks for it any more"

Afresh = Mapping[Key, Decision | Problem]


def recheck(
    repository: Repository, plan: Plan, entries: Sequence[Entry], reader: Reader, now: datetime
) -> tuple[Plan, list[Outcome]]:
    """The plan of what is due still and looks as it did, and an outcome for each target that was due and is not.

    `entries`: the ledger as the plan knew it. What has changed is stale; what cannot be seen again has failed, since
    otherwise a role that may not look would go unnoticed. It never raises for AWS; InvalidInput if the task of an undo
    has come into force since.
    """
    if plan.undo_request:
        rechecked = _undone(repository, plan.undo_request, entries, reader, now)
    else:
        rechecked = _ordered(repository, {one.key for one in plan.ready}, entries, reader, now)
    kept, left = [], []
    for one in plan.ready:
        fresh = rechecked.get(one.key, Problem(Trouble.STALE, UNORDERED))
        problem = fresh if isinstance(fresh, Problem) else _differs(one, fresh)
        if problem is None:
            kept.append(one)
        else:
            left.append(Outcome(task=one.task, target=one.target, sent=0, problem=problem))
    return plan_of(plan.at, plan.repository.commit, kept, plan.undo_request), left


def _ordered(repository: Repository, due: Set[Key], entries: Sequence[Entry], reader: Reader, now: datetime) -> Afresh:
    """What the tasks ask for, decided anew."""
    orders = {order.key: order for order in repository.orders}
    asked = {key: orders[key] for key in due & orders.keys()}
    told, done = histories(entries), applied_calls(entries)
    live = observe([order.look for order in asked.values()], reader)
    rechecked: dict[Key, Decision | Problem] = {}
    for key, order in asked.items():
        sighting = live[order.look]
        case = make_case(repository, order, told.get(key, History()), sighting, now)
        rechecked[key] = _unseen(sighting.problem) if sighting.problem else evaluate(case, done.get(key))
    return rechecked


def _undone(
    repository: Repository, undo_request: UndoRequest, entries: Sequence[Entry], reader: Reader, now: datetime
) -> Afresh:
    """What the wish asks for, decided anew."""
    asked = undoing(repository, entries, undo_request, now)
    live = observe(asked.looks.values(), reader)
    rechecked: dict[Key, Decision | Problem] = {
        one.key: one for one in undo(asked, repository.config, live, now).decisions
    }
    for key, look in asked.looks.items():
        if problem := live[look].problem:
            rechecked[key] = _unseen(problem)
    return rechecked


def _unseen(problem: Problem) -> Problem:
    return Problem(problem.trouble, f"it could not be seen again right before the deed: {problem.message}")


def _differs(planned: Decision, fresh: Decision) -> Problem | None:
    if (fresh.seen, fresh.region) != (planned.seen, planned.region):
        return Problem(Trouble.STALE, CHANGED)
    if fresh.verdict is not Verdict.READY:
        return Problem(Trouble.STALE, f"it is not due any more: {fresh.why}")
    return None if fresh.calls == planned.calls else Problem(Trouble.STALE, CHANGED)
