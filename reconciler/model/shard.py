"""Shards: the accounts of a run, spread over jobs that work side by side. PURE."""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping

SAID = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})")
Shard = tuple[int, int]  # (2, 8) is the second of eight
WHOLE: Shard = (1, 1)


def parsed(said: str) -> Shard:
    """(2, 8) for "2/8"; ValueError, for a person, if it is none."""
    match = SAID.fullmatch(said)
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count:
        raise ValueError(f"'{said}' is no shard; write K/N, for example 2/8")
    return number, count


def spread(weights: Mapping[str, int], count: int) -> dict[str, int]:
    """Account -> the shard, from 1, that it falls to: `count` shards of even weight, and no account split over two.

    The heaviest first, each to the lightest shard. Names decide where weights do not: each job finds the same.
    """
    loads = [(0, shard) for shard in range(1, count + 1)]
    fallen = {}
    for account, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        load, shard = loads[0]
        heapq.heapreplace(loads, (load + weight, shard))
        fallen[account] = shard
    return fallen
