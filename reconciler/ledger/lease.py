"""Who is at work: a file on the report branch, taken with the push that goes before the calls, given back at the end.

PURE. The push itself decides between two runs that load the branch at once; the lease, between one that is at work and
one that begins meanwhile. It counts from that push, and a run sends nothing after its end: by then another may have
begun. `claim.py` renews it.
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
RENEWED_AFTER = timedelta(minutes=20)
# What one call may take: six tries, each with the time-outs for connecting and for the answer, the waits between them,
# and new credentials.
ONE_CALL = timedelta(minutes=8)
# Each machine's clock may be off by SKEW, either way. What begins before this is over before another run begins.
SENDS = LASTS - 2 * SKEW - ONE_CALL


class Lease(BaseModel):
    """The run that is at work, and its process ("" if separate jobs share the work).

    at: when it was taken, or renewed last
    """

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


def taken(plan: Plan, process: str, at: datetime) -> dict[str, bytes]:
    """The file while the plan's run is at work. at: the moment right before the push that takes or renews it"""
    return _file(Lease(run=plan.run, at=at, process=process))


def since(files: Mapping[str, bytes], plan: Plan) -> datetime | None:
    """When the plan's run took or renewed its lease, however long ago; None if the lease is not its own."""
    try:
        lease = Lease.model_validate_json(files.get(FILE, b"{}"))
    except ValidationError:
        return None
    return lease.at if lease.run == plan.run else None


def held(files: Mapping[str, bytes], plan: Plan) -> bool:
    """Whether the lease is the plan's run's own, however old it is."""
    return since(files, plan) is not None


def over(at: datetime, now: datetime) -> str:
    """Why a run may begin no further call by a lease that was taken at `at`, for a person; "" if it may."""
    if at - 2 * SKEW <= now < at + SENDS:
        return ""
    until = f"{at + SENDS:%Y-%m-%d %H:%M} UTC"
    return f"the time of this run is over: it might send until {until}, and another may begin soon after"


def until_over(files: Mapping[str, bytes], plan: Plan, clock: Callable[[], datetime]) -> Callable[[], str]:
    """For a run that cannot renew its lease: why it may begin no further call at the moment at which it is asked."""
    at = since(files, plan)
    return lambda: over(at, clock()) if at else "this run has not taken the report branch"


def _file(lease: Lease) -> dict[str, bytes]:
    return {FILE: lease.model_dump_json(exclude_defaults=True).encode() + b"\n"}
