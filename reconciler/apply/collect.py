"""What the shards handed over, to one outcome a target; what none handed over is unknown, and never done. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.sighting import Problem, Trouble

NO_OUTCOME = "its apply job reported no outcome: unknown whether it was done; the next run checks"
DONE, UNDONE = (Event.APPLIED, Event.RESTORED), (Event.FAILED, Event.STALE)


def merge_outcomes(plan: Plan, handed: Iterable[Outcome], entries: Iterable[Entry]) -> tuple[Outcome, ...]:
    """An outcome for each target that is due: as handed over; else as published before; else of trouble `unknown`.

    `entries`: the ledger, which holds the record of this very plan. A publish that is run again says what it said.
    """
    # A shard that ran twice is stale the second time; what the first did is what became of it.
    found = {one.key: one for one in sorted(handed, key=lambda one: not one.stale)}
    fates: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        if entry.run == plan.run and entry.event in (Event.INTENDED, *DONE, *UNDONE):
            fates[entry.key] = entry  # what went before the intent was another run's
    for one in plan.ready:
        if one.key not in found:
            found[one.key] = _outcome(one, fates.get(one.key))
    return tuple(found.values())


def _outcome(one: Decision, fate: Entry | None) -> Outcome:
    if fate and fate.event in DONE:
        return Outcome(task=one.task, target=one.target, sent=len(one.calls))
    if fate and fate.event in UNDONE:
        unknown = fate.cause is Cause.OUTCOME_UNKNOWN
        trouble = Trouble.STALE if fate.event is Event.STALE else Trouble.UNKNOWN if unknown else Trouble.OTHER
        sent = len(fate.calls) - unknown  # the last of them is the one that nobody knows of
        return Outcome(task=one.task, target=one.target, sent=sent, problem=Problem(trouble, fate.detail))
    # All calls may have been taken: an undo must know of each.
    return Outcome(task=one.task, target=one.target, sent=len(one.calls), problem=Problem(Trouble.UNKNOWN, NO_OUTCOME))
