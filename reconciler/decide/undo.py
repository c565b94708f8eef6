"""`krampus undo`: from the ledger and a fresh look to a plan that undoes what a task did. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.restore import undo_decision
from reconciler.errors import Fault, InvalidInput, nearest
from reconciler.ledger.effects import AppliedCalls
from reconciler.ledger.read import Ledger
from reconciler.model.config import Config
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Look
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Key, Order
from reconciler.model.undo_request import UndoRequest
from reconciler.resources.catalog import KINDS, resolve


@dataclass(frozen=True)
class Undoing:
    """What there is to undo, by (task, target).

    applied: the calls that have not been undone; looks: what must be looked at first
    in_force: the order in force for it, for which a later run would send the same calls again
    """

    undo_request: UndoRequest
    applied: Mapping[Key, AppliedCalls]
    looks: Mapping[Key, Look]
    in_force: Mapping[Key, Order]


def undoing(repository: Repository, ledger: Ledger, undo_request: UndoRequest, now: datetime) -> Undoing:
    """What the ledger knows of what is asked for.

    Raises InvalidInput for a task or a target that it never heard of, and if the task is in force for all of it.
    """
    _check_known(repository, ledger, undo_request)
    applied = {
        key: calls
        for key, calls in ledger.applied.items()
        if calls.calls and key[0] == undo_request.task and undo_request.target in ("", key[1])
    }
    orders = {order.key: order for order in _in_force(repository, now)}
    in_force = {
        key: orders[key] for key, calls in applied.items() if key in orders and calls.action == orders[key].action
    }
    if in_force and len(in_force) == len(applied):
        raise InvalidInput([Fault(order.file, 1, 1, *_stands_against(order)) for order in in_force.values()])
    looks = {
        key: (_target(calls), calls.action)
        for key, calls in applied.items()
        if key not in in_force and calls.account in repository.config.accounts
    }
    return Undoing(undo_request, applied, looks, in_force)


def undo(undoing: Undoing, config: Config, live: Live, now: datetime, commit: str = "") -> Plan:
    """The plan: a decision for each target to which something was done."""
    request, decisions = undoing.undo_request, []
    for key, calls in undoing.applied.items():
        blank = _blank(key[0], calls, config)
        if key in undoing.in_force:
            why = "; ".join(_stands_against(undoing.in_force[key]))
            decisions.append(_refused(blank, Reason.IN_FORCE, why))
        elif key not in undoing.looks:
            why = f"the account {calls.account} is no longer in krampus.yaml; add it again first"
            decisions.append(_refused(blank, Reason.UNKNOWN_ACCOUNT, why))
        else:
            decision = undo_decision(blank, calls, live[undoing.looks[key]], f"asked for by {request.by}")
            decisions.append(_held(decision, config, request))
    return plan_of(now, commit, decisions, request, live={look: live[look] for look in undoing.looks.values()})


def _check_known(repository: Repository, ledger: Ledger, undo_request: UndoRequest) -> None:
    tasks = {task for task, _ in ledger.histories} | set(repository.tasks)
    if undo_request.task not in tasks:
        message = f"neither the ledger nor tasks/ has a task '{undo_request.task}'"
        raise InvalidInput([Fault("ledger", 1, 1, message, nearest(undo_request.task, tasks))])
    targets = {target for task, target in ledger.histories if task == undo_request.task}
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


def _held(decision: Decision, config: Config, undo_request: UndoRequest) -> Decision:
    """The pause and a watched account hold it back; a freeze, limits and protections do not: an undo does no harm."""
    if not decision.calls:
        return decision
    if not config.accounts[decision.account].enforce:
        why = f"{only_watched(decision.account)}; set `enforce: true` in krampus.yaml first"
        return decision.model_copy(update={"verdict": Verdict.HELD, "reason": Reason.WATCHED, "why": why})
    if config.paused and not undo_request.while_paused:
        why = f"{PAUSED}; add --while-paused to undo anyway"
        return decision.model_copy(update={"verdict": Verdict.HELD, "reason": Reason.PAUSED, "why": why})
    return decision


def _refused(decision: Decision, reason: Reason, why: str) -> Decision:
    return decision.model_copy(update={"verdict": Verdict.REFUSED, "reason": reason, "why": why})


def _target(calls: AppliedCalls) -> Target:
    kind, name = resolve(calls.target)
    return Target(calls.target, calls.account, Arn.parse(calls.target).region or GLOBAL, kind.name, name)


def _blank(task: str, calls: AppliedCalls, config: Config) -> Decision:
    """A decision that says nothing yet. The task's file may be gone, and with it its team and its severity."""
    target, account = _target(calls), config.accounts.get(calls.account)
    kind = KINDS[target.kind]
    return Decision(
        task=task,
        target=target.arn,
        account=target.account,
        region=target.region,
        kind=target.kind,
        action=calls.action,
        team=account.team if account else config.defaults.team,
        severity="medium",
        verdict=Verdict.UNSEEN,
        reason=Reason.UNSEEN,
        why="",
        name=target.name,
        title=kind.title,
        does=kind.verbs[calls.action].does,
    )
