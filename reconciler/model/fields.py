"""The types of single values in YAML files: what is accepted, and the errors for everything else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

DURATION = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK_TIME = re.compile(rf"({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])")
# A public key as OpenSSH writes it, with a comment or without.
PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) "
    r"AAAA[A-Za-z0-9+/]{40,}={0,2}( [ -~]*)?"
)
PROTECTED: Literal["protected-branch"] = "protected-branch"


class Model(BaseModel):
    """The base of all file models: frozen, no unknown keys, no silent conversion of one type to another."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


def wrong(message: str, help: str) -> PydanticCustomError:
    """An error with its own help; loading turns it into a fault."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "help": help})


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise wrong(f"'{value}' is not a duration", "write a whole number and m, h, d or w: 30m, 4h, 7d, 2w")
    return int(match[1]) * UNITS[match[2]]


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise wrong(f"'{value}' is not a date", "write YYYY-MM-DD, for example 2026-12-01")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise wrong(f"the date {value} does not exist", "check the month and the day") from None


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and DAY.fullmatch(value):
        day = _day(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    match = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise wrong(
            f"'{value}' is not a date or time", "write 2026-12-01 (00:00 UTC) or 2026-12-01T09:00:00Z (or +01:00)"
        )
    if not match[2]:
        raise wrong(
            f"the time '{value}' has no time zone", f"write {value}Z for UTC, or an offset such as {value}+01:00"
        )
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        raise wrong(f"the time {value} does not exist", "check the day, the hour and the minute") from None


def _week_time(value: Any) -> Any:
    match = WEEK_TIME.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise wrong(f"'{value}' is not a time of the week", 'write a day and a time, quoted: "Fri 16:00"')
    return value


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong(f"'{value}' is not a time zone", "write an IANA name such as Europe/Berlin, or UTC")
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise wrong(f"there is no time zone '{value}'", "write an IANA name such as Europe/Berlin, or UTC") from None
    return value


def _account_id(value: Any) -> Any:
    if not isinstance(value, str):
        raise wrong(f"the account id {value} is a number", f'put it in quotes: "{value}"')
    if not re.fullmatch(r"[0-9]{12}", value):
        raise wrong(f"'{value}' is not an account id", "write exactly twelve digits, in quotes")
    return value


def _signers(value: Any) -> Any:
    if value is None or value == PROTECTED:
        return value
    help = f'write a list of public keys, ["ssh-ed25519 AAAA… krampus"], or {PROTECTED}'
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong("`signers` names no key", help)
    for key in value:
        if not isinstance(key, str) or not PUBLIC_KEY.fullmatch(key):
            private = " but a private one: take it out of the history, and make another" * ("PRIVATE" in str(key))
            raise wrong(f"'{str(key)[:20]}' is not a public SSH key{private}", help)
    return tuple(value)


def _text(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": f"^{pattern}$"}


Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(_text(DURATION.pattern))]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema(_text(f"({DAY.pattern}|{MOMENT.pattern})"))]
WeekTime = Annotated[str, BeforeValidator(_week_time), WithJsonSchema(_text(WEEK_TIME.pattern))]
Zone = Annotated[str, BeforeValidator(_zone), WithJsonSchema({"type": "string"})]
AccountId = Annotated[str, BeforeValidator(_account_id), WithJsonSchema(_text("[0-9]{12}"))]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\n]*$")]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https://[^\s<>\"']+$")]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Signers = Annotated[
    tuple[str, ...] | Literal["protected-branch"],
    BeforeValidator(_signers),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": _text(PUBLIC_KEY.pattern), "minItems": 1},
                {"const": PROTECTED},
            ]
        }
    ),
]
Switch = Annotated[bool, Field(strict=True)]
