"""Who manages a resource besides the team that it belongs to: a service of AWS, a stack, a tool."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Owner(BaseModel):
    """One of them. name: "CloudFormation stack web"; follows: what it means for who acts on it, after "; ".

    Both may hold what somebody wrote into a tag.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    follows: str

    @property
    def says(self) -> str:
        """For people, without a full stop."""
        return f"it belongs to {self.name}; {self.follows}"
