"""What the shards handed over, to one outcome a target; what none handed over is unknown, and never done. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.ledger import Histories
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.sighting import Problem, Trouble

NO_OUTCOME = "the job that was to do it handed over no outcome: whether it was done is unknown; the next run looks"


def gather(plan: Plan, handed: Iterable[Outcome], told: Histories) -> tuple[Outcome, ...]:
    """The outcomes, and one of trouble `unknown` for each target that is recorded as begun and that none speaks of."""
    # A shard that ran twice is stale the second time; what the first did is what became of it.
    found = {one.key: one for one in sorted(handed, key=lambda one: not one.stale)}
    problem = Problem(Trouble.UNKNOWN, NO_OUTCOME)
    for one in plan.ready:
        history = told.get(one.key)
        if one.key not in found and history and history.pending and history.pending.run == plan.run:
            # All calls may have been taken: an undo must know of each.
            found[one.key] = Outcome(task=one.task, target=one.target, sent=len(one.calls), problem=problem)
    return tuple(found.values())
