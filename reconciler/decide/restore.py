"""Decisions that take back what was done: how each comes about, also by an exemption with `restore: true`. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.decide.case import Case
from reconciler.decide.reversible import AppliedCalls, take_back
from reconciler.model.ledger import TAKING_BACK
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.sighting import Sighting
from reconciler.resources.kind import Refused, Underway

LASTING = "cannot be taken back: "  # in the `why` of what has calls without an undo


def undo_decision(one: Decision, what: AppliedCalls, sighting: Sighting, why: str) -> Decision:
    """The same target, decided anew: to take back what was done to it and still stands; `why` is why at all."""
    if sighting.problem:
        return _as(one, Verdict.UNSEEN, sighting.problem.message)
    if sighting.resource is None or not what.undoable:
        return _as(one, Verdict.REFUSED, _lasting(what) or "it is not there any more, so nothing can be taken back")
    try:
        back = take_back(what, sighting.resource)
    except Refused as refused:
        return _as(one, Verdict.REFUSED, f"not taken back: {refused}")
    except Underway as underway:
        return _as(one, Verdict.UNDERWAY, f"taken back later: {underway}", undo_progress=UndoProgress.PARTIAL)
    found = {"seen": sighting.resource.digest, "region": sighting.resource.region or one.region}
    if not back.calls:
        return _as(
            one,
            Verdict.SATISFIED,
            "nothing that was done still stands",
            undo_progress=UndoProgress.ALREADY_UNDONE,
            **found,
        )
    said = "; ".join(filter(None, (f"{TAKING_BACK}{why}", back.later and f"in steps: {back.later}", _lasting(what))))
    undo_progress = UndoProgress.PARTIAL if back.later else UndoProgress.COMPLETE
    return _as(one, Verdict.READY, said, undo_progress=undo_progress, calls=tuple(back.calls), **found)


def with_restore(one: Decision, case: Case, what: AppliedCalls | None) -> Decision:
    """The same decision, or, where an exemption in force says so, one that takes back what was done."""
    asked = any(each.restore and case.now < each.end for each in case.exemptions)
    idle = what is None or not what.undoable or case.sighting.resource is None
    if one.verdict is not Verdict.EXEMPT or not asked or what is None or idle:
        # What cannot be seen is taken back by a later run, and what is gone cannot be.
        return one
    decided = undo_decision(one, what, case.sighting, f"exempt {one.why}")
    if decided.verdict is Verdict.SATISFIED:
        return _as(one, one.verdict, one.why, undo_progress=UndoProgress.ALREADY_UNDONE)
    if decided.verdict is not Verdict.READY:
        return decided
    if case.history.undo_failures >= case.config.guardrails.attempts:
        why = f"taking it back failed {case.history.undo_failures} times in a row; a person must look"
        return _as(decided, Verdict.HELD, why)
    # Freezes hold back harm, and this mends it. The pause and a watched account hold back everything.
    held = "Krampus is paused" if case.config.paused else ""
    held = held if case.account.enforce else f"{one.account} is only watched"
    return _as(decided, Verdict.HELD, f"{held}; then {decided.why}") if held else decided


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
            forward.append(_as(one, Verdict.UNDERWAY, f"what the task {leader} did is taken back in this run"))
        else:
            (backward if one.verdict is Verdict.READY and one.undo_progress else forward).append(one)
    return backward, forward


def _lasting(what: AppliedCalls) -> str:
    return f"{LASTING}{', '.join(what.lasting)}" if what.lasting else ""


def _as(one: Decision, verdict: Verdict, why: str, **more: Any) -> Decision:
    return one.model_copy(update={"verdict": verdict, "why": why, **more})
