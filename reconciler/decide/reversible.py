"""The calls that undo what of a target's applied calls still stands. PURE."""

from __future__ import annotations

from datetime import timedelta

from reconciler.ledger.effects import AppliedCalls
from reconciler.model.sighting import Resource
from reconciler.resources.catalog import resolve
from reconciler.resources.kind import Refused, UndoStep

SKEW = timedelta(minutes=1)  # AWS's clock and ours may differ by so much


def undo_step(applied: AppliedCalls, resource: Resource) -> UndoStep:
    """The calls that undo what still stands, compared with a fresh look.

    Raises Refused or Underway, as the kind says; Refused too if the resource is not the one that was acted on.
    """
    undoable = [(intent.at, call) for intent, call in applied.calls if call.undo]
    same = [call for at, call in undoable if not resource.created or resource.created <= at + SKEW]
    if undoable and not same:
        raise Refused(f"it was created {resource.created:%Y-%m-%d %H:%M} UTC, after what was done: it is another one")
    return resolve(applied.target)[0].undo_calls(resource, same) if same else UndoStep(())
