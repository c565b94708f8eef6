"""Decisions as templates are handed them: plain values under fixed names, made explicitly. PURE."""

from __future__ import annotations

from reconciler.model.notice import Plain
from reconciler.model.plan import Decision, Verdict

SETTLED = (Verdict.EXPIRED, Verdict.EXEMPT, Verdict.SATISFIED)


def notes(decision: Decision) -> tuple[str, ...]:
    """What a person should know besides why, in sentences without a full stop; nothing once it is settled."""
    if decision.verdict in SETTLED:
        return ()
    return (*(owner.says for owner in decision.owners), *decision.notes)


def decision_view(decision: Decision) -> dict[str, Plain]:
    """A decision for a template. `does`: what its calls do, in words; `title`: what its kind is called.

    `thaws`: whether it is due when a freeze ends; `held_then`, `foreseen`: what will hold it when it is due, for a
    program and in words, "" if nothing will. `notes`: who else manages it, and what else follows, while it is open.
    """
    return {
        "task": decision.task,
        "target": decision.target,
        "account": decision.account,
        "region": decision.region,
        "team": decision.team,
        "action": decision.action,
        "verdict": decision.verdict.value,
        "why": decision.why,
        "due": decision.due,
        "thaws": decision.frozen_from is not None,
        "held_then": decision.held_then.value if decision.held_then else "",
        "foreseen": decision.foreseen,
        "display_name": decision.display_name,
        "title": decision.title,
        "does": decision.does,
        "notes": notes(decision),
        "calls": [
            {"name": f"{call.service}.{call.operation}", "arguments": call.arguments, "undoable": call.undo is not None}
            for call in decision.calls
        ],
    }
