"""What teams are told: the issues that should stand, and what became of telling them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from reconciler.model.plan import Verdict
from reconciler.model.task import Action, Severity

Key = tuple[str, str]


class News(StrEnum):
    """What is worth a comment."""

    TOLD = "told"
    ACTED = "acted"
    FAILED = "failed"
    DRIFTED = "drifted"
    ENDING = "ending"
    RESTORED = "restored"


@dataclass(frozen=True)
class Item:
    """One piece of news of one target. `id` is the same whenever the same thing is said, so that it is said once."""

    id: str
    news: News
    target: str
    message: str = ""


@dataclass(frozen=True)
class Row:
    """One target as an issue shows it."""

    target: str
    account: str
    region: str
    kind: str
    title: str
    name: str
    verdict: Verdict
    why: str
    due: datetime | None
    does: str
    undoable: bool
    display_name: str = ""  # what people call it
    commands: tuple[str, ...] = ()  # with which its team does it itself
    acted: bool = False  # in this very run
    problem: str = ""  # of this very run
    left: str = ""  # why this very run left it alone, though it was due

    @property
    def settled(self) -> bool:
        """Whether its team need do nothing about it."""
        return self.verdict in (Verdict.SATISFIED, Verdict.EXEMPT, Verdict.EXPIRED)


@dataclass(frozen=True)
class Notice:
    """One issue as it should stand: about one task, for one team, in one repository ("" is this one).

    open: whether there is anything that the team should know; None leaves it as it is (not all could be seen)
    author: who wrote the task, "" if git does not tell
    exemption: the file to propose for exempting it; until: the last day to propose, None for a person to choose
    """

    key: str
    repository: str
    team: str
    mention: str
    task: str
    title: str
    reason: str
    action: Action
    severity: Severity
    finding: str
    file: str
    options: str
    rows: tuple[Row, ...]
    open: bool | None
    author: str = ""
    exemption: str = ""
    until: date | None = None
    news: tuple[Item, ...] = ()
    labels: tuple[str, ...] = ()
    template: str = "issue.md.j2"

    @property
    def about(self) -> tuple[Key, ...]:
        """What its team has been told of, once it is delivered."""
        return tuple((self.task, row.target) for row in self.rows)


@dataclass(frozen=True)
class Bulletin:
    """One issue as it should stand that is about no single task. `content` is what its template shows."""

    key: str
    repository: str
    mention: str
    title: str
    template: str
    content: Mapping[str, Any]
    open: bool
    labels: tuple[str, ...]
    news: tuple[Item, ...] = ()
    about: tuple[Key, ...] = ()


Letter = Notice | Bulletin


Delivered = Mapping[Key, str]


@dataclass(frozen=True)
class Delivery:
    """What the tracker answered: (task, target) -> where it was told; and what it refused, in words.

    deferred: what is left to later runs, by its title, and why
    """

    delivered: Delivered = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
