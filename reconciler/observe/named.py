"""Targets to sightings: in batches, side by side. It never raises for AWS, and a failed look is never an absence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from reconciler.model.sighting import Live, Look, Problem, Resource, Sighting, Trouble
from reconciler.model.target import Target
from reconciler.observe.lanes import side_by_side
from reconciler.observe.shared_reads import Memories, SharedPlace
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Kind, Part
from reconciler.resources.needs import parts_needed
from reconciler.resources.place import Entered

WORKERS = 32  # botocore tops out near 500 calls a second a process; more threads buy nothing
# These are the account's or the region's, not one name's: asking name by name would only ask more.
SHARED = (Trouble.CREDENTIALS, Trouble.THROTTLED)


class Reader(Protocol):
    """What observing needs of AWS."""

    def look(self, account: str, region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
        """What `see` saw in the account (its name in krampus.yaml) and region, or why AWS did not answer."""


@dataclass(frozen=True)
class Batch:
    """Targets of one kind in one account and region, each with all looks at it."""

    account: str
    region: str
    kind: str
    targets: Mapping[Target, Collection[Look]]


@dataclass(frozen=True)
class Pass:
    """One pass over all targets: who reads, in which threads, and what is remembered meanwhile."""

    reader: Reader
    pool: Executor
    memories: Memories


def observe(looks: Iterable[Look], reader: Reader, tick: Callable[[int], None] = lambda _seen: None) -> Live:
    """A sighting for each target; `tick` is told how many more targets have been looked at."""
    live: dict[Target, Sighting] = {}
    batches = list(_batches(looks))
    memories = Memories(Counter(map(_place, batches)))
    with ThreadPoolExecutor(WORKERS) as pool:
        one = Pass(reader, pool, memories)
        for sightings in side_by_side(batches, _place, lambda batch: _looked(batch, one), WORKERS, pool):
            live.update(sightings)
            tick(len(sightings))
    return live


def _batches(looks: Iterable[Look]) -> Iterator[Batch]:
    """Those of one place come one after the other: what is remembered of it is soon forgotten."""
    groups: dict[tuple[str, str, str], dict[Target, list[Look]]] = defaultdict(lambda: defaultdict(list))
    for look in looks:
        target = look.target
        groups[target.account, target.region, target.kind][target].append(look)
    for account, region, kind in sorted(groups):
        targets = iter(groups.pop((account, region, kind)).items())
        while some := dict(islice(targets, KINDS[kind].batch)):
            yield Batch(account, region, kind, some)


def _place(batch: Batch) -> tuple[str, str]:
    return batch.account, batch.region


def _looked(batch: Batch, one: Pass) -> dict[Target, Sighting]:
    try:
        return _look(batch, one)
    finally:
        one.memories.done(batch.account, batch.region)


def _look(batch: Batch, one: Pass) -> dict[Target, Sighting]:
    kind, names = KINDS[batch.kind], [target.name for target in batch.targets]
    memory, entered_before = one.memories.of(batch.account, batch.region), False

    def see(entered: Entered) -> list[Resource]:
        nonlocal entered_before
        if entered_before:  # anew, since its credentials had expired
            memory.forget_failures()
        entered_before = True
        return kind.look(SharedPlace(entered, memory, one.pool, one.memories.common), names, _needed(kind, batch))

    seen = one.reader.look(batch.account, batch.region, see)
    if isinstance(seen, Problem):
        if len(names) == 1 or seen.trouble in SHARED:
            return dict.fromkeys(batch.targets, Sighting(problem=seen))
        return {target: sighting for single in _singles(batch) for target, sighting in _look(single, one).items()}
    # What AWS finds under another case of the name is there; that the ARN is wrong is decided later.
    folded = kind.arn.folded
    by_name = {folded(resource.name): resource for resource in seen}
    return {target: Sighting(resource=by_name.get(folded(target.name))) for target in batch.targets}


def _needed(kind: Kind, batch: Batch) -> Callable[[Resource], Collection[Part]]:
    of_name: dict[str, list[Look]] = defaultdict(list)
    for target, looks in batch.targets.items():  # IAM knows a name in several spellings
        of_name[kind.arn.folded(target.name)] += looks

    def needed(resource: Resource) -> Collection[Part]:
        looks = of_name[kind.arn.folded(resource.name)]
        return {part for look in looks for part in parts_needed(kind, look.action, look.options, resource)}

    return needed


def _singles(batch: Batch) -> Iterator[Batch]:
    for target, looks in batch.targets.items():
        yield Batch(batch.account, batch.region, batch.kind, {target: looks})
