"""What a person has looked at and vouches for: the lines of the ledger up to one of them. A file on the report branch.

PURE. It is written by `krampus ledger adopt` alone, in a commit that is signed as every other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.errors import Fault, InvalidInput

FILE = "adopted.json"


class Adoption(BaseModel):
    """by: who adopted; at: when (UTC); commit: the report branch's commit then; last: the hash of the last line.

    missing: what was known of lines that are lost, and without which the ledger begins anew; "" if none were
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    at: datetime
    commit: str
    last: str
    missing: str = ""


def adoption(files: Mapping[str, bytes]) -> Adoption | None:
    """The last adoption, None if there was none. InvalidInput if it cannot be read."""
    if FILE not in files:
        return None
    try:
        return Adoption.model_validate_json(files[FILE])
    except ValidationError:
        what = "restore the report branch to a commit at which it could be read"
        raise InvalidInput([Fault(FILE, 1, 1, "does not say what was adopted", what)]) from None


def adopting(adoption: Adoption) -> dict[str, bytes]:
    """The file that says so."""
    return {FILE: adoption.model_dump_json(exclude_defaults=True).encode() + b"\n"}
