"""Whether a plan is what `plan` makes of its own sightings: all else comes from git and the ledger. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from reconciler.decide.limits import protecting
from reconciler.decide.looks import looks
from reconciler.decide.rules import decide, decide_order
from reconciler.decide.undo import undo, undoing
from reconciler.ledger.read import Ledger
from reconciler.model.plan import Decision, Plan
from reconciler.model.repository import Repository
from reconciler.model.sighting import NOT_LOOKED_AT, Live, Look, Sighting
from reconciler.model.streamed import pieces

# What a kind runs into whose facts are not as it observes them: a plan is a file, and anybody may have written it.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def why_not_of(repository: Repository, plan: Plan, ledger: Ledger) -> str:
    """Why the plan does not follow from these files, this ledger and its own sightings; "" if it does.

    repository: with the limits that a person raised for this run; ledger: as it was before this plan was recorded.
    InvalidInput if an undo is asked for that cannot be.
    """
    try:
        again = _again(repository, plan, ledger)
    except UNREADABLE:
        return f"it says of {_unreadable(repository, plan, ledger)} what no kind of resource shows"
    if isinstance(again, str):
        return again
    for said, decided in zip_longest(plan.decisions, again.decisions):
        if _text(said) != _text(decided):
            return _differs(said, decided)
    rest = [one.model_copy(update={"before": None, "decisions": ()}) for one in (plan, again)]
    same = all(said == decided for said, decided in zip_longest(*map(pieces, rest)))
    return "" if same else "its summary, its limits or its sightings are not those of its decisions"


def _again(repository: Repository, plan: Plan, ledger: Ledger) -> Plan | str:
    """The plan made once more; why it cannot be, if it says nothing of a target."""
    at, commit = plan.at, plan.repository.commit
    if plan.undo_request:
        work = undoing(repository, ledger, plan.undo_request, at)
        live = _live(plan, [look for looks in work.looks.values() for look in looks])
        return live if isinstance(live, str) else undo(work, repository.config, live, at, commit)
    live = _live(plan, looks(repository, ledger, at))
    return live if isinstance(live, str) else decide(repository, ledger, live, at, commit)


def _live(plan: Plan, looks: Iterable[Look]) -> Live | str:
    seen = {one.key: Sighting(one.resource, one.problem) for one in plan.sightings}
    live = {}
    for target in (look.target for look in looks):
        sighting = seen.get((target.arn, target.account))
        if sighting is None:
            return f"it does not say how {target.arn} was seen"
        live[target] = sighting
    return live


def _unreadable(repository: Repository, plan: Plan, ledger: Ledger) -> str:
    """The first target whose facts cannot be read."""
    orders = () if plan.undo_request else repository.orders
    live = _live(plan, () if plan.undo_request else looks(repository, ledger, plan.at))
    if isinstance(live, str):
        return "a target"
    covered = protecting(repository.config)
    for order in orders:
        try:
            decide_order(repository, order, ledger, live.get(order.target, NOT_LOOKED_AT), plan.at, covered)
        except UNREADABLE:
            return order.target.arn
    return "a target"


def _differs(said: Decision | None, decided: Decision | None) -> str:
    if said is None or decided is None:
        one = said or decided
        return f"{one.target if one else ''} is {'not ordered' if decided is None else 'missing'}"
    if said.key != decided.key:
        return f"it has {said.task}, {said.target} where {decided.task}, {decided.target} belongs"
    if said.verdict is not decided.verdict:
        return f"{said.target} is said to be {said.verdict}, but it is {decided.verdict}: {decided.why}"
    return f"what it says of {said.target} does not follow from the files, the ledger and what was seen"


def _text(decision: Decision | None) -> str:
    return decision.model_dump_json() if decision else ""
