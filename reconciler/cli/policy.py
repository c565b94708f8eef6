"""krampus policy: the IAM roles that Krampus needs, and who may assume them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from reconciler.cli.common import Exit, Root, open_repository, report_errors
from reconciler.errors import nearest
from reconciler.iam.cloudformation import as_cloudformation
from reconciler.iam.documents import TooMuch
from reconciler.iam.json_output import as_json
from reconciler.iam.parameters import PARAMETERS
from reconciler.iam.roles import PURPOSES, Role, Way, roles
from reconciler.iam.scope import everything, used
from reconciler.iam.stack_set import as_stack_set
from reconciler.iam.terraform import as_terraform
from reconciler.model.config import Account, Aws
from reconciler.model.repository import Repository

CONFIG = "krampus.yaml"


class PolicyFormat(StrEnum):
    """How policies and trust are printed."""

    CLOUDFORMATION = "cloudformation"
    STACKSET = "stackset"
    TERRAFORM = "terraform"
    JSON = "json"


class Which(StrEnum):
    """The roles."""

    READ = "read"
    ACT = "act"


TEXTS = {
    PolicyFormat.CLOUDFORMATION: as_cloudformation,
    PolicyFormat.STACKSET: as_stack_set,
    PolicyFormat.TERRAFORM: as_terraform,
}


def policy(  # noqa: PLR0913, PLR0917  one parameter for each option
    root: Root = Path(),
    form: Annotated[PolicyFormat, typer.Option("--format")] = PolicyFormat.CLOUDFORMATION,
    only_used: Annotated[bool, typer.Option("--used", help="Only the kinds and actions that the tasks name.")] = False,
    role: Annotated[Which | None, typer.Option(help="Only this role.")] = None,
    account: Annotated[str | None, typer.Option(help="With --format json: only this account, by name or id.")] = None,
    repository: Annotated[
        str | None, typer.Option(help="The repository whose jobs are trusted: owner/name, or owner@id/name@id.")
    ] = None,
    branch: Annotated[str, typer.Option(help="The branch whose jobs may assume the read role.")] = "main",
    environment: Annotated[
        str, typer.Option(help="The environment whose jobs may assume the act role.")
    ] = "krampus-apply",
    workflow: Annotated[
        str | None, typer.Option(help="The only reusable workflow that is trusted: owner/name/.github/…@ref.")
    ] = None,
    trusted: Annotated[
        str | None, typer.Option(help="With `credentials: role`: the ARN of the principal that may assume the roles.")
    ] = None,
) -> None:
    """Print the IAM roles that Krampus needs in an account: least privilege, computed from the kinds.

    As a CloudFormation template (for one account, or a stack set for many), for Terraform, or as plain JSON. Names and
    credentials are those of krampus.yaml, if there is one. Exit 0 fine, 2 invalid input or usage.
    """
    with report_errors():
        known = open_repository(root) if only_used or (root / CONFIG).exists() else None
    aws = known.config.aws if known else Aws()
    given = {"repository": repository, "branch": branch, "environment": environment, "workflow": workflow}
    names = {**given, "trusted": trusted, "audience": "sts.amazonaws.com", **_names(aws)}
    _check(names)
    wanted = used(known) if only_used and known else everything()
    try:
        needed = roles(wanted, [role.value] if role else PURPOSES)
    except TooMuch as error:
        _fail(str(error))
    if form is PolicyFormat.JSON:
        print(_json(needed, aws.credentials, names, _accounts(known, account)), end="")
    else:
        print(TEXTS[form](needed, aws.credentials, names), end="")


def _names(aws: Aws) -> dict[str, str | None]:
    return {"read_role": aws.read_role, "act_role": aws.act_role, "external_id": aws.external_id}


def _check(names: Mapping[str, str | None]) -> None:
    for parameter in PARAMETERS:
        value = names.get(parameter.placeholder)
        if value and not re.fullmatch(parameter.pattern, value):
            _fail(f"--{parameter.placeholder} '{value}' is not valid: {parameter.description}")


def _json(needed: tuple[Role, ...], way: Way, names: Mapping[str, str | None], accounts: dict[str, Account]) -> str:
    shown = [{"account": name, "id": account.id, "partition": account.partition} for name, account in accounts.items()]
    missing = {"oidc": "repository", "role": "trusted"}.get(way, "")
    if missing and not names[missing]:
        print(f"krampus: without --{missing} nobody is trusted: `trust` is null", file=sys.stderr)
    return as_json(needed, shown, way, names)


def _accounts(known: Repository | None, wanted: str | None) -> dict[str, Account]:
    """The account of this name or id, or all accounts; by name in krampus.yaml, or by id if there is no such file."""
    accounts = dict(known.config.accounts) if known else {}
    if wanted is None and not accounts:
        _fail("name the account: --account 111122223333")
    if not known and wanted and re.fullmatch("[0-9]{12}", wanted):
        return {wanted: Account(id=wanted, team="")}
    found = {name: account for name, account in accounts.items() if wanted in (None, name, account.id)}
    if not found:
        _fail(f"there is no account '{wanted}' in {CONFIG}; {nearest(str(wanted), accounts)}")
    return found


def _fail(message: str) -> NoReturn:
    print(f"krampus: {message}", file=sys.stderr)
    raise typer.Exit(Exit.INVALID)
