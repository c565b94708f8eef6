"""Targets to sightings: in batches, side by side. It never raises for AWS, and a failed look is never an absence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from reconciler.model.sighting import Live, Look, Problem, Resource, Sighting, Trouble
from reconciler.model.target import Target
from reconciler.model.task import Action
from reconciler.observe.lanes import side_by_side
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Place

WORKERS = 32  # botocore tops out near 500 calls a second a process; more threads buy nothing
# These are the account's or the region's, not one name's: asking name by name would only ask more.
SHARED = (Trouble.CREDENTIALS, Trouble.THROTTLED)


class Reader(Protocol):
    """What observing needs of AWS."""

    def look(self, account: str, region: str, see: Callable[[Place], list[Resource]]) -> list[Resource] | Problem:
        """What `see` saw in the account (its name in krampus.yaml) and region, or why AWS did not answer."""


@dataclass(frozen=True)
class Batch:
    """Targets of one kind, for one action, in one account and region."""

    account: str
    region: str
    kind: str
    action: Action
    targets: tuple[Target, ...]


def observe(looks: Iterable[Look], reader: Reader, tick: Callable[[int], None] = lambda _seen: None) -> Live:
    """A sighting for each (target, action); `tick` is told how many more targets have been looked at."""
    live: dict[tuple[Target, Action], Sighting] = {}
    seen = side_by_side(
        _batches(looks),
        lambda batch: (batch.account, batch.region),
        lambda batch: (batch, _look(batch, reader)),
        WORKERS,
    )
    for batch, sightings in seen:
        live.update({(target, batch.action): sighting for target, sighting in sightings.items()})
        tick(len(batch.targets))
    return live


def _batches(looks: Iterable[Look]) -> Iterator[Batch]:
    groups: dict[tuple[str, str, str, Action], dict[Target, None]] = defaultdict(dict)
    for target, action in looks:
        groups[target.account, target.region, target.kind, action][target] = None
    for (account, region, kind, action), members in groups.items():
        targets, size = tuple(members), KINDS[kind].batch
        for start in range(0, len(targets), size):
            yield Batch(account, region, kind, action, targets[start : start + size])


def _look(batch: Batch, reader: Reader) -> dict[Target, Sighting]:
    kind = KINDS[batch.kind]
    see = kind.verbs[batch.action].observe or kind.observe
    names = [target.name for target in batch.targets]
    seen = reader.look(batch.account, batch.region, lambda place: list(see(place, names)))
    if isinstance(seen, Problem):
        if len(names) == 1 or seen.trouble in SHARED:
            return dict.fromkeys(batch.targets, Sighting(problem=seen))
        return {target: sighting for single in _singles(batch) for target, sighting in _look(single, reader).items()}
    # What AWS finds under another case of the name is there; that the ARN is wrong is decided later.
    folded = kind.arn.folded
    by_name = {folded(resource.name): resource for resource in seen}
    return {target: Sighting(resource=by_name.get(folded(target.name))) for target in batch.targets}


def _singles(batch: Batch) -> Iterator[Batch]:
    for target in batch.targets:
        yield Batch(batch.account, batch.region, batch.kind, batch.action, (target,))
