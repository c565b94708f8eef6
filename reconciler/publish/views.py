"""Decisions as templates are handed them: plain values under fixed names, made explicitly. PURE."""

from __future__ import annotations

from reconciler.model.notice import Plain
from reconciler.model.plan import Decision


def decision_view(one: Decision) -> dict[str, Plain]:
    """A decision for a template. `does`: what its calls do, in words; `title`: what its kind is called."""
    return {
        "task": one.task,
        "target": one.target,
        "account": one.account,
        "region": one.region,
        "team": one.team,
        "action": one.action,
        "verdict": one.verdict.value,
        "why": one.why,
        "due": one.due,
        "display_name": one.display_name,
        "title": one.title,
        "does": one.does,
        "calls": [
            {"name": f"{call.service}.{call.operation}", "arguments": call.arguments, "undoable": call.undo is not None}
            for call in one.calls
        ],
    }
