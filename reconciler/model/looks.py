"""The file in which `krampus plan --shard` hands over what it saw, for `krampus merge`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from reconciler.model.instant import Instant
from reconciler.model.plan import Seen, Source


class Looks(BaseModel):
    """What one shard saw: of which commit, when it began to look, and which shard ("2/8") it is.

    It decides nothing. What is decided follows from all shards together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    at: Instant
    repository: Source
    shard: str
    sightings: tuple[Seen, ...]
