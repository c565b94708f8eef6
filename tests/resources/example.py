"""What a law needs to know of one kind and action: how to make a resource that calls for it, and what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.task import Action
from tests.aws import Here


@dataclass(frozen=True)
class Example:
    """make: creates the resource and returns its ARN; stands: whether it stands as asked, seen by boto3 alone."""

    kind: str
    action: Action
    make: Callable[[Here], str]
    stands: Callable[[Here, str], bool]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}-{self.action}-{'-'.join(self.options)}".rstrip("-")
