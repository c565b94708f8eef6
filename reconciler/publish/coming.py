"""The forecast as it is shown: what comes on which day, and what becomes of it. PURE."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.forecast import REMEDY, Coming, by_task, in_words
from reconciler.model.notice import Plain, PlainData

MOST_DAYS = 14  # on which anything comes; `krampus plan --until` shows them all
DONE = "will be done"


def next_days(forecast: Sequence[Coming], most: int = MOST_DAYS) -> list[Coming]:
    """What comes on the first days on which anything comes."""
    days = sorted({row.day for row in forecast})[:most]
    return [row for row in forecast if row.day in days]


def coming_view(row: Coming) -> dict[str, Plain]:
    """A row for a template. `tasks`: how many of which task, in words; `says`: what becomes of them."""
    return {
        "day": row.day,
        "action": row.action,
        "account": row.account,
        "count": row.due + row.waiting,
        "tasks": _tasks(row),
        "held": row.held.value if row.held else "",
        "says": row.says or DONE,
    }


def coming_line(row: Coming) -> str:
    """A row as one line of text."""
    count = row.due + row.waiting
    return f"{in_words(row.day)}: {row.action} {count} in {row.account} ({_tasks(row)}): {row.says or DONE}"


def coming_data(rows: Sequence[Coming], most: int | None = None) -> PlainData:
    """What templates/coming.md.j2 shows: the first `most` of the rows, and how many there are besides."""
    days = [coming_view(row) for row in rows[:most]]
    return {"days": days, "more_days": len(rows) - len(days), "limit_ahead": limit_ahead(rows), "remedy": REMEDY}


def limit_ahead(rows: Sequence[Coming]) -> bool:
    """Whether a limit will hold anything."""
    return any(row.excess for row in rows)


def _tasks(row: Coming) -> str:
    waiting = f"{row.waiting} that a limit held before"
    if not row.tasks:
        return waiting
    return f"{by_task(row.tasks)}; {waiting}" if row.waiting else by_task(row.tasks)
