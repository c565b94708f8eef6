"""All that the reviewed files say, and what a person allows for one run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.override import LimitOverride
from reconciler.model.task import Order, Task


@dataclass(frozen=True)
class Repository:
    """A repository without a fault. `tasks` by id, `exemptions` by file; `orders` is what the tasks come to.

    `allowance` is what no file says: the command line does, for its own run. `authors`, by a task's file, is what git
    tells of who wrote it, as far as anybody asked.
    """

    config: Config
    tasks: Mapping[str, Task]
    exemptions: Mapping[str, Exemption]
    orders: tuple[Order, ...]
    limit_override: LimitOverride = field(default_factory=LimitOverride)
    authors: Mapping[str, str] = field(default_factory=dict)

    def exemptions_for(self, order: Order) -> tuple[Exemption, ...]:
        """The exemptions that speak of an order, in force or not, in the order of their files."""
        whole, globs = self._exemptions_by_resource
        near = {**whole.get(_spelling(order.target.arn), {}), **globs}
        return tuple(near[at] for at in sorted(near) if near[at].covers(order.target.arn, order.task, order.action))

    @cached_property
    def _exemptions_by_resource(self) -> tuple[Mapping[str, Mapping[int, Exemption]], Mapping[int, Exemption]]:
        """Those that name a resource by its whole ARN, by that; and those with globs. Each under its place in order.

        Most name whole ARNs, and to hold each against every order would take as long as the two lists multiplied.
        """
        whole: dict[str, dict[int, Exemption]] = defaultdict(dict)
        globs: dict[int, Exemption] = {}
        for at, exemption in enumerate(self.exemptions.values()):
            for pattern in exemption.resources:
                found = globs if "*" in pattern or "?" in pattern else whole[_spelling(pattern)]
                found[at] = exemption
        return whole, globs


def _spelling(arn: str) -> str:
    """One for `instance:i-1` and `instance/i-1`, as `matches` reads both alike."""
    return arn.replace(":", "/")
