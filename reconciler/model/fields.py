"""The types of single values in YAML files: what is accepted, and the errors for everything else."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.model import meant

DURATION = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
ANY_DURATION = re.compile(r"([0-9]+)([mhdw])")
LONGEST = timedelta(days=3650)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?")
# Whatever is added to a date of these years is a date, too.
FIRST_YEAR, LAST_YEAR = 2000, 2199
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK_TIME = re.compile(rf"({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):([0-5][0-9])")
# A public key as OpenSSH writes it, with a comment or without.
PUBLIC_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) "
    r"AAAA[A-Za-z0-9+/]{40,}={0,2}( [ -~]*)?"
)
LINE = r"^[^\n]*$"
NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
LINK = r"^https://[^\s<>\"']+$"
PROTECTED: Literal["protected-branch"] = "protected-branch"


class Model(BaseModel):
    """The base of all file models: frozen, no unknown keys, no silent conversion of one type to another."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


def wrong(message: str, help: str) -> PydanticCustomError:
    """An error with its own help; loading turns it into a fault."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "help": help})


def _said(value: Any) -> str:
    """A value as a message quotes it."""
    return str(value)[:100]


def _write(value: str, otherwise: str) -> str:
    """The help that names what is accepted, or else says how that looks."""
    return f"write `{value}`" if value else otherwise


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = ANY_DURATION.fullmatch(value) if isinstance(value, str) else None
    most = LONGEST // timedelta(minutes=1)
    if match and (len(match[1]) > len(str(most)) or int(match[1]) * meant.UNITS[match[2]] > most):
        raise wrong(f"'{_said(value)}' is longer than ten years", f"write `{LONGEST.days}d` or less")
    if match and DURATION.fullmatch(value):
        return timedelta(minutes=int(match[1]) * meant.UNITS[match[2]])
    if match and not int(match[1]):
        raise wrong(f"'{value}' is no time at all", "write `1m` or more")
    if re.fullmatch("[0-9]+", str(value)):
        units = ", ".join(f"{_said(value).lstrip('0') or 1}{unit}" for unit in meant.UNITS)
        raise wrong(f"the duration {_said(value)} has no unit", f"write one of minutes, hours, days or weeks: {units}")
    usual = "write a whole number and m, h, d or w: 30m, 4h, 7d, 2w"
    raise wrong(f"'{_said(value)}' is not a duration", _write(meant.duration(str(value), most), usual))


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not DAY.fullmatch(value):
        probably = meant.day(str(value))
        usual = "write YYYY-MM-DD, for example 2026-12-01"
        raise wrong(f"'{_said(value)}' is not a date", _write(probably if _exists(probably) else "", usual))
    _check_year(value)
    if not _exists(value):
        raise wrong(f"the date {value} does not exist", "check the month and the day")
    return date.fromisoformat(value)


def _exists(day: str) -> bool:
    try:
        return FIRST_YEAR <= date.fromisoformat(day).year <= LAST_YEAR
    except ValueError:
        return False


def _check_year(value: str) -> None:
    if not FIRST_YEAR <= int(value[:4]) <= LAST_YEAR:
        raise wrong(
            f"the year of {_said(value)} is not one from {FIRST_YEAR} to {LAST_YEAR}",
            f"write a date from {FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31",
        )


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and DAY.fullmatch(value):
        day = _day(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    match = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not match:
        probably = meant.moment(str(value))
        usual = "write 2026-12-01 (00:00 UTC) or 2026-12-01T09:00:00Z (or +01:00)"
        raise wrong(
            f"'{_said(value)}' is not a date or time", _write(probably if _exists(probably[:10]) else "", usual)
        )
    _check_year(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(f"the time {value} does not exist", "check the day, the hour, the minute and the zone") from None
    if not match[2]:
        raise wrong(
            f"the time '{value}' has no time zone", f"write `{value}Z` for UTC, or an offset such as {value}+01:00"
        )
    return found.astimezone(UTC)


def _week_time(value: Any) -> Any:
    match = WEEK_TIME.fullmatch(value) if isinstance(value, str) else None
    if not match:
        probably = meant.week_time(str(value), WEEKDAYS)
        usual = f'write a day ({", ".join(WEEKDAYS)}) and a time, quoted: "Fri 16:00"'
        raise wrong(f"'{_said(value)}' is not a time of the week", _write(probably and f'"{probably}"', usual))
    return value


def _zone(value: Any) -> Any:
    usual = "write an IANA name such as Europe/Berlin, or UTC"
    if not isinstance(value, str):
        raise wrong(f"'{_said(value)}' is not a time zone", usual)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        alike = [name for name in available_timezones() if name.lower() == value.lower().replace(" ", "_")]
        raise wrong(f"there is no time zone '{_said(value)}'", _write(alike[0] if alike else "", usual)) from None
    return value


def _account_id(value: Any) -> Any:
    usual = "write exactly twelve digits, in quotes"
    text = str(value)
    if isinstance(value, int) and re.fullmatch(r"[0-9]{12}", text):
        raise wrong(f"the account id {text} is a number", f'put it in quotes: "{text}"')
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
        digits = f": it has {len(text)} digits, not twelve" if re.fullmatch("[0-9]{1,99}", text) else ""
        letter = next((letter for letter in text if letter in meant.LETTERS), "")
        probably = meant.account_id(text) if isinstance(value, str) else ""
        digits = f": it has the letter {letter}" if letter and probably else digits
        raise wrong(f"'{_said(value)}' is not an account id{digits}", _write(probably and f'"{probably}"', usual))
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
Name = Annotated[str, StringConstraints(pattern=NAME)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
Link = Annotated[str, StringConstraints(max_length=2000, pattern=LINK)]
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
