"""Accounts to shards that jobs look at side by side, and what they saw back to one. PURE.

What no shard speaks of has not been seen: each target of a job that was lost is unseen, and the rest goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil

from reconciler.model.plan import Seen
from reconciler.model.shard import Shard, spread
from reconciler.model.sighting import Live, Look, Problem, Sighting, Trouble
from reconciler.model.target import Target
from reconciler.resources.catalog import KINDS

NO_SIGHT = Sighting(problem=Problem(Trouble.OTHER, "no job of `krampus plan --shard` handed over how it was seen"))
ENTERING = 1  # the call that opens an account


def accounts_in(targets: Iterable[Target], shard: Shard) -> frozenset[str]:
    """The accounts that the shard is to look at, whole, even by the calls that all targets are estimated to take.

    targets: of all tasks, whether they need to be looked at now or not: so each job finds the same, whenever it looks
    """
    number, count = shard
    fallen = spread(_estimated_calls(targets), count)
    return frozenset(account for account, its in fallen.items() if its == number)


def why_not_of(targets: Sequence[Target], shard: Shard, sightings: Iterable[Seen]) -> str:
    """Why these cannot be what the shard saw, for a person; "" if they can: targets of its accounts, each once."""
    accounts = accounts_in(targets, shard)
    mine = {(target.arn, target.account) for target in targets if target.account in accounts}
    seen = set()
    for one in sightings:
        if one.key not in mine:
            return f"it speaks of {one.target}, which is not of this shard"
        if one.key in seen:
            return f"it says twice how {one.target} was seen"
        seen.add(one.key)
    return ""


def gathered(looks: Iterable[Look], sightings: Iterable[Seen]) -> Live:
    """All that the shards saw of what is to be looked at; what none of them speaks of is unseen."""
    seen = {one.key: Sighting(one.resource, one.problem) for one in sightings}
    return {look.target: seen.get((look.target.arn, look.target.account), NO_SIGHT) for look in looks}


def _estimated_calls(targets: Iterable[Target]) -> Counter[str]:
    """Account -> about how many calls it takes to look at its targets: one for each batch."""
    places = Counter((target.account, target.region, target.kind) for target in dict.fromkeys(targets))
    calls = Counter[str]()
    for (account, _, kind), number in places.items():
        calls[account] += ceil(number / KINDS[kind].batch)
    return Counter({account: number + ENTERING for account, number in calls.items()})
