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
TRUSTED = "arn:aws:iam::999988887777:role/hub"
JOBS = ("--repository", "acme@1/krampus@2", "--branch", "trunk", "--environment", "prod")
READS = ("environment:prod", "ref:refs/heads/trunk", "pull_request")
ACTS = ("environment:prod",)


class Case(NamedTuple):
    """What krampus.yaml says of credentials, the options of the command, and whom each role is to trust."""

    aws: str
    options: tuple[str, ...]
    trusts: Trusts


def trust(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}


def jobs(contexts: tuple[str, ...], after: str = "") -> dict[str, Any]:
    """Trust in GitHub's jobs that run for these."""
    subjects = [f"repo:acme@1/krampus@2:{context}{after}" for context in contexts]
    claims = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": subjects}
    action = "sts:AssumeRoleWithWebIdentity"
    return trust({"Principal": {"Federated": PROVIDER}, "Action": action, "Condition": {"StringEquals": claims}})


def principal(**condition: Any) -> Trusts:
    """Trust of both roles in the one principal."""
    return dict.fromkeys(
        ("looks", "acts"), trust({"Principal": {"AWS": TRUSTED}, "Action": "sts:AssumeRole", **condition})
    )


PINNED = f":job_workflow_ref:{WORKFLOW}"
CASES = {
    "jobs": Case("credentials: oidc", JOBS, {"looks": jobs(READS), "acts": jobs(ACTS)}),
    "jobs-of-one-workflow": Case(
        "credentials: oidc",
        (*JOBS, "--workflow", WORKFLOW),
        {"looks": jobs(READS, PINNED), "acts": jobs(ACTS, PINNED)},
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
