"""All that the reviewed files say, and what a person allows for one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.guards import Guards
from reconciler.model.override import LimitOverride
from reconciler.model.spelling import spelling
from reconciler.model.target import is_glob
from reconciler.model.task import Key, Order, Past, Task


@dataclass(frozen=True)
class Repository:
    """A repository without a fault. `tasks` by id, `exemptions` by file; `orders` is what the tasks come to.

    `allowance` is what no file says: the command line does, for its own run. `authors`, by a task's file, is what git
    tells of who wrote it, and `brought`, by (task, target), of when it came to main, as far as anybody asked. `past`:
    what the tasks ordered at earlier commits of main, likewise.
    """

    config: Config
    tasks: Mapping[str, Task]
    exemptions: Mapping[str, Exemption]
    orders: tuple[Order, ...]
    limit_override: LimitOverride = field(default_factory=LimitOverride)
    authors: Mapping[str, str] = field(default_factory=dict)
    brought: Mapping[Key, datetime] = field(default_factory=dict)
    past: Past = field(default_factory=dict)

    def exemptions_for(self, order: Order) -> tuple[Exemption, ...]:
        """The exemptions that speak of an order, in force or not, in the order of their files."""
        return tuple(self.exemptions[file] for file in self._files_for(order))

    @cached_property
    def to_be_restored(self) -> Sequence[Key]:
        """The targets of tasks for which an exemption wants what was done undone, in force or not."""
        restoring = [file for file, exemption in self.exemptions.items() if exemption.restore]
        return [order.key for file in restoring for order in self.covered.get(file, ())]

    @property
    def covered(self) -> Mapping[str, Sequence[Order]]:
        """The orders that each exemption speaks of, by its file; those that speak of none are missing."""
        return self._coverage[0]

    @property
    def met(self) -> Set[tuple[str, str]]:
        """The resources of exemptions, each with its file before it, that cover an order of which theirs speaks."""
        return self._coverage[1]

    @cached_property
    def spelt(self) -> Mapping[str, Sequence[int]]:
        """The places of the orders for one resource among all, by how its ARN is spelt (`model.spelling`)."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, order in enumerate(self.orders):
            places[spelling(order.target.arn)].append(place)
        return places

    @cached_property
    def _coverage(self) -> tuple[Mapping[str, Sequence[Order]], Set[tuple[str, str]]]:
        covered: dict[str, set[int]] = defaultdict(set)
        met: set[tuple[str, str]] = set()
        for (file, resource), place in self._held():
            order = self.orders[place]
            if self.exemptions[file].is_for(order.task, order.action):
                met.add((file, resource))
                covered[file].add(place)
        return {file: [self.orders[place] for place in sorted(places)] for file, places in covered.items()}, met

    def _held(self) -> Iterator[tuple[tuple[str, str], int]]:
        """Each resource of an exemption, with its file before it, and the place of an order for what it covers."""
        _, named = self._guards
        globs = [each for each in named if is_glob(each[1])]
        for each in named:
            if not is_glob(each[1]):
                yield from ((each, place) for place in self.spelt.get(spelling(each[1]), ()))
        guards = Guards(resource for _, resource in globs)
        for spelt, places in self.spelt.items() if globs else ():
            for place in places:
                yield from ((globs[at], place) for at in guards.covering(self.orders[place].target.arn, spelt))

    def _files_for(self, order: Order) -> Iterator[str]:
        """Each file once, in their order, by the resources of which one covers the order's."""
        guards, named = self._guards
        for file in dict.fromkeys(named[place][0] for place in guards.covering(order.target.arn)):
            if self.exemptions[file].is_for(order.task, order.action):
                yield file

    @cached_property
    def _guards(self) -> tuple[Guards, Sequence[tuple[str, str]]]:
        """The resources of all exemptions, and the file and the text of each."""
        named = [(file, each) for file, exemption in self.exemptions.items() for each in exemption.resources]
        return Guards(each for _, each in named), named
