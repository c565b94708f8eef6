"""What a reviewed file exempts, and no task names: legitimate ahead of a task, and a slip of the pen otherwise."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Unmatched(BaseModel):
    """A resource of an exemption that covers no target. `nearest`: targets that may have been meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    resource: str
    nearest: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """A sentence for a person."""
        near = f"; the nearest targets are {', '.join(self.nearest)}" if self.nearest else ""
        return f"{self.file} protects nothing today: {self.resource} covers no target of a task{near}"
