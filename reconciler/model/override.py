"""The limits that a person raises for one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.config import Limits
from reconciler.model.task import Action


@dataclass(frozen=True)
class LimitOverride:
    """The most targets of an action that are allowed, in the run and in each account. `by`: who asked for it.

    without_notice: why what was held past its date is done without telling its team first, "" if it is told
    """

    limits: Mapping[Action, int] = field(default_factory=dict)
    by: str = ""
    without_notice: str = ""

    def raised(self, limits: Limits) -> Limits:
        """The limits with those raised that are overridden; an override never lowers a limit."""
        raised: dict[str, int] = {action: max(limits.of(action), most) for action, most in self.limits.items()}
        return limits.model_copy(update=raised)

    def why(self, action: Action) -> str:
        """The reason, for people, of a target that is allowed by this override."""
        return f"allowed {action}={self.limits[action]} by {self.by}"
