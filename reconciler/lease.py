"""Who is at work: a file on the report branch, taken with the push that goes before the deed, given back at the end.

PURE. The push itself decides between two runs that load the branch at once; the lease, between one that is at work and
one that begins meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.errors import Fault, InvalidInput
from reconciler.model.plan import Plan

FILE = "run.json"
LASTS = timedelta(hours=1)  # a run that was killed gives nothing back


class Lease(BaseModel):
    """The run that is at work, and the time of its plan; none if nobody is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str = ""
    at: datetime | None = None


def holder(files: Mapping[str, bytes], now: datetime) -> Lease | None:
    """The lease that stands; None if nobody is at work. InvalidInput if it cannot be read: then nobody can tell."""
    try:
        lease = Lease.model_validate_json(files.get(FILE, b"{}"))
    except ValidationError:
        what = "write {} into it on the report branch, once no run is at work"
        raise InvalidInput([Fault(FILE, 1, 1, "does not say who is at work", what)]) from None
    return lease if lease.at is not None and now - lease.at < LASTS else None


def taken(plan: Plan) -> dict[str, bytes]:
    """The file while the plan's run is at work."""
    return _file(Lease(run=plan.run, at=plan.at))


def given_back(files: Mapping[str, bytes], plan: Plan) -> dict[str, bytes]:
    """The file after the plan's run; nothing to write if the lease is not its own."""
    return _file(Lease()) if files.get(FILE) == taken(plan)[FILE] else {}


def _file(lease: Lease) -> dict[str, bytes]:
    return {FILE: lease.model_dump_json(exclude_defaults=True).encode() + b"\n"}
