"""Runs every check, the accounts in parallel. It only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import chain

from reconciler.connections import Connections
from reconciler.doctor.branch import branch, ledger, schedule
from reconciler.doctor.clock import ACCEPTED, clock
from reconciler.doctor.github import github
from reconciler.doctor.hosting import Hosted, Told, hosted
from reconciler.doctor.permissions import permissions
from reconciler.doctor.regions import regions
from reconciler.doctor.roles import roles
from reconciler.doctor.subject import Accounts, CheckSubject
from reconciler.doctor.trust import trust
from reconciler.errors import DoorClosed
from reconciler.model.check_result import CheckResult, unchecked, wrong
from reconciler.model.repository import Repository

WORKERS = 32
ACCOUNT_CHECKS: tuple[Callable[[CheckSubject], Iterable[CheckResult]], ...] = (roles, trust, regions, permissions)


def run_checks(
    repository: Repository, connections: Connections, now: datetime, acting: bool, told: Told
) -> list[CheckResult]:
    """The result of each check: those of no account first, then account by account.

    `acting`: also check the act role of the accounts that are enforced. `told`: what `krampus policy` was told.
    """
    ahead = connections.ahead_of_aws()
    report_branch = connections.report_branch()
    around = hosted(connections, repository.config, told)
    pushes = (*branch(report_branch), *ledger(connections, repository.config), *schedule(report_branch, now))
    here = [*clock(ahead), *github(connections.tokens), *around.results, *pushes]
    if ahead and abs(ahead) > ACCEPTED:
        # AWS would refuse every request, and every account would repeat the same message.
        return [*here, unchecked("accounts", "no account is entered until the clock is right")]
    try:
        reader, writer = connections.reader(), connections.writer({}) if acting else None
    except DoorClosed as closed:
        return [*here, wrong("credentials", str(closed))]
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(_check_account, _subjects(repository, reader, writer, around))
        return [*here, *chain.from_iterable(results)]


def _check_account(subject: CheckSubject) -> list[CheckResult]:
    return [result for check in ACCOUNT_CHECKS for result in check(subject)]


def _subjects(
    repository: Repository, reader: Accounts, writer: Accounts | None, around: Hosted
) -> Iterator[CheckSubject]:
    for name, account in repository.config.accounts.items():
        own = tuple(order for order in repository.orders if order.target.account == name)
        acts, mine = writer if account.enforce else None, replace(repository, orders=own)
        yield CheckSubject(name, account, mine, reader, acts, around.trusted, around.forms)
