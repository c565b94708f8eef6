"""One AWS API call as data: it can be shown, recorded, compared and taken back before anybody sends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

PLANNED = "{calls}"  # among the commands with which a team acts itself: those of the calls that are planned


class Call(BaseModel):
    """`operation` and `arguments` are boto3's (`stop_instances`, `{"InstanceIds": [...]}`); `arguments` is JSON.

    `undo` is the call that restores what this one changes. None marks a point of no return. `again`, at such a point,
    makes the like of what it ends, for people: Krampus keeps it in the ledger and never sends it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str = Field(pattern=r"^[a-z0-9-]+$")
    operation: str = Field(pattern=r"^[a-z0-9_]+$")
    arguments: Mapping[str, Any]
    undo: Call | None = None
    again: tuple[Call, ...] = Field(default=(), exclude_if=lambda calls: not calls)

    @property
    def canonical(self) -> str:
        """The whole call as text: equal for two calls exactly when all of both is, types of values included."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True)

    @property
    def reversed(self) -> Call | None:
        """The call that takes this one back, whose own undo is this one; None where there is no way back."""
        return self.undo and self.undo.model_copy(update={"undo": self.model_copy(update={"undo": None})})
