"""When a run last completed, and how long the ledger then was: a file of the report branch. PURE.

A run in which nothing changed commits nothing. So the time is left as it is while it is younger than `EVERY`, which is
less than a day by so much that a daily run which begins early still renews it. Its memory of the ledger is renewed with
every line, since a ledger that was cut off at a line's end is intact, as far as its chain tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = "heartbeat.json"
EVERY = timedelta(hours=20)
LATE = timedelta(days=3)  # a schedule that rests over the weekend is not late on Monday


class Heartbeat(BaseModel):
    """The file: a run completed at this time, and perhaps more of them in the day after it; None if none has yet.

    lines: how many the ledger then had; last: the hash of the last of them
    """

    model_config = ConfigDict(frozen=True)

    completed: datetime | None = None
    lines: int = 0
    last: str = ""


def beat(files: Mapping[str, bytes], now: datetime) -> dict[str, bytes]:
    """The file for a run that completes; nothing if what stands there is young enough."""
    old = parsed(files.get(FILE, b"")) or Heartbeat()
    if old.completed is not None and old.completed <= now < old.completed + EVERY:
        return {}
    return _file(old.model_copy(update={"completed": now}))


def noted(files: Mapping[str, bytes], lines: int, last: str) -> dict[str, bytes]:
    """The file for a ledger that has so many lines, and whose last one has this hash."""
    old = parsed(files.get(FILE, b"")) or Heartbeat()
    return _file(old.model_copy(update={"lines": lines, "last": last}))


def late(raw: bytes, now: datetime) -> str:
    """That no run has completed for long, for a person; "" if one has, or if the file cannot be read."""
    last = completed(raw)
    if last is None or now - last < LATE:
        return ""
    return f"no run has completed since {last:%Y-%m-%d %H:%M} UTC, {(now - last).days} days ago"


def completed(raw: bytes) -> datetime | None:
    """The time in a heartbeat file; None if it has none, or cannot be read."""
    heartbeat = parsed(raw)
    return heartbeat.completed if heartbeat else None


def parsed(raw: bytes) -> Heartbeat | None:
    """A heartbeat file; None if it cannot be read."""
    try:
        return Heartbeat.model_validate_json(raw)
    except ValidationError:
        return None


def _file(heartbeat: Heartbeat) -> dict[str, bytes]:
    return {FILE: heartbeat.model_dump_json(exclude_defaults=True).encode() + b"\n"}
