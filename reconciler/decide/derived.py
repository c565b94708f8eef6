"""Whether what the ledger tells of a target can have come of a reviewed task. What cannot is not undone. PURE.

Whoever may push to the report branch can write lines into it. So no call is taken from a line as it stands: a task must
have ordered it on main, and its kind must make the very same call, undo included, of how the resource stood before it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.ledger.effects import AppliedCalls
from reconciler.model.ledger import Entry
from reconciler.model.sighting import Resource
from reconciler.model.task import Action, Order, Past
from reconciler.resources.catalog import resolve


def unordered(applied: AppliedCalls, past: Past) -> str:
    """Which line tells of what no task ordered on main, and what to do, for a person; "" if each was ordered."""
    for intent in applied.intents:
        order = past.get((intent.commit, *intent.key), "git was not asked what was ordered")
        told = (intent.account, applied.account)
        if why := order if isinstance(order, str) else _differs(order, intent.action, told):
            return _told(why, intent)
    return ""


def underived(applied: AppliedCalls, action: Action, resource: Resource, past: Past) -> str:
    """Which line tells of a call that its kind does not make, and what to do, for a person; "" if it makes each.

    `action`: as which it is undone, and so what may be sent
    """
    kind, _ = resolve(applied.target)
    for intent, call in applied.calls:
        order = past.get((intent.commit, *intent.key))
        makes = isinstance(order, Order) and kind.makes(order.action, order.options, resource, call)
        if call.undo and not (makes and kind.operation(call.undo, action, resource.name, undo=True)):
            what = f"{call.service}.{call.operation}, to be undone by {call.undo.service}.{call.undo.operation}"
            return _told(f"that task does not make this call of it ({what})", intent)
    return ""


def _differs(order: Order, action: Action, accounts: Iterable[str]) -> str:
    if order.action != action:
        return f"the task ordered `{order.action}`, and not `{action}`"
    there = order.target.account_id
    elsewhere = [account for account in accounts if account != there]
    return f"the task named it in account {there}, and not in {elsewhere[0]}" if elsewhere else ""


def _told(why: str, intent: Entry) -> str:
    return (
        f"not undone: {why}, so the ledger's line {intent.hash[:12]} of {intent.at:%Y-%m-%d %H:%M} UTC is not "
        "believed; mend that, or undo it by hand, and find out with `krampus ledger show` and git who wrote the line"
    )
