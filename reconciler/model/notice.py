"""Notices: the issues that there should be, what is news in them, and what became of their delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from reconciler.model.ledger import Cause
from reconciler.model.task import Key

Delivered = Mapping[Key, str]  # where the notice of it is: the address of its issue
# What a template may be handed: no object with methods or fields of its own.
Plain = str | int | float | date | datetime | Sequence["Plain"] | Mapping[str, "Plain"] | None
PlainData = Mapping[str, Plain]


class News(StrEnum):
    """What is worth a comment, in the order in which a comment tells it."""

    FAILED = "failed"
    ACTED = "acted"
    REPEATED = "repeated"  # it was back, and has been done again
    RESTORED = "restored"
    DRIFTED = "drifted"  # it is back
    BROUGHT_FORWARD = "brought_forward"
    NOTICED = "noticed"
    REMINDED = "reminded"
    RELEASED = "released"
    POSTPONED = "postponed"
    HELD = "held"
    REFUSED = "refused"
    ENDING = "ending"
    STANDING = "standing"  # a limit has held for more than a day


@dataclass(frozen=True)
class Telling:
    """What a team is told of one target, and what the ledger is to remember of it, as its `noticed` line has it.

    cause: what has changed of what it was told before, None for a first notice; due: the date that it is told
    """

    cause: Cause | None
    due: datetime
    since: datetime
    digest: str
    identity: str
    tracker: str
    repository: str


@dataclass(frozen=True)
class NewsItem:
    """One piece of news of one target. `id` is the same whenever the same thing is said, so that it is said once.

    due: the date that it tells; by: who let it be done
    """

    id: str
    news: News
    target: str
    message: str = ""
    due: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Notice:
    """One issue as it should be in one repository ("owner/name", "" is the one that Krampus runs in).

    mention: whom it calls, "" nobody
    content: what its template shows
    open: whether there is anything that the team should know; None leaves it as it is (not all could be seen)
    about: what its team has been notified of once it is delivered
    urgent: whether it goes first where a tracker takes only so many changes in a run
    due: the earliest time at which a target of it is due; severity: of its task, "" if it is about none
    """

    key: str
    repository: str
    mention: str
    title: str
    template: str
    content: PlainData
    open: bool | None
    labels: tuple[str, ...]
    news: tuple[NewsItem, ...] = ()
    about: tuple[Key, ...] = ()
    urgent: bool = True
    due: datetime | None = None
    severity: str = ""


@dataclass(frozen=True)
class Behind:
    """How far the issues are from all that there should be, where a run cannot make up for it.

    standing: how many stood when the run began; wanted: of so many; writes: how many changes a run makes
    """

    standing: int
    wanted: int
    writes: int

    @property
    def runs(self) -> int:
        """How many runs it takes, this one included, if they have nothing else to change."""
        return -(-(self.wanted - self.standing) // self.writes)


@dataclass(frozen=True)
class Delivery:
    """What the tracker answered: what was delivered, and what it refused, in words.

    at: when it had answered all (UTC), None if it was not asked
    deferred: what is left to later runs, by its title, and why
    """

    delivered: Delivered = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    at: datetime | None = None
