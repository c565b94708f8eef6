"""Decisions as templates are handed them: plain values under fixed names, made explicitly. PURE."""

from __future__ import annotations

from reconciler.model.notice import Plain
from reconciler.model.plan import Decision


def decision_view(decision: Decision) -> dict[str, Plain]:
    """A decision for a template. `does`: what its calls do, in words; `title`: what its kind is called."""
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
        "display_name": decision.display_name,
        "title": decision.title,
        "does": decision.does,
        "calls": [
            {"name": f"{call.service}.{call.operation}", "arguments": call.arguments, "undoable": call.undo is not None}
            for call in decision.calls
        ],
    }
