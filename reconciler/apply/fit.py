"""Whether a plan, and what is said to have become of it, can be of this repository; else it is refused. PURE.

A plan is a file that one job hands to another, maybe from another commit: nothing in it is looked up before it is known
to be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.repository import Repository
from reconciler.model.sighting import Trouble
from reconciler.model.task import Key
from reconciler.resources.catalog import KINDS


def why_misfit(plan: Plan, repository: Repository) -> str:
    """What the plan speaks of that this repository does not have, for a person; "" if it has it all.

    An undo speaks of tasks that are gone, and what it leaves alone may be of an account or a kind that is gone, too.
    """
    return _unheard_of(plan) or _first(_misfits(decision, plan, repository) for decision in plan.decisions)


def why_untold(plan: Plan, repository: Repository) -> str:
    """The same for what is told of the plan: an account may be called otherwise by now, as its number tells.

    What may have been done is told whatever else has been removed since: it fitted when it was recorded.
    """
    gone = () if plan.ready else plan.decisions
    return _unheard_of(plan) or _first(
        _misfits(_called_now(decision, repository), plan, repository) for decision in gone
    )


def why_not_of(plan: Plan, outcomes: Iterable[Outcome]) -> str:
    """Which outcome cannot have come of this plan, for a person; "" if each can. Of one hand-over: no target twice."""
    calls = {decision.key: len(decision.calls) for decision in plan.ready}
    seen: set[Key] = set()
    for outcome in outcomes:
        name = f"{outcome.target} by {outcome.task}"
        if outcome.key not in calls:
            return f"{name} was not due in this plan"
        if outcome.key in seen:
            return f"it says twice what became of {name}"
        seen.add(outcome.key)
        if why := _contradiction(outcome, calls[outcome.key]):
            return f"{name}: {why}"
    return ""


def why_at_odds(outcomes: Sequence[Outcome]) -> str:
    """Of which target several hand-overs say different things, for a person; "" if of none.

    A shard that ran twice says the second time that nothing was sent.
    """
    first: dict[Key, Outcome] = {}
    for outcome in outcomes:
        if not outcome.stale and first.setdefault(outcome.key, outcome) != outcome:
            return f"the files say different things of {outcome.target} by {outcome.task}"
    return ""


def _first(found: Iterable[Iterator[str]]) -> str:
    return next((why for each in found for why in each), "")


def _unheard_of(plan: Plan) -> str:
    """What no repository has."""
    seen: set[Key] = set()
    for decision in plan.decisions:
        if decision.key in seen:
            return f"it says twice what becomes of {decision.target} by {decision.task}"
        seen.add(decision.key)
        kind = KINDS.get(decision.kind)
        if plan.undo_request and not decision.calls:
            continue
        if kind is None:
            return f"{decision.target}: Krampus does not know the kind '{decision.kind}'"
        if decision.action not in kind.verbs:
            return f"{decision.target}: an {kind.title} has no '{decision.action}'"
    return ""


def _called_now(decision: Decision, repository: Repository) -> Decision:
    name = repository.config.names.get(decision.account_id)
    return decision.model_copy(update={"account": name}) if name else decision


def _misfits(decision: Decision, plan: Plan, repository: Repository) -> Iterator[str]:
    if plan.undo_request and not decision.calls:
        return
    if why := _of_account(decision.account, decision.account_id, repository):
        yield f"{decision.target}: {why}"
    if decision.team not in repository.config.teams:
        yield f"{decision.target}: the team '{decision.team}' is not in krampus.yaml"
    if not plan.undo_request and decision.task not in repository.tasks:
        yield f"{decision.target}: there is no task '{decision.task}'"


def _of_account(name: str, number: str, repository: Repository) -> str:
    account = repository.config.accounts.get(name)
    if account and account.id == number:
        return ""
    today = repository.config.names.get(number)
    if today:
        return f"it calls the account {number} '{name}', and krampus.yaml calls it '{today}'"
    return f"the account '{name}' ({number}) is not in krampus.yaml"


def _contradiction(outcome: Outcome, calls: int) -> str:
    if outcome.sent > calls:
        return f"{outcome.sent} calls cannot have been sent, as it has {calls} in this plan"
    if outcome.problem is None and outcome.sent < calls:
        return f"nothing is said to have gone wrong, and {outcome.sent} of its {calls} calls to have been sent"
    if outcome.problem and outcome.problem.trouble is Trouble.STALE and outcome.sent:
        return f"it is said to have been left alone, and {outcome.sent} of its calls to have been sent"
    return ""
