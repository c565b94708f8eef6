"""All that the reviewed files say, and what a person allows for one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.guards import Guards
from reconciler.model.override import LimitOverride
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

    @cached_property
    def covered(self) -> Mapping[str, Sequence[Order]]:
        """The orders that each exemption speaks of, by its file; those that speak of none are missing."""
        found: dict[str, list[Order]] = defaultdict(list)
        for order in self.orders:
            for file in self._files_for(order):
                found[file].append(order)
        return found

    def _files_for(self, order: Order) -> Iterator[str]:
        """Each file once, in their order, by the resources of which one covers the order's."""
        guards, files = self._guards
        for file in dict.fromkeys(files[place] for place in guards.covering(order.target.arn)):
            if self.exemptions[file].is_for(order.task, order.action):
                yield file

    @cached_property
    def _guards(self) -> tuple[Guards, Sequence[str]]:
        """The resources of all exemptions, and the file of each."""
        named = [(each, file) for file, exemption in self.exemptions.items() for each in exemption.resources]
        return Guards(each for each, _ in named), [file for _, file in named]
