"""Exemptions that end soon, have ended, or protect nothing: the issues of their owners, and reminders. PURE."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.ledger.history import NOTHING
from reconciler.model.config import Config
from reconciler.model.exemption import Exemption
from reconciler.model.issue import issue_key
from reconciler.model.ledger import Entry, Event, Histories
from reconciler.model.notice import Delivered, News, NewsItem, Notice, Plain
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.task import Key, Order

STAGES = (3, 14, 30)  # days before the end at which an owner is reminded
ABOUT = "\nexemptions"  # no task can be called so


class State(StrEnum):
    """Why an exemption is reported to its owner."""

    ENDING = "ending"  # soon, and targets in enforced accounts lose their protection
    ENDED = "ended"  # it no longer protects, and its file is still there
    IDLE = "idle"  # no task names anything that it covers


@dataclass(frozen=True)
class Ending:
    """One exemption that its owner should know of.

    orders: those that it covers in enforced accounts, if it is ENDING
    reminder: the id of its stage, the same in every run; "" unless it is ENDING
    """

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


def owners_issues(repository: Repository, reported: Iterable[Ending], histories: Histories) -> list[Notice]:
    """One issue for each team that owns an exemption: open while there is anything to say of one of them."""
    by_owner: dict[str, list[Ending]] = {exemption.owner: [] for exemption in repository.exemptions.values()}
    for ending in reported:
        by_owner[ending.exemption.owner].append(ending)
    return [_issue(repository.config, owner, by_owner[owner], histories) for owner in sorted(by_owner)]


def reminder_entries(
    plan: Plan, reported: Iterable[Ending], histories: Histories, delivered: Delivered
) -> Iterator[Entry]:
    """`reminded` for each target that loses its protection, once for each of STAGES, if its owner was notified."""
    for ending in reported:
        where, owner = delivered.get(_key(ending)), ending.exemption.owner
        if ending.reminder and where:
            for order in _unreminded(ending, histories):
                yield Entry(
                    at=plan.at,
                    run=plan.run,
                    event=Event.REMINDED,
                    task=order.task,
                    target=order.target.arn,
                    account=order.target.account_id,
                    action=order.action,
                    detail=f"{ending.file} ends on {ending.exemption.expires}; {owner} was notified at {where}",
                    place=where,
                    reminder=ending.reminder,
                )


def _ending(repository: Repository, file: str, now: datetime) -> Ending | None:
    exemption = repository.exemptions[file]
    left = (exemption.expires - now.date()).days
    if left < 0:
        return Ending(file, exemption, State.ENDED)
    orders = repository.covered.get(file, ())
    if not orders:
        return Ending(file, exemption, State.IDLE)
    if left > max(STAGES):
        return None
    # Nothing is ever done in a watched account, so nobody there needs to hurry.
    enforced = tuple(order for order in orders if repository.config.accounts[order.target.account].enforce)
    stage = min(stage for stage in STAGES if left <= stage)
    reminder = hashlib.sha256(f"{file}\0{exemption.expires}\0{stage}".encode()).hexdigest()[:12]
    return Ending(file, exemption, State.ENDING, enforced, reminder) if enforced else None


def ending_view(ending: Ending) -> dict[str, Plain]:
    """An ending for a template. `targets`: how many lose their protection."""
    return {
        "file": ending.file,
        "owner": ending.exemption.owner,
        "expires": ending.exemption.expires,
        "state": ending.state.value,
        "targets": len(ending.orders),
    }


def _issue(config: Config, owner: str, owned: list[Ending], histories: Histories) -> Notice:
    team = config.teams[owner]
    return Notice(
        key=issue_key(config.installation, ABOUT, owner, team.home),
        repository=team.home,
        mention=team.mention or "",
        title="Exemptions that end soon, or protect nothing",
        template="exemptions.md.j2",
        content={
            "endings": [ending_view(ending) for ending in owned],
            "longest": config.guardrails.max_exemption.days,
        },
        open=bool(owned),
        labels=(config.issues.label, f"{config.issues.label}:exemptions"),
        news=tuple(_news(owned, histories)),
        about=tuple(_key(ending) for ending in owned),
    )


def _news(owned: Iterable[Ending], histories: Histories) -> Iterator[NewsItem]:
    for ending in owned:
        if ending.reminder and any(_unreminded(ending, histories)):
            yield NewsItem(ending.reminder, News.ENDING, ending.file, f"{ending.exemption.expires}")


def _unreminded(ending: Ending, histories: Histories) -> Iterator[Order]:
    for order in ending.orders:
        if ending.reminder not in histories.get((order.task, order.target.arn), NOTHING).reminded:
            yield order


def _key(ending: Ending) -> Key:
    return ("", ending.file)
