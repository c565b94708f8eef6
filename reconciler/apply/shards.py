"""What is due to shards that jobs send side by side: of even weight, and no account split over two. PURE."""

from __future__ import annotations

from collections import Counter

from reconciler.model.plan import Decision, Plan
from reconciler.model.shard import Shard, spread


def shards(plan: Plan, most: int) -> list[str]:
    """The shards that the plan needs, as "K/N": none if nothing is due, at most `most`, never more than accounts."""
    count = min(most, len({decision.account for decision in plan.ready}))
    return [f"{number}/{count}" for number in range(1, count + 1)]


def share(plan: Plan, shard: Shard) -> tuple[Decision, ...]:
    """What the shard is to send; the shards of a count have each target that is due once."""
    weights = Counter[str]()
    for decision in plan.ready:
        weights[decision.account] += len(decision.calls)
    number, count = shard
    fallen = spread(weights, count)
    return tuple(decision for decision in plan.ready if fallen[decision.account] == number)
