"""Decisions to undo what was done: how each comes about, also by an exemption with `restore: true`. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reconciler.decide.case import Case, changing
from reconciler.decide.derived import underived, unordered
from reconciler.decide.freezes import PAUSED, only_watched
from reconciler.decide.reversible import undo_step
from reconciler.ledger.effects import AppliedCalls
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Resource, Sighting
from reconciler.model.task import Past
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused, Underway


def undo_decision(decision: Decision, applied: AppliedCalls, sighting: Sighting, past: Past, why: str) -> Decision:
    """The same decision as one to undo what was done and still stands. `why`: who or what asks for it."""
    if sighting.problem:
        return _as(decision, Verdict.UNSEEN, Reason.UNSEEN, sighting.problem.message)
    if sighting.resource is None or not applied.undoable:
        gone = "it no longer exists, so nothing can be undone"
        return _as(decision, Verdict.REFUSED, Reason.UNDO_IMPOSSIBLE, _irreversible(applied, decision.kind) or gone)
    if forged := underived(applied, decision.action, sighting.resource, past):
        return _as(decision, Verdict.REFUSED, Reason.UNDO_NOT_DERIVED, forged)
    return _undone(decision, applied, sighting.resource, why)


def _undone(decision: Decision, applied: AppliedCalls, resource: Resource, why: str) -> Decision:
    try:
        step = undo_step(applied, resource)
    except Refused as refused:
        return _as(decision, Verdict.REFUSED, Reason.UNDO_REFUSED, f"not undone: {refused}")
    except Underway as underway:
        why = f"undone later: {underway}"
        return _as(undoing(decision, UndoProgress.PARTIAL), Verdict.UNDERWAY, Reason.UNDO_WAITS, why)
    found = {"seen": resource.digest, "region": resource.region or decision.region}
    if not step.calls:
        why = "nothing that was done is still in effect"
        return _as(undoing(decision, UndoProgress.ALREADY_UNDONE), Verdict.SATISFIED, Reason.UNDO_DONE, why, **found)
    lost = _irreversible(applied, decision.kind)
    said = (f"undone: {why}", f"in steps: {step.later}" if step.later else "", lost)
    progress = UndoProgress.PARTIAL if step.later else UndoProgress.COMPLETE
    reason = Reason.UNDO_INCOMPLETE if lost else Reason.UNDO_DUE
    why = "; ".join(filter(None, said))
    return _as(undoing(decision, progress), Verdict.READY, reason, why, calls=tuple(step.calls), **found)


def with_restore(
    decision: Decision, case: Case, sighting: Sighting, applied: AppliedCalls | None, past: Past
) -> Decision:
    """The same decision, or, where an exemption in force says so, one to undo what was done.

    sighting: with all that an undo goes by, of which the case's order may need less
    """
    asked = any(each.restore and case.now < each.end for each in case.exemptions)
    idle = applied is None or not applied.undoable or sighting.resource is None
    if decision.verdict is not Verdict.EXEMPT or not asked or applied is None or idle:
        # What cannot be seen is undone by a later run, and what is gone cannot be.
        return decision
    if forged := unordered(applied, past):
        return _as(decision, Verdict.REFUSED, Reason.UNDO_NOT_DERIVED, forged)
    if applied.account != decision.account_id:  # what is seen here is not what it was done to
        elsewhere = (
            f"not undone: it was done in account {applied.account}, and the task names {decision.account_id} now"
        )
        return _as(decision, Verdict.REFUSED, Reason.UNDO_REFUSED, elsewhere)
    undo = undo_decision(decision, applied, sighting, past, f"exempt {decision.why}")
    if undo.verdict is Verdict.SATISFIED:
        return undoing(decision, UndoProgress.ALREADY_UNDONE)
    return _held(undo, case) if undo.verdict is Verdict.READY else undo


def _held(undo: Decision, case: Case) -> Decision:
    if case.history.undo_failures >= case.config.guardrails.attempts:
        why = f"the undo failed {case.history.undo_failures} times in a row; a person must look"
        return _as(undo, Verdict.HELD, Reason.UNDO_GIVEN_UP, why)
    if case.history.stale >= case.config.guardrails.attempts:
        return _as(undo, Verdict.HELD, Reason.CHANGING, changing(case))
    # Freezes hold back harm, and an undo does none. The pause and a watched account hold back everything.
    if not case.account.enforce:
        return _as(undo, Verdict.HELD, Reason.WATCHED, f"{only_watched(undo.account)}; then {undo.why}")
    if case.config.paused:
        return _as(undo, Verdict.HELD, Reason.PAUSED, f"{PAUSED}; then {undo.why}")
    return undo


def split_undo_and_forward(decisions: Sequence[Decision]) -> tuple[list[Decision], list[Decision]]:
    """Those that undo now, one task a target, and the others; whoever else would act on such a target waits."""
    first: dict[tuple[str, str], str] = {}
    for decision in sorted(decisions, key=lambda each: each.task):
        if decision.verdict is Verdict.READY and decision.undo_progress:
            first.setdefault((decision.account_id, decision.target), decision.task)
    undos: list[Decision] = []
    forward: list[Decision] = []
    for decision in decisions:
        leader = first.get((decision.account_id, decision.target), decision.task)
        if decision.verdict is Verdict.READY and leader != decision.task:
            why = f"what the task {leader} did is being undone in this run"
            forward.append(_as(decision, Verdict.UNDERWAY, Reason.OTHER_TASK_FIRST, why))
        else:
            (undos if decision.verdict is Verdict.READY and decision.undo_progress else forward).append(decision)
    return undos, forward


def undoing(decision: Decision, progress: UndoProgress) -> Decision:
    """The same decision as one to undo what was done. No command for that is offered to a team."""
    return decision.model_copy(update={"undo_progress": progress, "does": "undo what it did", "manual": ()})


def _irreversible(applied: AppliedCalls, kind: str) -> str:
    """Why it is not whole; "" if it is: what only made something besides, a backup, stays and is no loss."""
    operations = KINDS[kind].operations if kind in KINDS else ()
    harmless = {f"{one.service}.{one.name}" for one in operations if one.adds}
    lost = [name for name in applied.irreversible if name not in harmless]
    return f"cannot be undone: {', '.join(lost)}" if lost else ""


def _as(decision: Decision, verdict: Verdict, reason: Reason, why: str, **more: Any) -> Decision:
    return decision.model_copy(update={"verdict": verdict, "reason": reason, "why": why, **more})
