"""`krampus undo`: from the ledger and a fresh look to a plan that takes back what a task did. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.restore import undo_decision
from reconciler.decide.reversible import AppliedCalls, Key, applied_calls
from reconciler.errors import Fault, InvalidInput, nearest
from reconciler.model.config import Config
from reconciler.model.ledger import Entry
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Order
from reconciler.model.undo_request import UndoRequest
from reconciler.resources.catalog import KINDS, resolve


@dataclass(frozen=True)
class Undoing:
    """What there is to take back. `looks`: orders for what is to be looked at; `forced`: (task, target) -> the order
    in force for it, which stands against taking it back.
    """

    undo_request: UndoRequest
    made: Mapping[Key, AppliedCalls]
    looks: tuple[Order, ...]
    forced: Mapping[Key, Order]


def undoing(repository: Repository, entries: Sequence[Entry], undo_request: UndoRequest, now: datetime) -> Undoing:
    """What the ledger knows of the wish.

    Raises InvalidInput for a task or a target that it never heard of, and if the task is in force for all of it.
    """
    _check_known(repository, entries, undo_request)
    found = {
        key: one
        for key, one in applied_calls(entries).items()
        if key[0] == undo_request.task and undo_request.target in ("", key[1])
    }
    in_force = {(order.task, order.target.arn): order for order in _in_force(repository, now)}
    forced = {
        key: in_force[key] for key, one in found.items() if key in in_force and one.action == in_force[key].action
    }
    if forced and len(forced) == len(found):
        raise InvalidInput([Fault(order.file, 1, 1, *_stands_against(order)) for order in forced.values()])
    known = {key: one for key, one in found.items() if key not in forced and one.account in repository.config.accounts}
    return Undoing(
        undo_request, found, tuple(_order(key, one, repository.config) for key, one in known.items()), forced
    )


def undo(undoing: Undoing, config: Config, live: Live, now: datetime, commit: str = "") -> Plan:
    """The plan: a decision for each target to which something was done."""
    looks = {(order.task, order.target.arn): order for order in undoing.looks}
    decisions = []
    for key, what in undoing.made.items():
        order = looks.get(key) or _order(key, what, config)
        one = _blank(order)
        if key in undoing.forced:
            why = "; ".join(_stands_against(undoing.forced[key]))
            decisions.append(_refused(one, Reason.IN_FORCE, why))
        elif key not in looks:
            why = f"the account {what.account} is not in krampus.yaml any more; put it back there first"
            decisions.append(_refused(one, Reason.UNKNOWN_ACCOUNT, why))
        else:
            decided = undo_decision(
                one, what, live[order.target, order.action], f"asked for by {undoing.undo_request.by}"
            )
            decisions.append(_held(decided, config, undoing.undo_request))
    return plan_of(now, commit, decisions, undoing.undo_request)


def _check_known(repository: Repository, entries: Sequence[Entry], undo_request: UndoRequest) -> None:
    tasks = {entry.task for entry in entries} | set(repository.tasks)
    if undo_request.task not in tasks:
        message = f"neither the ledger nor tasks/ knows a task '{undo_request.task}'"
        raise InvalidInput([Fault("ledger", 1, 1, message, nearest(undo_request.task, tasks))])
    targets = {entry.target for entry in entries if entry.task == undo_request.task}
    targets |= {order.target.arn for order in repository.orders if order.task == undo_request.task}
    if undo_request.target and undo_request.target not in targets:
        message = f"the task '{undo_request.task}' never named {undo_request.target}"
        raise InvalidInput([Fault("ledger", 1, 1, message, nearest(undo_request.target, targets))])


def _in_force(repository: Repository, now: datetime) -> Iterator[Order]:
    for order in repository.orders:
        exempt = any(now < exemption.end for exemption in repository.exemptions_for(order))
        if not exempt and (order.until is None or now < order.until):
            yield order


def _stands_against(order: Order) -> tuple[str, str]:
    return (
        f"the task '{order.task}' is in force for {order.target.arn}: a later run would do it again",
        f"take the target out of {order.file}, or add an exemption, by pull request; then undo",
    )


def _held(one: Decision, config: Config, undo_request: UndoRequest) -> Decision:
    """The pause and a watched account hold it back. A freeze does not, nor do limits and protections: it mends."""
    if not one.calls:
        return one
    if not config.accounts[one.account].enforce:
        why = f"{only_watched(one.account)}; set `enforce: true` in krampus.yaml first"
        return one.model_copy(update={"verdict": Verdict.HELD, "reason": Reason.WATCHED, "why": why})
    if config.paused and not undo_request.while_paused:
        why = f"{PAUSED}; add --while-paused to take it back all the same"
        return one.model_copy(update={"verdict": Verdict.HELD, "reason": Reason.PAUSED, "why": why})
    return one


def _refused(one: Decision, reason: Reason, why: str) -> Decision:
    return one.model_copy(update={"verdict": Verdict.REFUSED, "reason": reason, "why": why})


def _order(key: Key, what: AppliedCalls, config: Config) -> Order:
    """As much of an order as looking and telling need; the task itself may be gone."""
    task, text = key
    kind, name = resolve(text)
    target = Target(text, what.account, Arn.parse(text).region or GLOBAL, kind.name, name)
    account = config.accounts.get(what.account)
    team = account.team if account else config.defaults.team
    return Order(task, task, target, what.action, "medium", team, timedelta(), None, None)


def _blank(order: Order) -> Decision:
    kind = KINDS[order.target.kind]
    return Decision(
        task=order.task,
        target=order.target.arn,
        account=order.target.account,
        region=order.target.region,
        kind=order.target.kind,
        action=order.action,
        team=order.team,
        severity=order.severity,
        verdict=Verdict.UNSEEN,
        reason=Reason.UNSEEN,
        why="",
        name=order.target.name,
        title=kind.title,
        does=kind.verbs[order.action].does,
    )
