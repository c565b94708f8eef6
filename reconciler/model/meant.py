"""What was probably meant by a value that is not accepted: something that is, or "" if that is not plain. PURE."""

from __future__ import annotations

import re

UNITS = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}  # in minutes
_WORDS = {"min": "m", "mins": "m", "minute": "m", "minutes": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h"}
_WORDS |= {"day": "d", "days": "d", "week": "w", "weeks": "w", **{unit: unit for unit in UNITS}}
_CLOCK = re.compile(r"0*([0-9]{1,4}):([0-5][0-9])(?::00)?")
_SPAN = re.compile(r"p?t?((?:[0-9]{1,6} *[a-z]+[ ,]*)+)")
_PIECE = re.compile(r"([0-9]{1,6}) *([a-z]+)")
_DATE = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ].*)?")
_COMPACT = re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})(?:T.*)?")
_GERMAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]+([0-9]{2}:[0-9]{2}(?::[0-9]{2})?) ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})"
)
_WEEK = re.compile(r"([a-z]{3})[a-z]*[., ]*([01]?[0-9]|2[0-4])(?:[:.h]([0-5][0-9]))?")
_MOST = 99_999  # of a unit
_MIDNIGHT = 24
_DIGITS = re.compile(r"[+]?([0-9_]{1,20}|[0-9]{1,3}(?:[, ][0-9]{3}){1,5})(?:\.0+)?")
# Letters that are read as a digit.
LETTERS = {"O": "0", "o": "0", "I": "1", "l": "1"}


def duration(text: str, most: int) -> str:
    """`24h` for 24:00, `7d` for "7 days", `36h` for 1d12h; `most`: the longest that is accepted, in minutes."""
    said = text.strip().lower()
    if clock := _CLOCK.fullmatch(said):
        minutes, unit = int(clock[1]) * 60 + int(clock[2]), "h"
    elif _SPAN.fullmatch(said) and "month" not in said:
        pieces = [(int(number), _WORDS.get(word, "")) for number, word in _PIECE.findall(said)]
        if not all(unit for _, unit in pieces) or (said[:1] == "p" and "t" not in said and "m" in said):
            return ""  # P1M is a month
        minutes = sum(number * UNITS[unit] for number, unit in pieces)
        unit = pieces[0][1] if len(pieces) == 1 else next(unit for unit in "dhm" if minutes % UNITS[unit] == 0)
    else:
        return ""
    unit = unit if minutes % UNITS[unit] == 0 else "m"
    return f"{minutes // UNITS[unit]}{unit}" if 0 < minutes <= most and minutes // UNITS[unit] <= _MOST else ""


def day(text: str) -> str:
    """`2026-12-01` for 2026/12/1, 20261201, 1.12.2026 or a time of that day; it may be one that does not exist."""
    if german := _GERMAN.fullmatch(text.strip()):
        return f"{german[3]}-{int(german[2]):02d}-{int(german[1]):02d}"
    found = _DATE.fullmatch(text.strip()) or _COMPACT.fullmatch(text.strip())
    return f"{found[1]}-{int(found[3]):02d}-{int(found[4]):02d}" if found else ""


def moment(text: str) -> str:
    """`2026-12-01T09:00Z` for "2026-12-01 09:00 UTC" and the like; else the day, if it is one."""
    found = _TIME.fullmatch(text.strip().upper())
    if not found:
        return day(text) if not re.search(r"[T:]", text.upper()) else ""
    zone = "Z" if found[3] in ("UTC", "GMT") else found[3]
    return f"{found[1]}T{found[2]}{zone if ':' in zone or zone == 'Z' else f'{zone[:3]}:{zone[3:]}'}"


def week_time(text: str, days: tuple[str, ...]) -> str:
    """`Fri 16:00` for "friday 16:00" or "fri 16"; midnight at the end of a day is the beginning of the next."""
    found = _WEEK.fullmatch(text.strip().lower())
    if not found or found[1].title() not in days:
        return ""
    index, hour, minute = days.index(found[1].title()), int(found[2]), int(found[3] or 0)
    if hour == _MIDNIGHT:
        return f"{days[(index + 1) % 7]} 00:00" if not minute else ""
    return f"{days[index]} {hour:02d}:{minute:02d}"


def whole_number(text: str) -> str:
    """`10` for 010, `5` for "5" or +5 or 5.0, `1000` for 1_000."""
    found = _DIGITS.fullmatch(text.strip())
    digits = re.sub(r"[_, ]", "", found[1]) if found else ""
    return str(int(digits)) if digits else ""


def account_id(text: str) -> str:
    """Twelve digits for those with dashes, blanks or a letter O between them."""
    made = re.sub(r"[-_ .]", "", "".join(LETTERS.get(letter, letter) for letter in text))
    return made if re.fullmatch("[0-9]{12}", made) else ""
