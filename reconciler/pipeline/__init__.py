"""The commands as straight lines of stages: load, observe, decide, record, apply, publish."""

from __future__ import annotations

from reconciler.pipeline.basis import load_before
from reconciler.pipeline.plan import Tick, look, make_plan, merge, plan_undo
from reconciler.pipeline.run import Result, apply_plan, carry_out, publish_plan, reconcile, record_plan

__all__ = (
    "Result",
    "Tick",
    "apply_plan",
    "carry_out",
    "load_before",
    "look",
    "make_plan",
    "merge",
    "plan_undo",
    "publish_plan",
    "reconcile",
    "record_plan",
)
