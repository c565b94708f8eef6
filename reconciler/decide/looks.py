"""What must be looked at for the rules to speak, and nothing else; and of what was seen, what one order goes by. PURE.

What is past its end is not looked at, and neither is what is exempt, unless something that was done there is to be
undone: their rules come before all that goes by what is seen. So no name or owner is told of those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from reconciler.ledger.effects import AppliedCalls
from reconciler.ledger.read import Ledger
from reconciler.model.repository import Repository
from reconciler.model.sighting import NOT_LOOKED_AT, Look, Sighting
from reconciler.model.target import Target
from reconciler.model.task import Order
from reconciler.resources.catalog import KINDS
from reconciler.resources.needs import parts_needed


def looks(repository: Repository, ledger: Ledger, now: datetime) -> Iterator[Look]:
    """All that the orders of the repository need to be looked at."""
    return (look for order in repository.orders for look in looks_for(order, repository, ledger, now))


def looks_for(order: Order, repository: Repository, ledger: Ledger, now: datetime) -> Iterator[Look]:
    """What one order needs its target to be looked at for; nothing, if no rule goes by what is seen."""
    if order.until and now >= order.until:
        return
    in_force = [exemption for exemption in repository.exemptions_for(order) if now < exemption.end]
    applied = ledger.applied.get(order.key)
    restored = applied and applied.undoable and any(exemption.restore for exemption in in_force)
    if not in_force or restored:
        yield Look(order.target, order.action, order.options)
    if applied and restored:
        yield from looks_to_undo(order.target, applied)


def looks_to_undo(target: Target, applied: AppliedCalls) -> list[Look]:
    """What must be known to undo what was done: whatever those actions go by that did it."""
    actions = {intent.action for intent in applied.intents}
    return [Look(target, action) for action in sorted(actions & KINDS[target.kind].verbs.keys())]


def shown_to(looks: Collection[Look], sighting: Sighting) -> Sighting:
    """Of what was seen of a target, what these looks at it are for; what others needed to know changes nothing in that.

    Without any look it is as if nobody had looked, whoever may have.
    """
    if not looks:
        return NOT_LOOKED_AT
    if sighting.resource is None:
        return sighting
    (kind,) = {look.target.kind for look in looks}
    of_each = (parts_needed(KINDS[kind], look.action, look.options, sighting.resource) for look in looks)
    parts = {part for needed in of_each for part in needed}
    return replace(sighting, resource=KINDS[kind].narrowed(sighting.resource, parts))
