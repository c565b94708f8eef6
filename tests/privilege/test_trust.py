"""Whom a role trusts is one thing, whatever the form in which `krampus policy` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from tests.privilege.trusts import ACCOUNT, PROVIDER, READERS, Trusts

CONFIG = """
name: Tests
accounts: {{web: {{id: "{account}", team: web}}}}
teams: {{web: {{}}}}
aws: {{read_role: looks, act_role: acts, {aws}}}
defaults: {{team: web}}
"""
GITHUB = "token.actions.githubusercontent.com"
WORKFLOW = "acme/workflows/.github/workflows/reconcile.yml@refs/heads/main"
OWN = [f"acme/krampus/.github/workflows/{name}.yml@refs/heads/trunk" for name in ("reconcile", "undo")]
TRUSTED = "arn:aws:iam::999988887777:role/hub"
JOBS = ("--repository", "acme@1/krampus@2", "--branch", "trunk", "--environment", "prod")
MAIN = {"ref": "refs/heads/trunk"}
SERVER = "github.example.org/_services/token"


class Case(NamedTuple):
    """What krampus.yaml says of credentials, the options of the command, and whom each role is to trust."""

    aws: str
    options: tuple[str, ...]
    trusts: Trusts


def trust(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}


def jobs(*contexts: str, provider: str = GITHUB, after: str = "", like: str = "", **claims: Any) -> dict[str, Any]:
    """Trust in GitHub's jobs that run for these, and whose tokens have these claims."""
    subjects = [f"repo:acme@1/krampus@2:{context}{after}" for context in contexts]
    number = {"repository_id": "2"} if provider == GITHUB else {}
    equal = {"aud": "sts.amazonaws.com", "sub": subjects, **number, **claims}
    condition = {"StringEquals": {f"{provider}:{name}": value for name, value in equal.items()}}
    if like:
        condition["StringLike"] = {f"{provider}:ref": like}
    principal = {"Federated": PROVIDER.replace(GITHUB, provider)}
    return {"Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition}


def reads(**claims: Any) -> dict[str, Any]:
    main = jobs("environment:prod", "ref:refs/heads/trunk", **MAIN, **claims)
    return trust(main, jobs("pull_request", like="refs/pull/*/merge", **claims))


def acts(workflow: Any) -> dict[str, Any]:
    return trust(jobs("environment:prod", **MAIN, environment="prod", job_workflow_ref=workflow))


def principal(**condition: Any) -> Trusts:
    """Trust of both roles in the one principal."""
    return dict.fromkeys(
        ("looks", "acts"), trust({"Principal": {"AWS": TRUSTED}, "Action": "sts:AssumeRole", **condition})
    )


PINNED = f":job_workflow_ref:{WORKFLOW}"
ON_SERVER = (*JOBS, "--issuer", f"https://{SERVER}")
CASES = {
    "jobs": Case("credentials: oidc", JOBS, {"looks": reads(), "acts": acts(OWN)}),
    "jobs-that-act-by-one-workflow": Case(
        "credentials: oidc", (*JOBS, "--workflow", WORKFLOW), {"looks": reads(), "acts": acts(WORKFLOW)}
    ),
    "jobs-that-read-by-one-workflow": Case(
        "credentials: oidc",
        (*JOBS, "--read-workflow", WORKFLOW),
        {"looks": reads(job_workflow_ref=WORKFLOW), "acts": acts(OWN)},
    ),
    "jobs-of-a-server": Case(
        "credentials: oidc",
        ON_SERVER,
        {
            "looks": trust(jobs("environment:prod", "ref:refs/heads/trunk", "pull_request", provider=SERVER)),
            "acts": trust(jobs("environment:prod", provider=SERVER)),
        },
    ),
    "jobs-of-a-server-by-one-workflow": Case(
        "credentials: oidc",
        (*ON_SERVER, "--workflow", WORKFLOW),
        {
            "looks": trust(jobs("environment:prod", "ref:refs/heads/trunk", "pull_request", provider=SERVER)),
            "acts": trust(jobs("environment:prod", provider=SERVER, after=PINNED)),
        },
    ),
    "a-principal": Case("credentials: role", ("--trusted", TRUSTED), principal()),
    "a-principal-with-an-id": Case(
        "credentials: role, external_id: tell-me",
        ("--trusted", TRUSTED),
        principal(Condition={"StringEquals": {"sts:ExternalId": "tell-me"}}),
    ),
}


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_each_role_trusts_the_same_in_every_form(tmp_path: Path, case: Case, form: str) -> None:
    (tmp_path / "krampus.yaml").write_text(CONFIG.format(account=ACCOUNT, aws=case.aws))
    option, read = READERS[form]
    command = ["policy", "--root", str(tmp_path), "--format", option, *case.options]

    result = CliRunner().invoke(app, command, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert read(result.stdout) == case.trusts
