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
    Now,
    Root,
    clock,
    in_actions,
    open_connections,
    open_repository,
    report_errors,
    session,
)
from reconciler.cli.exit import Exit
from reconciler.doctor.hosting import Told
from reconciler.doctor.run import run_checks
from reconciler.iam.trust import ENVIRONMENT_NAME
from reconciler.model.check_result import HERE, CheckResult, State
from reconciler.render.escape import json_lines, log_text, printable

SIGNS = {State.FINE: "[green]fine[/]", State.WRONG: "[red bold]wrong[/]", State.UNCHECKED: "[yellow]?[/]"}


class DoctorFormat(StrEnum):
    """How the results are printed."""

    TEXT = "text"
    JSON = "json"


def doctor(  # noqa: PLR0913, PLR0917  one parameter for each option
    root: Root = Path(),
    now: Now = None,
    form: Annotated[DoctorFormat, typer.Option("--format")] = DoctorFormat.TEXT,
    act: Annotated[
        bool, typer.Option(help="Also check the act role; use --no-act in a job that it does not trust.")
    ] = True,
    branch: Annotated[
        str, typer.Option(help="The reviewed branch, as given to `krampus policy`. Default: the repository's own.")
    ] = "",
    environment: Annotated[str, typer.Option(help="The environment, as given to `krampus policy`.")] = ENVIRONMENT_NAME,
    workflow: Annotated[str, typer.Option(help="The act role's workflow, as given to `krampus policy`.")] = "",
    read_workflow: Annotated[str, typer.Option(help="The read role's workflow, as given to `krampus policy`.")] = "",
) -> None:
    """Check that everything is in place: roles, accounts, regions, permissions, clock, tokens, branch, schedule.

    Also that nobody but reviewed code gets at the roles: their trust, environments, rules of branches, code owners.

    It changes nothing.

    Exit 0 everything is fine, 1 could not run, 2 invalid input, 3 something is wrong; each result says what to do.
    """
    with report_errors():
        repository, at = open_repository(root, now), clock(now)
        told = Told(branch, environment, workflow, read_workflow)
        results = run_checks(repository, open_connections(root, repository.config, session(at)), at, act, told)
    if form is DoctorFormat.JSON:
        print(json_lines(json.dumps({"version": 1, "checks": [asdict(result) for result in results]}, indent=1)))
    else:
        _show(results)
    raise typer.Exit(Exit.PARTIAL if any(result.state is State.WRONG for result in results) else Exit.FINE)


def _show(results: Sequence[CheckResult]) -> None:
    if sys.stdout.isatty() and not in_actions():
        _table(results)
    for result in results:
        if result.state is not State.FINE:
            where = f"{result.account}: " if result.account != HERE else ""
            print(log_text(f"{result.state}: {where}{result.check}: {printable(result.message)}"))
    wrong = sum(result.state is State.WRONG for result in results)
    print(f"{len(results)} checks, {wrong or 'nothing'} wrong")


def _table(results: Sequence[CheckResult]) -> None:
    """A row per account, a column per check."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    for accounts in (False, True):
        shown = [result for result in results if (result.account != HERE) is accounts]
        checks = list(dict.fromkeys(result.check for result in shown))
        table = Table("account" if accounts else "", *checks)
        for account in dict.fromkeys(result.account for result in shown):
            states = {result.check: SIGNS[result.state] for result in shown if result.account == account}
            table.add_row(escape(account) or "here", *(states.get(check, "") for check in checks))
        if shown:
            Console().print(table)
