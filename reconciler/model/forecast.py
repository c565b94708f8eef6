"""What the rules will say on a coming day, if nothing changes until then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from reconciler.model.instant import Instant
from reconciler.model.limit import Excess
from reconciler.model.reason import Reason
from reconciler.model.task import Action

MOST_TASKS = 3  # that are named in a sentence
REMEDY = "Raise the limit, spread them with `after`, or split the task."


class Coming(BaseModel):
    """What comes on one UTC day for one action in one account, and what becomes of it.

    account: its name, for people; account_id: its number
    due: targets that come on that day; tasks: the same by task
    waiting: targets that a limit has held since earlier days, and that share their fate
    held: what will hold them, None if nothing that is known will; they are then done on that day
    until: of a freeze, the moment at which it lets them go
    excess: the limit that will hold them; `says`: what is told of it, in words, or of whatever else holds them
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    action: Action
    account: str
    account_id: str
    due: int
    tasks: Mapping[str, int]
    waiting: int = 0
    held: Reason | None = None
    until: Instant | None = None
    excess: Excess | None = None
    says: str = ""


def too_many(day: date, excess: Excess, tasks: Mapping[str, int], waiting: int) -> str:
    """What is said beforehand of a limit that will hold all that is due on a day.

    tasks: by task how many come on that day, where the limit counts; waiting: those that it holds already
    """
    (head, first), *rest = sorted(tasks.items(), key=lambda each: (-each[1], each[0]))
    others = _named(rest)
    if waiting:
        others.append(f"{waiting} that wait already")
    where = f"in {excess.account}" if excess.account else "in all accounts together"
    alone = first + excess.done > excess.limit
    number = first if alone else excess.due
    parts = "" if alone or not others else f" ({_joined([f'{first} of {head}', *others])})"
    used = f", and {excess.done} {'is' if excess.done == 1 else 'are'} used already" if excess.done else ""
    fate = "all of them will be held" if number > 1 else "it will be held"
    more = f", and with {'them' if number > 1 else 'it'} {_joined(others)}" if alone and others else ""
    together = " together" if number > 1 else ""
    return (
        f"{number} will be due{together} on {in_words(day)} {where}{parts}; {excess.key} allows {excess.limit} a day"
        f"{used}: {fate}{more}"
    )


def by_task(tasks: Mapping[str, int]) -> str:
    """How many of which task, the largest first: `30 of public-buckets and 3 of open-ssh`."""
    return _joined(_named(sorted(tasks.items(), key=lambda each: (-each[1], each[0]))))


def in_words(day: date) -> str:
    """A day, as everywhere: 2 December 2026."""
    return f"{day.day} {day:%B %Y}"


def moment_in_words(moment: datetime) -> str:
    """A moment of UTC, as everywhere: 2 December 2026, 09:00 UTC."""
    return f"{in_words(moment.date())}, {moment:%H:%M} UTC"


def _named(tasks: Sequence[tuple[str, int]]) -> list[str]:
    named = [f"{count} of {task}" for task, count in tasks[:MOST_TASKS]]
    more = sum(count for _, count in tasks[MOST_TASKS:])
    return [*named, f"{more} of other tasks"] if more else named


def _joined(parts: Iterable[str]) -> str:
    *firsts, last = parts
    return f"{', '.join(firsts)} and {last}" if firsts else last
