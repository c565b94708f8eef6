"""Decisions that take back what was done: how each comes about, also by an exemption with `restore: true`. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.decide.case import Case
from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.reversible import take_back
from reconciler.ledger.effects import AppliedCalls
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Sighting
from reconciler.resources.kind import Refused, Underway


def undo_decision(one: Decision, applied: AppliedCalls, sighting: Sighting, why: str) -> Decision:
    """The same target, decided anew: to take back what was done to it and still stands; `why` is why at all."""
    if sighting.problem:
        return _as(one, Verdict.UNSEEN, Reason.UNSEEN, sighting.problem.message)
    if sighting.resource is None or not applied.undoable:
        gone = "it no longer exists, so nothing can be undone"
        return _as(one, Verdict.REFUSED, Reason.UNDO_IMPOSSIBLE, _irreversible(applied) or gone)
    try:
        back = take_back(applied, sighting.resource)
    except Refused as refused:
        return _as(one, Verdict.REFUSED, Reason.UNDO_REFUSED, f"not undone: {refused}")
    except Underway as underway:
        why = f"undone later: {underway}"
        return _as(undoing(one, UndoProgress.PARTIAL), Verdict.UNDERWAY, Reason.UNDO_WAITS, why)
    found = {"seen": sighting.resource.digest, "region": sighting.resource.region or one.region}
    if not back.calls:
        why = "nothing that was done is still in effect"
        return _as(undoing(one, UndoProgress.ALREADY_UNDONE), Verdict.SATISFIED, Reason.UNDO_DONE, why, **found)
    said = (f"undone: {why}", f"in steps: {back.later}" if back.later else "", _irreversible(applied))
    progress = UndoProgress.PARTIAL if back.later else UndoProgress.COMPLETE
    reason = Reason.UNDO_INCOMPLETE if applied.irreversible else Reason.UNDO_DUE
    return _as(
        undoing(one, progress), Verdict.READY, reason, "; ".join(filter(None, said)), calls=tuple(back.calls), **found
    )


def with_restore(one: Decision, case: Case, applied: AppliedCalls | None) -> Decision:
    """The same decision, or, where an exemption in force says so, one that takes back what was done."""
    asked = any(each.restore and case.now < each.end for each in case.exemptions)
    idle = applied is None or not applied.undoable or case.sighting.resource is None
    if one.verdict is not Verdict.EXEMPT or not asked or applied is None or idle:
        # What cannot be seen is taken back by a later run, and what is gone cannot be.
        return one
    decided = undo_decision(one, applied, case.sighting, f"exempt {one.why}")
    if decided.verdict is Verdict.SATISFIED:
        return undoing(one, UndoProgress.ALREADY_UNDONE)
    return _held(decided, case) if decided.verdict is Verdict.READY else decided


def _held(decided: Decision, case: Case) -> Decision:
    if case.history.undo_failures >= case.config.guardrails.attempts:
        why = f"the undo failed {case.history.undo_failures} times in a row; a person must look"
        return _as(decided, Verdict.HELD, Reason.UNDO_GIVEN_UP, why)
    # Freezes hold back harm, and this mends it. The pause and a watched account hold back everything.
    if not case.account.enforce:
        return _as(decided, Verdict.HELD, Reason.WATCHED, f"{only_watched(decided.account)}; then {decided.why}")
    if case.config.paused:
        return _as(decided, Verdict.HELD, Reason.PAUSED, f"{PAUSED}; then {decided.why}")
    return decided


def split_undo_and_forward(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """Those that take back now, one task a target, and the others; whoever else would act on such a target waits."""
    first: dict[tuple[str, str], str] = {}
    for one in sorted(decisions, key=lambda one: one.task):
        if one.verdict is Verdict.READY and one.undo_progress:
            first.setdefault((one.account, one.target), one.task)
    backward: list[Decision] = []
    forward: list[Decision] = []
    for one in decisions:
        leader = first.get((one.account, one.target), one.task)
        if one.verdict is Verdict.READY and leader != one.task:
            why = f"what the task {leader} did is being undone in this run"
            forward.append(_as(one, Verdict.UNDERWAY, Reason.OTHER_TASK_FIRST, why))
        else:
            (backward if one.verdict is Verdict.READY and one.undo_progress else forward).append(one)
    return backward, forward


def undoing(one: Decision, progress: UndoProgress) -> Decision:
    """The same decision as one that takes back what was done. No command for that is offered to a team."""
    return one.model_copy(update={"undo_progress": progress, "does": "undo what it did", "manual": ()})


def _irreversible(applied: AppliedCalls) -> str:
    return f"cannot be undone: {', '.join(applied.irreversible)}" if applied.irreversible else ""


def _as(one: Decision, verdict: Verdict, reason: Reason, why: str, **more: Any) -> Decision:
    return one.model_copy(update={"verdict": verdict, "reason": reason, "why": why, **more})
