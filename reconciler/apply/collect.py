"""What the shards reported, to one outcome a target; what none reported is unknown, and never done. PURE."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.sighting import Problem, Trouble
from reconciler.model.task import Key

NO_OUTCOME = "its apply job reported no outcome: unknown whether it was done; the next run checks"
DONE, NOT_DONE = (Event.APPLIED, Event.RESTORED), (Event.FAILED, Event.STALE)


def merge_outcomes(plan: Plan, handed: Iterable[Outcome], entries: Iterable[Entry]) -> tuple[Outcome, ...]:
    """An outcome for each target that is due: as handed over; else as published before; else of trouble `unknown`.

    `entries`: the ledger's, with the record of this very plan. A publish that is run again says what it said.
    """
    # A shard that ran twice is stale the second time; what the first did is what became of it.
    outcomes = {outcome.key: outcome for outcome in sorted(handed, key=lambda outcome: not outcome.stale)}
    published: dict[Key, Entry] = {}
    for entry in entries:
        if entry.run == plan.run and entry.event in (Event.INTENDED, *DONE, *NOT_DONE):
            published[entry.key] = entry  # what went before the intent was another run's
    for decision in plan.ready:
        if decision.key not in outcomes:
            outcomes[decision.key] = _outcome(decision, published.get(decision.key))
    return tuple(outcomes.values())


def _outcome(decision: Decision, published: Entry | None) -> Outcome:
    if published and published.event in DONE:
        done = _ended(decision, len(decision.calls))
        return done.model_copy(update={"nothing_left": published.cause is Cause.NOTHING_LEFT})
    if published and published.event in NOT_DONE:
        unknown = published.cause is Cause.OUTCOME_UNKNOWN
        trouble = Trouble.UNKNOWN if unknown else Trouble.OTHER
        trouble = Trouble.CAPACITY if published.cause is Cause.NO_ROOM else trouble
        if published.event is Event.STALE:
            trouble = Trouble.LATE if published.cause is Cause.LATE else Trouble.STALE
        # The last of the calls of an unknown outcome is the one that nobody knows of.
        return _ended(decision, len(published.calls) - unknown, Problem(trouble, published.detail))
    # All calls may have been taken: an undo must know of each.
    return _ended(decision, len(decision.calls), Problem(Trouble.UNKNOWN, NO_OUTCOME))


def _ended(decision: Decision, sent: int, problem: Problem | None = None) -> Outcome:
    return Outcome(task=decision.task, target=decision.target, sent=sent, problem=problem)
