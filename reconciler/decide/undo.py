"""`krampus undo`: from the ledger and a fresh look to a plan that undoes what a task did. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.derived import unordered
from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.restore import undo_decision
from reconciler.errors import Fault, InvalidInput, nearest
from reconciler.ledger.effects import AppliedCalls
from reconciler.ledger.read import Ledger
from reconciler.model.config import Config
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Look, Sighting
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Key, Order, Past, PastKey
from reconciler.model.undo_request import UndoRequest
from reconciler.resources.catalog import resolve


@dataclass(frozen=True)
class Undoing:
    """What there is to undo, by (task, target).

    applied: the calls that have not been undone; looks: what must be looked at first
    in_force: the order in force for it, for which a later run would send the same calls again
    unordered: why it is not undone, where what the ledger tells of it was not ordered on main
    past: what was ordered there
    """

    undo_request: UndoRequest
    applied: Mapping[Key, AppliedCalls]
    looks: Mapping[Key, Look]
    in_force: Mapping[Key, Order]
    unordered: Mapping[Key, str]
    past: Past


def undoing(repository: Repository, ledger: Ledger, undo_request: UndoRequest, now: datetime) -> Undoing:
    """What the ledger knows of what is asked for; `repository.past` must tell of `past_keys`.

    Raises InvalidInput for a task or a target that it never heard of, and if the task is in force for all of it.
    """
    _check_known(repository, ledger, undo_request)
    applied = _asked_for(ledger, undo_request)
    orders = {order.key: order for order in _in_force(repository, now)}
    in_force = {
        key: orders[key]
        for key, calls in applied.items()
        if key in orders
        and orders[key].target.account_id == calls.account
        and orders[key].action in (calls.action, *(intent.action for intent in calls.intents))
    }
    if in_force and len(in_force) == len(applied):
        raise InvalidInput([Fault(order.file, 1, 1, *_stands_against(order)) for order in in_force.values()])
    unsure = {key: unordered(calls, repository.past) for key, calls in applied.items()}
    looks = {
        key: (target, calls.undone_as)
        for key, calls in applied.items()
        if key not in in_force and not unsure[key] and (target := _target(calls, repository.past))
    }
    return Undoing(
        undo_request, applied, looks, in_force, {key: why for key, why in unsure.items() if why}, repository.past
    )


def past_keys(ledger: Ledger, keys: Iterable[Key]) -> list[PastKey]:
    """What must be known of earlier commits before anything is undone that was done to these targets of these tasks."""
    applied = (ledger.applied[key] for key in keys if key in ledger.applied)
    return [(intent.commit, *intent.key) for calls in applied for intent in calls.intents]


def undo_keys(ledger: Ledger, undo_request: UndoRequest) -> list[Key]:
    """What is asked to be undone, as far as the ledger knows of it."""
    return list(_asked_for(ledger, undo_request))


def undo(undoing: Undoing, config: Config, live: Live, now: datetime, commit: str = "") -> Plan:
    """The plan: a decision for each target to which something was done."""
    request, decisions = undoing.undo_request, []
    for key, calls in undoing.applied.items():
        blank = _blank(key[0], calls, config)
        if key in undoing.in_force:
            why = "; ".join(_stands_against(undoing.in_force[key]))
            decisions.append(_refused(blank, Reason.IN_FORCE, why))
        elif calls.account not in config.names:
            why = f"the account {calls.account} is no longer in krampus.yaml; add it again first"
            decisions.append(_refused(blank, Reason.UNKNOWN_ACCOUNT, why))
        elif key in undoing.unordered:
            decisions.append(_refused(blank, Reason.UNDO_NOT_DERIVED, undoing.unordered[key]))
        else:
            # What has no undo need not be looked at.
            sighting = live[undoing.looks[key]] if key in undoing.looks else Sighting()
            decision = undo_decision(blank, calls, sighting, undoing.past, f"asked for by {request.by}")
            decisions.append(_held(decision, config, request))
    return plan_of(now, commit, decisions, request, live={look: live[look] for look in undoing.looks.values()})


def _asked_for(ledger: Ledger, request: UndoRequest) -> dict[Key, AppliedCalls]:
    return {
        key: calls
        for key, calls in ledger.applied.items()
        if calls.calls and key[0] == request.task and request.target in ("", key[1])
    }


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


def _target(calls: AppliedCalls, past: Past) -> Target | None:
    """As the task named it, and not as the ledger does; None if nothing of it can be undone."""
    orders = (past.get((intent.commit, *intent.key)) for intent in calls.intents)
    return next((order.target for order in orders if isinstance(order, Order)), None)


def _blank(task: str, calls: AppliedCalls, config: Config) -> Decision:
    """A decision that says nothing yet. The task's file may be gone, and with it its team and its severity."""
    account = config.names.get(calls.account, "")
    try:
        region = Arn.parse(calls.target).region or GLOBAL
        kind, name = resolve(calls.target)
        of, title, does = kind.name, kind.title, kind.verbs[calls.undone_as].does
    except (KeyError, ValueError):
        # Nobody but the ledger has ever heard of it.
        region, of, name, title, does = GLOBAL, "", calls.target, "resource", "act on it"
    return Decision(
        task=task,
        target=calls.target,
        account=account or calls.account,
        account_id=calls.account,
        region=region,
        kind=of,
        action=calls.undone_as,
        team=config.accounts[account].team if account else config.defaults.team,
        severity="medium",
        verdict=Verdict.UNSEEN,
        reason=Reason.UNSEEN,
        why="",
        name=name,
        title=title,
        does=does,
    )
