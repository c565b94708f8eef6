"""When a run last completed: a file of the report branch that is written anew once a day, and not by each run. PURE.

A run in which nothing changed commits nothing. So the time is left as it is while it is younger than `EVERY`, which is
less than a day by so much that a daily run which begins early still renews it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = "heartbeat.json"
EVERY = timedelta(hours=20)
LATE = timedelta(days=3)  # a schedule that rests over the weekend is not late on Monday


class Heartbeat(BaseModel):
    """The file: a run completed at this time, and perhaps more of them in the day after it."""

    model_config = ConfigDict(frozen=True)

    completed: datetime


def beat(files: Mapping[str, bytes], now: datetime) -> dict[str, bytes]:
    """The file for a run that completes; nothing if what stands there is young enough."""
    last = completed(files.get(FILE, b""))
    if last is not None and last <= now < last + EVERY:
        return {}
    return {FILE: Heartbeat(completed=now).model_dump_json().encode() + b"\n"}


def late(raw: bytes, now: datetime) -> str:
    """That no run has completed for long, for a person; "" if one has, or if the file cannot be read."""
    last = completed(raw)
    if last is None or now - last < LATE:
        return ""
    return f"no run has completed since {last:%Y-%m-%d %H:%M} UTC, {(now - last).days} days ago"


def completed(raw: bytes) -> datetime | None:
    """The time in a heartbeat file; None if it cannot be read."""
    try:
        return Heartbeat.model_validate_json(raw).completed
    except ValidationError:
        return None
