"""`krampus undo`: from the ledger and a fresh look to a plan that undoes what a task did. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.derived import unordered
from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.looks import looks_to_undo, shown_to
from reconciler.decide.restore import undo_decision
from reconciler.decide.undo_scope import asked_for, check_known, undone_runs
from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.effects import AppliedCalls
from reconciler.ledger.history import standing_hold
from reconciler.ledger.read import Ledger
from reconciler.model.config import Config
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict, plan_of
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

    applied: the calls that have not been undone; looks: what must be looked at first, each at one target
    in_force: the order in force for which a later run would send the same calls again, where nothing stops that
    holds: the order in force that is held from now on, so that no later run does; also another task's, of the same
    unordered: why it is not undone, where what the ledger tells of it was not ordered on main
    past: what was ordered there; runs: those of which all is undone, where others did something to the target too
    """

    undo_request: UndoRequest
    applied: Mapping[Key, AppliedCalls]
    looks: Mapping[Key, Sequence[Look]]
    in_force: Mapping[Key, Order]
    unordered: Mapping[Key, str]
    past: Past
    holds: Mapping[Key, Order]
    runs: Mapping[Key, tuple[str, ...]]


def undoing(repository: Repository, ledger: Ledger, undo_request: UndoRequest, now: datetime) -> Undoing:
    """What the ledger knows of what is asked for; `repository.past` must tell of `past_keys`.

    Raises InvalidInput for a task, a target or a run that it never heard of, and if a task is in force for all of it,
    unless Krampus is paused and the request says that it may be: what is undone then is held.
    """
    check_known(repository, ledger, undo_request)
    applied, paused = asked_for(ledger, undo_request), repository.config.paused
    again = _again(repository, ledger, applied, now)
    emergency = undo_request.while_paused and paused
    in_force = {} if emergency else {key: orders[0] for key, orders in again.items()}
    if in_force and len(in_force) == len(applied):
        faults = {order.key: Fault(order.file, 1, 1, *_stands_against(order, paused)) for order in in_force.values()}
        raise InvalidInput(list(faults.values()))
    unsure = {key: unordered(calls, repository.past) for key, calls in applied.items()}
    looks = {
        key: looks_to_undo(target, calls)
        for key, calls in applied.items()
        if key not in in_force and not unsure[key] and (target := _target(calls, repository.past))
    }
    return Undoing(
        undo_request,
        applied,
        {key: some for key, some in looks.items() if some},
        in_force,
        {key: why for key, why in unsure.items() if why},
        repository.past,
        {order.key: order for orders in again.values() for order in orders} if emergency else {},
        {key: undone_runs(ledger, key, calls) for key, calls in applied.items()},
    )


def past_keys(ledger: Ledger, keys: Iterable[Key]) -> list[PastKey]:
    """What must be known of earlier commits before anything is undone that was done to these targets of these tasks."""
    applied = (ledger.applied[key] for key in keys if key in ledger.applied)
    return [(intent.commit, *intent.key) for calls in applied for intent in calls.intents]


def undo(undoing: Undoing, config: Config, live: Live, now: datetime, commit: str = "") -> Plan:
    """The plan: a decision for each target to which something was done, and for each order that is only held."""
    request, found = undoing.undo_request, []
    for key, calls in undoing.applied.items():
        decision = _undone(undoing, key, calls, config, live)
        found.append(decision.model_copy(update={"runs": undoing.runs[key]}))
    decisions = [_with_hold(decision, undoing.holds) for decision in _one_a_target(found, undoing.applied)]
    decisions += [
        _only_held(order, config, request) for key, order in undoing.holds.items() if key not in undoing.applied
    ]
    targets = {look.target for looks in undoing.looks.values() for look in looks}
    return plan_of(now, commit, decisions, request, live={target: live[target] for target in targets})


def _undone(undoing: Undoing, key: Key, calls: AppliedCalls, config: Config, live: Live) -> Decision:
    request, blank = undoing.undo_request, _blank(key[0], calls, config)
    if key in undoing.in_force:
        why = "; ".join(_stands_against(undoing.in_force[key], config.paused))
        return _refused(blank, Reason.IN_FORCE, why)
    if calls.account not in config.names:
        why = f"the account {calls.account} is no longer in krampus.yaml; add it again first"
        return _refused(blank, Reason.UNKNOWN_ACCOUNT, why)
    if key in undoing.unordered:
        return _refused(blank, Reason.UNDO_NOT_DERIVED, undoing.unordered[key])
    # What has no undo need not be looked at.
    looks = undoing.looks.get(key, ())
    sighting = shown_to(looks, live[looks[0].target]) if looks else Sighting()
    decision = undo_decision(blank, calls, sighting, undoing.past, f"asked for by {request.by}")
    return _held(decision, config, request)


def _again(
    repository: Repository, ledger: Ledger, applied: Mapping[Key, AppliedCalls], now: datetime
) -> dict[Key, list[Order]]:
    """The orders in force, and not held, by which a later run would do again what was done; its own task's first.

    Another task's is among them where it orders the very same of the same target.
    """
    by_target: dict[str, list[Order]] = defaultdict(list)
    for order in _in_force(repository, now):
        if not standing_hold(ledger.history(order.key), order):
            by_target[order.target.arn].append(order)
    found = {}
    for key, calls in applied.items():
        actions = {calls.action, *(intent.action for intent in calls.intents)}
        past = (repository.past.get((intent.commit, *intent.key)) for intent in calls.intents)
        same = {order.digest for order in past if isinstance(order, Order)}
        orders = [one for one in by_target.get(key[1], ()) if one.target.account_id == calls.account]
        own = [one for one in orders if one.key == key and one.action in actions]
        others = [one for one in orders if one.key != key and one.digest in same]
        if own or others:
            found[key] = [*own, *others]
    return found


def _one_a_target(decisions: Sequence[Decision], applied: Mapping[Key, AppliedCalls]) -> Iterator[Decision]:
    """What one task did to a target is undone in a run, the newest first: the next look shows what still stands."""
    first: dict[tuple[str, str], Decision] = {}
    ready = [decision for decision in decisions if decision.verdict is Verdict.READY]
    for decision in sorted(ready, key=lambda one: (applied[one.key].calls[0][0].at, one.task), reverse=True):
        first.setdefault((decision.account, decision.target), decision)
    for decision in decisions:
        leader = first.get((decision.account, decision.target), decision)
        if decision.verdict is Verdict.READY and leader is not decision:
            why = f"undone later: what the task {leader.task} did is being undone in this run"
            rest = {"undo_progress": UndoProgress.PARTIAL, "calls": ()}
            yield _as(decision, Verdict.UNDERWAY, Reason.OTHER_TASK_FIRST, why).model_copy(update=rest)
        else:
            yield decision


def _with_hold(decision: Decision, holds: Mapping[Key, Order]) -> Decision:
    """The same, held from now on whatever becomes of its undo: a run between two steps must do nothing again."""
    if not (order := holds.get(decision.key)):
        return decision
    why = f"{decision.why}; held from now on, until {order.file} changes"
    return decision.model_copy(update={"hold": order.content, "why": why})


def _only_held(order: Order, config: Config, request: UndoRequest) -> Decision:
    """Of a task that orders the same and did nothing that is asked to be undone."""
    blank = _blank(order.task, AppliedCalls(order.target.arn, order.target.account_id, order.action), config)
    why = f"it orders what {request.by} has undone, so it is held from now on, until {order.file} changes"
    held = _as(blank, Verdict.HELD, Reason.TAKEN_BACK, why)
    return held.model_copy(update={"hold": order.content, "team": order.team, "severity": order.severity})


def _in_force(repository: Repository, now: datetime) -> Iterator[Order]:
    for order in repository.orders:
        exempt = any(now < exemption.end for exemption in repository.exemptions_for(order))
        if not exempt and (order.until is None or now < order.until):
            yield order


def _stands_against(order: Order, paused: bool) -> tuple[str, str]:
    first = "Krampus is paused, so" if paused else "in an emergency, pause Krampus first (KRAMPUS_PAUSED=1); then"
    return (
        f"the task '{order.task}' is in force for {order.target.arn}: a later run would do it again",
        f"take the target out of {order.file}, or add an exemption, by pull request; then undo. Or, {first} undo with "
        "--while-paused: the target is then held until that file changes",
    )


def _held(decision: Decision, config: Config, undo_request: UndoRequest) -> Decision:
    """The pause and a watched account hold it back; a freeze, limits and protections do not: an undo does no harm."""
    if not decision.calls:
        return decision
    if not config.accounts[decision.account].enforce:
        why = f"{only_watched(decision.account)}; set `enforce: true` in krampus.yaml first"
        return _as(decision, Verdict.HELD, Reason.WATCHED, why)
    if config.paused and not undo_request.while_paused:
        why = f"{PAUSED}; add --while-paused to undo anyway"
        return _as(decision, Verdict.HELD, Reason.PAUSED, why)
    return decision


def _refused(decision: Decision, reason: Reason, why: str) -> Decision:
    return _as(decision, Verdict.REFUSED, reason, why)


def _as(decision: Decision, verdict: Verdict, reason: Reason, why: str) -> Decision:
    return decision.model_copy(update={"verdict": verdict, "reason": reason, "why": why})


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
