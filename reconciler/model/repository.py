"""All that the reviewed files say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.task import Order, Task


@dataclass(frozen=True)
class Repository:
    """A repository without a fault. `tasks` by id, `exemptions` by file; `orders` is what the tasks come to."""

    config: Config
    tasks: Mapping[str, Task]
    exemptions: Mapping[str, Exemption]
    orders: tuple[Order, ...]

    def exemptions_for(self, order: Order) -> tuple[Exemption, ...]:
        """The exemptions that speak of an order, in force or not."""
        target = order.target.arn
        return tuple(one for one in self.exemptions.values() if one.covers(target, order.task, order.action))
