"""Plan to what the limits of the newest main let go: those that were lowered since hold what they would have. PURE."""

from __future__ import annotations

from reconciler.decide.limits import apply_limits
from reconciler.ledger.read import Ledger
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan, plan_of
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Trouble


def within_limits(repository: Repository, whole: Plan, share: Plan, ledger: Ledger) -> tuple[Plan, list[Outcome]]:
    """A share of a plan without what a limit holds now, and an outcome for each target that one does.

    whole: all that is due in this run, which counts towards the limits; ledger: as the plan knew it.
    """
    forward = [decision for decision in whole.ready if not decision.undo_progress]
    done = ledger.intended_on(whole.at.date())
    bounded = apply_limits(forward, repository.config, done, repository.limit_override)
    held = {decision.key: decision.why for decision in bounded if decision.over_limit}
    left = [
        Outcome(
            task=decision.task,
            target=decision.target,
            sent=0,
            problem=Problem(Trouble.STALE, f"it is no longer due: {held[decision.key]}"),
        )
        for decision in share.ready
        if decision.key in held
    ]
    kept = [decision for decision in share.decisions if decision.key not in held]
    return plan_of(share.at, share.repository.commit, kept, share.undo_request), left
