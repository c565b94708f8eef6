"""Which of the calls in the ledger an undo is asked for: of a task, of a run, or of all since a time. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import Fault, InvalidInput, nearest
from reconciler.ledger.effects import AppliedCalls
from reconciler.ledger.read import Ledger
from reconciler.model.ledger import Entry, Event
from reconciler.model.repository import Repository
from reconciler.model.task import Key
from reconciler.model.undo_request import UndoRequest

SHOWN = 5  # runs of which a fault names that they begin alike, or are near


def asked_for(ledger: Ledger, request: UndoRequest) -> dict[Key, AppliedCalls]:
    """What was done and not undone, by (task, target), as far as it is asked for."""
    if request.limited:
        found = {key: done.only(lambda intent: _within(intent, request)) for key, done in ledger.applied.items()}
    else:
        found = {
            key: done
            for key, done in ledger.applied.items()
            if key[0] == request.task and request.target in ("", key[1])
        }
    return {key: applied for key, applied in found.items() if applied.calls}


def undone_runs(ledger: Ledger, key: Key, asked: AppliedCalls) -> tuple[str, ...]:
    """The runs of which all that was done to a target is asked for; none if nothing else was done to it."""
    return asked.runs if len(ledger.applied[key].calls) > len(asked.calls) else ()


def in_full(ledger: Ledger, request: UndoRequest) -> UndoRequest:
    """The same request with the whole name of its run. InvalidInput if the ledger has none, or several, of it."""
    if not request.run:
        return request
    runs = _runs(ledger.entries)
    found = [run for run in runs if run.startswith(request.run)]
    if len(found) == 1:
        return request.model_copy(update={"run": found[0]})
    if found:
        why = f"{len(found)} runs in the ledger begin with '{request.run}'"
        raise InvalidInput([Fault("ledger", 1, 1, why, f"give more of its name: {', '.join(found[:SHOWN])}")])
    why = f"the ledger has no run '{request.run}' that did something"
    near = nearest(request.run, runs)
    latest = f"the last that did: {', '.join(runs[-SHOWN:]) or 'none'}"
    raise InvalidInput([Fault("ledger", 1, 1, why, near if near.startswith("did") else latest)])


def check_known(repository: Repository, ledger: Ledger, request: UndoRequest) -> None:
    """InvalidInput for a task or a target that neither the ledger nor the files ever heard of, with the nearest."""
    if request.limited:
        return
    tasks = {task for task, _ in ledger.histories} | set(repository.tasks)
    if request.task not in tasks:
        message = f"neither the ledger nor tasks/ has a task '{request.task}'"
        raise InvalidInput([Fault("ledger", 1, 1, message, nearest(request.task, tasks))])
    targets = {target for task, target in ledger.histories if task == request.task}
    targets |= {order.target.arn for order in repository.orders if order.task == request.task}
    if request.target and request.target not in targets:
        message = f"the task '{request.task}' never named {request.target}"
        raise InvalidInput([Fault("ledger", 1, 1, message, nearest(request.target, targets))])


def _within(intent: Entry, request: UndoRequest) -> bool:
    if request.since is not None:
        return intent.at >= request.since
    return intent.run == request.run


def _runs(entries: Iterable[Entry]) -> list[str]:
    """Those that did something, or were about to, in the order in which they began."""
    return list(dict.fromkeys(entry.run for entry in entries if entry.event is Event.INTENDED and not entry.undo))
