"""What Krampus is to be able to do: all kinds and actions, or those that a repository's tasks use."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model.repository import Repository
from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS

Wanted = Mapping[str, tuple[Action, ...]]


def everything() -> Wanted:
    """Every kind with all its actions."""
    return {name: tuple(kind.verbs) for name, kind in KINDS.items()}


def used(repository: Repository) -> Wanted:
    """The kinds and actions that are ordered. What was done by a task that is gone has no order: keep all for that."""
    ordered = {(order.target.kind, order.action) for order in repository.orders}
    ordered |= {(kind, task.action) for task in repository.tasks.values() if task.select for kind in task.select.kinds}
    kinds = {name for name, _ in ordered}
    return {
        name: tuple(action for action in KINDS[name].verbs if (name, action) in ordered)
        for name in KINDS
        if name in kinds
    }
