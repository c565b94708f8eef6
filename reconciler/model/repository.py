"""All that the reviewed files say, and what a person allows for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        """The exemptions that speak of an order, in force or not."""
        target = order.target.arn
        return tuple(one for one in self.exemptions.values() if one.covers(target, order.task, order.action))
