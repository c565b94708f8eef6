"""What was seen in AWS: a resource, a reason why it could not be seen, or neither (it is not there)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime

from reconciler.model.target import Target
from reconciler.model.task import Action


@dataclass(frozen=True)
class Resource:
    """A resource as it stands.

    `facts` is JSON chosen by the kind: all that its verbs read, safe to commit, never a secret, and equal for two looks
    at a resource that nobody has changed, however much it is used meanwhile. `created` is aware UTC, None where AWS
    does not tell. `region` is set only where the ARN names none and AWS does (buckets). `operator` is the AWS service
    that manages it where AWS says so (`Operator`), and then lets nobody else act on it; "" if none does.
    """

    name: str
    facts: Mapping[str, Any]
    created: AwareDatetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    region: str = ""
    operator: str = ""

    @property
    def digest(self) -> str:
        """16 hex characters over the facts: equal exactly when the facts are."""
        canonical = json.dumps(self.facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]


class Trouble(StrEnum):
    """What an error of AWS means for us (the classes of the AWS error codes)."""

    THROTTLED = "throttled"  # refused for its rate: nothing happened, and the same call may be sent again
    UNKNOWN = "unknown"  # no answer, or a server error: it may or may not have happened
    GONE = "gone"  # nothing is left to do: AWS says so of the very resource that the call is about, and of nothing else
    MISSING = "missing"  # something that the call names does not exist, and this may be another thing
    STATE = "state"  # busy, in use, or in a state that does not allow it
    CAPACITY = "capacity"  # AWS has no room at present, or a quota for what runs is used up: nothing happened
    PROTECTED = "protected"  # a protection that somebody switched on
    DENIED = "denied"  # a permission is missing
    CREDENTIALS = "credentials"  # no, wrong or expired credentials; a region that is not enabled
    MALFORMED = "malformed"  # the call itself is wrong
    STALE = "stale"  # ours, not AWS': it changed since it was planned
    LATE = "late"  # ours: the run's time was over before the call, which was not sent
    OTHER = "other"


@dataclass(frozen=True)
class Problem:
    """Why AWS did not answer, or refused: the class of the error, and a sentence for a person."""

    trouble: Trouble
    message: str


@dataclass(frozen=True)
class Sighting:
    """One look at one target. Neither resource nor problem: AWS answered, and it is not there."""

    resource: Resource | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Look:
    """What a target is looked at for: what an action with a task's options goes by, or its undo (`options` None).

    All looks at one target are one look at AWS, and one sighting.
    """

    target: Target
    action: Action
    options: Mapping[str, Any] | None = None


# Of a target that need not be looked at; whoever takes it for a sighting all the same does nothing.
NOT_LOOKED_AT = Sighting(problem=Problem(Trouble.OTHER, "it was not looked at"))
Live = Mapping[Target, Sighting]
