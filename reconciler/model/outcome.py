"""What became of the calls of a plan."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from reconciler.model.sighting import Problem, Trouble
from reconciler.model.task import Key


class Outcome(BaseModel):
    """For one task and target: how many of its calls AWS took (may have taken, if nobody knows), and what ended it.

    nothing_left: whether they are through because AWS said of each that nothing was left to do: none changed anything
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    target: str
    sent: int
    problem: Problem | None = None
    nothing_left: bool = False

    @property
    def key(self) -> Key:
        """What it is about: task and target."""
        return (self.task, self.target)

    @property
    def stale(self) -> bool:
        """Whether nothing was sent, as it was no longer as planned or the run's time was over: the next plans again."""
        stale = self.problem is not None and self.problem.trouble is Trouble.STALE
        return stale or (self.late and not self.sent)

    @property
    def late(self) -> bool:
        """Whether the run's time was over before all calls were sent."""
        return self.problem is not None and self.problem.trouble is Trouble.LATE

    @property
    def failed(self) -> bool:
        """Whether a person may have to look: a problem that is not merely a plan out of date."""
        return self.problem is not None and not self.stale


class Outcomes(BaseModel):
    """The file in which `apply` hands over what it did: of which plan (its digest), and one outcome a target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    plan: str
    outcomes: tuple[Outcome, ...]
