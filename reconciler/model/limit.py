"""A limit of the guardrails that a plan exceeds: what it holds, and what would let it go."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from reconciler.model.task import Action


class LimitKey(StrEnum):
    """Which of the guardrails' limits; both count a run and a UTC day. The values are the keys in krampus.yaml."""

    PER_RUN = "per_run"
    PER_ACCOUNT = "per_account"


class Excess(BaseModel):
    """A limit that is exceeded: which, where ("" for the whole run), and what it would have to be.

    account: its name, for people; account_id: its number, by which is counted
    due: targets of this plan; done: others on the same UTC day
    allow: what `--allow` must name for this action, so that nothing of it is held in that run
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    limited: LimitKey
    account: str
    account_id: str
    limit: int
    due: int
    done: int
    allow: int

    @property
    def key(self) -> str:
        """The limit's place in krampus.yaml."""
        return f"guardrails.{self.limited}.{self.action}"

    @property
    def needed(self) -> int:
        """The limit at which it would go."""
        return self.due + self.done

    @property
    def why(self) -> str:
        """What is said of each target that it holds."""
        where = f"in {self.account}" if self.account else "in this run"
        done = f" and {self.done} done today" if self.done else ""
        return (
            f"over the limit {self.key} ({self.limit}): {self.due} due {where}{done}; all of them are held until it is "
            f"raised, or a run is given --allow {self.action}={self.allow}"
        )
