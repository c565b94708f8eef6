"""Exemptions near or past their end, or without anything to protect: what their owners are told, and when. PURE."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.issue import issue_key
from reconciler.model.ledger import Entry, Event, Histories, History
from reconciler.model.notice import Bulletin, Delivered, Item, News
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.task import Order

STAGES = (3, 14, 30)  # days before the end at which an owner is reminded
ABOUT = "\nexemptions"  # no task can be called so


class State(StrEnum):
    """Why an exemption is spoken of."""

    ENDING = "ending"  # soon, and targets in enforced accounts lose their protection
    ENDED = "ended"  # it protects no more, and its file still stands
    IDLE = "idle"  # no task names anything that it covers


@dataclass(frozen=True)
class Ending:
    """One exemption that its owner should know of. `reminder` names the stage that it is in, "" if in none."""

    file: str
    exemption: Exemption
    state: State
    orders: tuple[Order, ...] = ()
    reminder: str = ""


def endings(repository: Repository, now: datetime) -> tuple[Ending, ...]:
    """The exemptions that end within 30 days, have ended, or match nothing, by file."""
    return tuple(
        ending for file in sorted(repository.exemptions) if (ending := _ending(repository, file, now)) is not None
    )


def owners_issues(config: Config, found: Iterable[Ending], owners: Iterable[str], told: Histories) -> list[Bulletin]:
    """One issue for each team that owns an exemption: open while there is anything to say of one of them."""
    by_owner: dict[str, list[Ending]] = defaultdict(list)
    for one in found:
        by_owner[one.exemption.owner].append(one)
    return [_issue(config, owner, by_owner[owner], told) for owner in sorted(set(owners))]


def reminder_entries(plan: Plan, found: Iterable[Ending], told: Histories, delivered: Delivered) -> Iterator[Entry]:
    """What the ledger is to say: for each target that loses its protection, once a stage, if its owner was told."""
    for ending in found:
        where, owner = delivered.get(_key(ending)), ending.exemption.owner
        if ending.reminder and where:
            for order in _unsaid(ending, told):
                yield Entry(
                    at=plan.at,
                    run=plan.run,
                    event=Event.REMINDED,
                    task=order.task,
                    target=order.target.arn,
                    account=order.target.account,
                    action=order.action,
                    detail=f"{ending.file} ends on {ending.exemption.expires}; {owner} was told at {where}",
                    link=where,
                    reminder=ending.reminder,
                )


def _ending(repository: Repository, file: str, now: datetime) -> Ending | None:
    one = repository.exemptions[file]
    left = (one.expires - now.date()).days
    if left < 0:
        return Ending(file, one, State.ENDED)
    covered = (order for order in repository.orders if one.covers(order.target.arn, order.task, order.action))
    if left > max(STAGES):
        return None if any(covered) else Ending(file, one, State.IDLE)
    orders = tuple(covered)
    if not orders:
        return Ending(file, one, State.IDLE)
    # Nothing is ever done in a watched account, so nobody there needs to hurry.
    enforced = tuple(order for order in orders if repository.config.accounts[order.target.account].enforce)
    stage = min(stage for stage in STAGES if left <= stage)
    said = f"{file}\0{one.expires}\0{stage}"
    reminder = hashlib.sha256(said.encode()).hexdigest()[:12]
    return Ending(file, one, State.ENDING, enforced, reminder) if enforced else None


def _issue(config: Config, owner: str, found: list[Ending], told: Histories) -> Bulletin:
    home = config.teams[owner]
    return Bulletin(
        key=issue_key(config.installation, ABOUT, owner, home.home),
        repository=home.home,
        mention=home.mention or "",
        title="Exemptions that end soon, or protect nothing",
        template="exemptions.md.j2",
        content={"endings": found, "longest": config.guardrails.max_exemption},
        open=bool(found),
        labels=(config.issues.label, f"{config.issues.label}:exemptions"),
        news=tuple(_news(found, told)),
        about=tuple(_key(one) for one in found),
    )


def _news(found: Iterable[Ending], told: Histories) -> Iterator[Item]:
    for one in found:
        if one.reminder and any(_unsaid(one, told)):
            yield Item(one.reminder, News.ENDING, one.file, f"{one.exemption.expires}")


def _unsaid(ending: Ending, told: Histories) -> Iterator[Order]:
    for order in ending.orders:
        if ending.reminder not in told.get((order.task, order.target.arn), History()).reminded:
            yield order


def _key(ending: Ending) -> tuple[str, str]:
    return ("", ending.file)
