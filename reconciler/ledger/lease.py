"""Who is at work: a file on the report branch, taken with the push that goes before the calls, given back at the end.

PURE. The push itself decides between two runs that load the branch at once; the lease, between one that is at work and
one that begins meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.errors import Fault, InvalidInput
from reconciler.ledger.times import SKEW
from reconciler.model.plan import Plan

FILE = "run.json"
# A run that was killed gives nothing back. An hourly schedule must not lose the next run to it.
LASTS = timedelta(minutes=50)


class Lease(BaseModel):
    """The run that is at work, the time of its plan, and its process ("" if separate jobs share the work)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str = ""
    at: datetime | None = None
    process: str = ""


def holder(files: Mapping[str, bytes], now: datetime, is_dead: Callable[[str], bool]) -> Lease | None:
    """The lease that stands; None if nobody is at work. InvalidInput if it cannot be read: then a person must look.

    `is_dead`: whether a process is known to have ended; what cannot be known is waited for.
    """
    try:
        lease = Lease.model_validate_json(files.get(FILE, b"{}"))
    except ValidationError:
        what = "write {} into it on the report branch, once no run is at work"
        raise InvalidInput([Fault(FILE, 1, 1, "does not say who is at work", what)]) from None
    if lease.at is None or now - lease.at >= LASTS or (lease.process and is_dead(lease.process)):
        return None
    return lease


def at_work(files: Mapping[str, bytes], now: datetime, is_dead: Callable[[str], bool]) -> bool:
    """Whether a run is at work: its lease stands, and is not from the future. InvalidInput as `holder`."""
    return holder(files, now, is_dead) is not None and not ahead(files, now)


def ahead(files: Mapping[str, bytes], now: datetime) -> bool:
    """Whether the lease is of a time that has not come: the clock of the machine that took it was ahead."""
    try:
        lease = Lease.model_validate_json(files.get(FILE, b"{}"))
    except ValidationError:
        return False
    return lease.at is not None and lease.at > now + SKEW


def none_at_work() -> dict[str, bytes]:
    """The file while nobody is at work."""
    return _file(Lease())


def taken(plan: Plan, process: str) -> dict[str, bytes]:
    """The file while the plan's run is at work."""
    return _file(Lease(run=plan.run, at=plan.at, process=process))


def held(files: Mapping[str, bytes], plan: Plan) -> bool:
    """Whether the lease is the plan's run's own, however old it is."""
    try:
        return Lease.model_validate_json(files.get(FILE, b"{}")).run == plan.run
    except ValidationError:
        return False


def given_back(files: Mapping[str, bytes], plan: Plan) -> dict[str, bytes]:
    """The file after the plan's run; nothing to write if the lease is not its own."""
    return none_at_work() if held(files, plan) else {}


def _file(lease: Lease) -> dict[str, bytes]:
    return {FILE: lease.model_dump_json(exclude_defaults=True).encode() + b"\n"}
