"""What is due to shares that jobs send side by side: of even weight, and no account split over two. PURE."""

from __future__ import annotations

import re
from collections import Counter

from reconciler.model.plan import Decision, Plan

SAID = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")


def shards(plan: Plan, most: int) -> list[str]:
    """The shards that the plan needs, as "K/N": none if nothing is due, at most `most`, never more than accounts."""
    count = min(most, len({decision.account for decision in plan.ready}))
    return [f"{number}/{count}" for number in range(1, count + 1)]


def share(plan: Plan, number: int, count: int) -> tuple[Decision, ...]:
    """What shard `number` of `count` is to send; the shards of a count have each target that is due once."""
    weights = Counter[str]()
    for decision in plan.ready:
        weights[decision.account] += len(decision.calls)
    loads, mine = [0] * count, set()
    # The heaviest first, each to the lightest shard. Names decide where weights do not: each job finds the same.
    for account, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        lightest = min(range(count), key=lambda shard: (loads[shard], shard))
        loads[lightest] += weight
        if lightest == number - 1:
            mine.add(account)
    return tuple(decision for decision in plan.ready if decision.account in mine)


def parsed(said: str) -> tuple[int, int]:
    """(2, 8) for "2/8"; ValueError, for a person, if it is none."""
    match = SAID.fullmatch(said)
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"'{said}' is no shard; write K/N, for example 2/8")
    return number, count
