"""What is known of one AWS operation beside its name: what it takes of IAM, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.model.sighting import Trouble


class Meaning(NamedTuple):
    """What an error means: its whole code, and a piece of its message, as regular expressions; the first fit counts.

    trouble: its class, None where the code alone tells it; hint: what a person can do, after "; "
    passes: it is over in seconds, and nothing has happened: the same call may be sent again
    """

    code: str
    message: str
    trouble: Trouble | None
    hint: str = ""
    passes: bool = False


@dataclass(frozen=True)
class Known:
    """actions: the IAM actions that AWS asks for ("ec2:StopInstances"); meanings: what only its errors mean."""

    actions: tuple[str, ...] = ()
    meanings: tuple[Meaning, ...] = ()


# (service, operation) -> what is known; the operation as boto3 or as the API names it, the service "" if unknown.
Knowledge = Callable[[str, str], Known]
