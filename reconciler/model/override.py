"""What a person lets go in one run, over the limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.config import Limits
from reconciler.model.task import Action


@dataclass(frozen=True)
class LimitOverride:
    """At most so many targets of an action, in the run and in each account; `by` is who asked for it."""

    limits: Mapping[Action, int] = field(default_factory=dict)
    by: str = ""

    def raised(self, limits: Limits) -> Limits:
        """The limits with what is allowed; an allowance never lowers one."""
        given: dict[str, int] = {action: max(limits.of(action), most) for action, most in self.limits.items()}
        return limits.model_copy(update=given)

    def why(self, action: Action) -> str:
        """What a person reads of a target that goes by it."""
        return f"allowed {action}={self.limits[action]} by {self.by}"
