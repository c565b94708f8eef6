"""krampus doctor: is everything in place?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.common import (
    Exit,
    Now,
    Root,
    clock,
    in_actions,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.doctor.run import run_checks
from reconciler.model.check_result import HERE, CheckResult, State

SIGNS = {State.FINE: "[green]fine[/]", State.WRONG: "[red bold]wrong[/]", State.UNCHECKED: "[yellow]?[/]"}


class DoctorFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


def doctor(
    root: Root = Path(),
    now: Now = None,
    form: Annotated[DoctorFormat, typer.Option("--format")] = DoctorFormat.TEXT,
    act: Annotated[bool, typer.Option(help="Enter the act role too; --no-act in a job that it does not trust.")] = True,
) -> None:
    """Check that everything is in place: roles, accounts, regions, permissions, clock, tokens, branch, schedule.

    It changes nothing.

    Exit 0 all is well, 1 could not run, 2 invalid input, 3 something is wrong; each finding says what to do.
    """
    with report_errors():
        repository, at = open_repository(root, now), clock(now)
        findings = run_checks(repository, open_connections(root, repository.config, session(at)), at, act)
    if form is DoctorFormat.JSON:
        print(json.dumps({"version": 1, "checks": [asdict(one) for one in findings]}, indent=1))
    else:
        _show(findings)
    raise typer.Exit(Exit.PARTIAL if any(one.state is State.WRONG for one in findings) else Exit.FINE)


def _show(findings: Sequence[CheckResult]) -> None:
    if sys.stdout.isatty() and not in_actions():
        _table(findings)
    for one in findings:
        if one.state is not State.FINE:
            where = f"{one.account}: " if one.account != HERE else ""
            print(f"{one.state}: {where}{one.check}: {_one_line(one.message)}")
    wrong = sum(one.state is State.WRONG for one in findings)
    print(f"{len(findings)} checks, {wrong or 'nothing'} wrong")


def _table(findings: Sequence[CheckResult]) -> None:
    """A line an account, a column a check."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    for accounts in (False, True):
        shown = [one for one in findings if (one.account != HERE) is accounts]
        checks = list(dict.fromkeys(one.check for one in shown))
        table = Table("account" if accounts else "", *checks)
        for account in dict.fromkeys(one.account for one in shown):
            states = {one.check: SIGNS[one.state] for one in shown if one.account == account}
            table.add_row(escape(account) or "here", *(states.get(check, "") for check in checks))
        if shown:
            Console().print(table)


def _one_line(says: str) -> str:
    """All of it in one line, in which nothing can steer the terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in says).split())
