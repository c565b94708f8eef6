"""A moment as programs hand it to each other: with its zone, and not at the ends of time, where counting stops."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _in_utc(value: datetime) -> datetime:
    if not FIRST <= value <= LAST:
        raise ValueError(f"{value.isoformat()} is no time of a plan")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
