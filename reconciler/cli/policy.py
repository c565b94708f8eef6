"""krampus policy: the IAM roles that Krampus needs, and who may assume them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from reconciler.cli.common import Root, open_repository, report_errors
from reconciler.cli.exit import Exit
from reconciler.errors import nearest
from reconciler.iam.cloudformation import as_cloudformation
from reconciler.iam.documents import TooMuch
from reconciler.iam.json_output import as_json
from reconciler.iam.parameters import PARAMETERS
from reconciler.iam.roles import PURPOSES, Role, Way, missing, roles
from reconciler.iam.scope import everything, used
from reconciler.iam.stack_set import as_stack_set
from reconciler.iam.terraform import as_terraform
from reconciler.iam.trust import ENVIRONMENT_NAME, GITHUB
from reconciler.model.config import Account, Aws
from reconciler.model.repository import Repository

CONFIG = "krampus.yaml"
HOST = r"[a-z0-9-]+(\.[a-z0-9-]+)*"
ISSUER = rf"https://({re.escape(GITHUB)}(/[A-Za-z0-9-]+)?|token\.actions\.[a-z0-9-]+\.ghe\.com|{HOST}/_services/token)"


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


RepositoryName = Annotated[
    str | None, typer.Option(help="The repository whose jobs are trusted: owner/name, or owner@id/name@id.")
]
RepositoryId = Annotated[
    str | None,
    typer.Option(help="Its number on GitHub. Default: the one in --repository, or in its own jobs their variable."),
]
Workflow = Annotated[
    str | None,
    typer.Option(
        help="The only workflow that may assume the act role: owner/name/.github/…@ref. Default: the repository's "
        "reconcile.yml and undo.yml."
    ),
]
ReadWorkflow = Annotated[
    str | None,
    typer.Option(help="The only reusable workflow that may assume the read role. Default: any of the repository."),
]
Issuer = Annotated[
    str,
    typer.Option(help="The issuer of the tokens: https://HOST/_services/token, https://token.actions.NAME.ghe.com."),
]
Trusted = Annotated[
    str | None, typer.Option(help="With `credentials: role`: the ARN of the principal that may assume the roles.")
]


def policy(  # noqa: PLR0913, PLR0917  one parameter for each option
    root: Root = Path(),
    form: Annotated[PolicyFormat, typer.Option("--format")] = PolicyFormat.CLOUDFORMATION,
    only_used: Annotated[bool, typer.Option("--used", help="Only the kinds and actions that the tasks name.")] = False,
    role: Annotated[Which | None, typer.Option(help="Only this role.")] = None,
    account: Annotated[str | None, typer.Option(help="With --format json: only this account, by name or id.")] = None,
    repository: RepositoryName = None,
    repository_id: RepositoryId = None,
    branch: Annotated[str, typer.Option(help="The reviewed branch, whose jobs may assume the roles.")] = "main",
    environment: Annotated[
        str, typer.Option(help="The environment whose jobs may assume the act role.")
    ] = ENVIRONMENT_NAME,
    workflow: Workflow = None,
    read_workflow: ReadWorkflow = None,
    issuer: Issuer = f"https://{GITHUB}",
    trusted: Trusted = None,
) -> None:
    """Print the IAM roles that Krampus needs in an account: least privilege, computed from the kinds.

    As a CloudFormation template (for one account, or a stack set for many), for Terraform, or as plain JSON. Names and
    credentials are those of krampus.yaml, if there is one. Exit 0 fine, 2 invalid input or usage.
    """
    with report_errors():
        known = open_repository(root) if only_used or (root / CONFIG).exists() else None
    aws = known.config.aws if known else Aws()
    given = {"repository": repository, "repository_id": repository_id, "branch": branch, "environment": environment}
    given |= {"workflow": workflow, "read_workflow": read_workflow, "trusted": trusted}
    names = _checked({**given, "audience": "sts.amazonaws.com", **_names(aws)}, issuer)
    _warn(aws.credentials, names)
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


def _checked(names: dict[str, str | None], issuer: str) -> dict[str, str | None]:
    """The names, and what follows from them; exit 2 if one cannot be meant."""
    for parameter in PARAMETERS:
        value = names.get(parameter.placeholder)
        if value and not re.fullmatch(parameter.pattern, value):
            option = parameter.placeholder.replace("_", "-")
            _fail(f"--{option} '{value}' is not valid: {parameter.description}")
    return {**names, **_identity(names["repository"], names["repository_id"]), "provider": _provider(issuer)}


def _identity(repository: str | None, given: str | None) -> dict[str, str | None]:
    """The repository's number, and its name without numbers. A job's own number counts for its own repository only."""
    if not repository:
        return {"repository_id": given, "plain_repository": None}
    plain = re.sub("@[0-9]+", "", repository)
    written = repository.rpartition("@")[2] if "@" in repository else None
    if written and given and written != given:
        _fail(f"--repository-id {given} is not the number in --repository '{repository}'")
    here = os.environ.get("GITHUB_REPOSITORY", "").lower() == plain.lower()
    job = os.environ.get("GITHUB_REPOSITORY_ID") if here else None
    known = given or written or (job if job and job.isdecimal() else None)
    return {"repository_id": known, "plain_repository": plain}


def _provider(issuer: str) -> str:
    if not re.fullmatch(ISSUER, issuer):
        _fail(
            f"--issuer '{issuer}' is not an issuer of GitHub's tokens: https://{GITHUB}, "
            "https://HOST/_services/token of an Enterprise Server, or https://token.actions.NAME.ghe.com"
        )
    return issuer.removeprefix("https://")


def _warn(way: Way, names: Mapping[str, str | None]) -> None:
    if way == "oidc" and names["provider"] != GITHUB and not names["workflow"]:
        print(
            "krampus: of tokens of this issuer AWS knows only `aud` and `sub`: whatever branch enters the environment "
            "may assume the act role. Let only the reviewed branch deploy to it, or give --workflow and set the "
            "subject template to repo, context, job_workflow_ref",
            file=sys.stderr,
        )


def _json(needed: tuple[Role, ...], way: Way, names: Mapping[str, str | None], accounts: dict[str, Account]) -> str:
    shown = [{"account": name, "id": account.id, "partition": account.partition} for name, account in accounts.items()]
    options = " and ".join(f"--{name.replace('_', '-')}" for name in missing(way, names))
    if options:
        print(f"krampus: without {options} nobody is trusted: `trust` is null", file=sys.stderr)
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
