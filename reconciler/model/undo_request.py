"""What a person asks `krampus undo` for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class UndoRequest(BaseModel):
    """What a person wants undone: all that a task did, or only what it did to one target; `by` is who asks.

    while_paused: although Krampus is paused
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    target: str = ""
    by: str = ""
    while_paused: bool = False
