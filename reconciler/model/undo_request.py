"""What a person asks `krampus undo` for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

from reconciler.model.instant import Instant


class UndoRequest(BaseModel):
    """What a person wants undone; `by` is who asks. One of the first three says of what, and the others are empty.

    task: all that it did, or only what it did to `target`; run: what this run did, whatever the task
    since: what any run that began then or later did (UTC)
    while_paused: although Krampus is paused, and a task is in force that would do it again
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str = ""
    run: str = ""
    since: Instant | None = None
    target: str = ""
    by: str = ""
    while_paused: bool = False

    @model_validator(mode="after")
    def _one_alone(self) -> UndoRequest:
        if sum((bool(self.task), bool(self.run), self.since is not None)) != 1 or (self.target and not self.task):
            raise ValueError("an undo is of a task, of a run, or of all since a time; a target goes with a task alone")
        return self

    @property
    def limited(self) -> bool:
        """Whether what was done to a target may be asked for in part only: that of some runs."""
        return not self.task
