"""Is everything in place? Every check, the accounts side by side; it looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.connections import Doors
from reconciler.doctor.branch import branch, schedule
from reconciler.doctor.clock import BEARABLE, clock
from reconciler.doctor.github import github
from reconciler.doctor.permissions import permissions
from reconciler.doctor.regions import regions
from reconciler.doctor.roles import roles
from reconciler.doctor.subject import Patient
from reconciler.errors import DoorClosed
from reconciler.model.check_result import Finding, unchecked, wrong
from reconciler.model.repository import Repository

if TYPE_CHECKING:
    from reconciler.clients.aws.accounts import Aws

WORKERS = 32
ACCOUNT_CHECKS: tuple[Callable[[Patient], Iterable[Finding]], ...] = (roles, regions, permissions)


def examine(repository: Repository, doors: Doors, now: datetime, acting: bool) -> list[Finding]:
    """What each check came to: those of no account first, then account by account.

    acting: whether the act role is entered too, in the accounts that are enforced.
    """
    ahead = doors.ahead_of_aws()
    book = doors.book()
    here = [*clock(ahead), *github(doors.tokens), *branch(book), *schedule(book, now)]
    if ahead and abs(ahead) > BEARABLE:
        # AWS would refuse every account for it, and each would say so.
        return [*here, unchecked("accounts", "nobody gets into one before the clock is right")]
    try:
        eyes, hands = doors.eyes(), doors.hands({}) if acting else None
    except DoorClosed as closed:
        return [*here, wrong("credentials", str(closed))]
    with ThreadPoolExecutor(WORKERS) as pool:
        found = pool.map(_examined, _patients(repository, eyes, hands))
        return [*here, *chain.from_iterable(found)]


def _examined(patient: Patient) -> list[Finding]:
    return [finding for check in ACCOUNT_CHECKS for finding in check(patient)]


def _patients(repository: Repository, eyes: Aws, hands: Aws | None) -> Iterator[Patient]:
    for name, account in repository.config.accounts.items():
        own = tuple(order for order in repository.orders if order.target.account == name)
        yield Patient(name, account, replace(repository, orders=own), eyes, hands if account.enforce else None)
