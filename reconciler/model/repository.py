"""All that the reviewed files say, and what a person allows for one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
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

    @cached_property
    def covered(self) -> Mapping[str, Sequence[Order]]:
        """The orders that each exemption speaks of, by its file; those that speak of none are missing."""
        found: dict[str, list[Order]] = defaultdict(list)
        for order in self.orders:
            for file in self._files_for(order):
                found[file].append(order)
        return found

    def _files_for(self, order: Order) -> Iterator[str]:
        whole, globs = self._files_by_resource
        near = {*whole.get(spelling(order.target.arn), ()), *globs}
        for file in sorted(near, key=self._places.__getitem__):
            if self.exemptions[file].covers(order.target.arn, order.task, order.action):
                yield file

    @cached_property
    def _files_by_resource(self) -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
        """The exemptions' files that name a resource by its whole ARN, by that; and those with globs.

        Most name whole ARNs, and to hold each against every order would take as long as the two lists multiplied.
        """
        whole: dict[str, list[str]] = defaultdict(list)
        globs: list[str] = []
        for file, exemption in self.exemptions.items():
            for pattern in exemption.resources:
                (globs if is_glob(pattern) else whole[spelling(pattern)]).append(file)
        return whole, globs

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {file: place for place, file in enumerate(self.exemptions)}
