"""Whose token opens the roles: `krampus policy`'s own trust policies, in every form, before a strict STS."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.clients.aws.credentials import Purpose
from reconciler.iam.trust import GITHUB, provider_of
from reconciler.model.sighting import Trouble
from tests.aws import WEB
from tests.identity.conftest import world as world  # noqa: PLC0414  a fixture
from tests.identity.enter import entered, seen
from tests.identity.stand_in import StandIn
from tests.identity.trust_policy import OF_GITHUB, admits
from tests.privilege.trusts import READERS

REPOSITORY, NUMBER = "acme@1001/cloud@2002", "2002"
JOBS = ("--repository", REPOSITORY)
SERVER = "github.example.org/_services/token"
WORKFLOW = "acme/cloud/.github/workflows/{}.yml@{}"
Claims = dict[str, str]


def claims(context: str = "environment:krampus-apply", *, workflow: str = "reconcile", **other: str) -> Claims:
    """What a job's token says: of the act role's own job, unless it is told otherwise."""
    ref = other.get("ref", "refs/heads/main")
    environment = {"environment": context.partition(":")[2]} if context.startswith("environment:") else {}
    return {
        "sub": f"repo:{REPOSITORY}:{context}",
        "aud": "sts.amazonaws.com",
        "repository": "acme/cloud",
        "repository_id": NUMBER,
        "ref": ref,
        "job_workflow_ref": WORKFLOW.format(workflow, ref),
        **environment,
        **other,
    }


def on(ref: str, context: str = "environment:krampus-apply", **other: str) -> Claims:
    return claims(context, ref=ref, **other)


PULL = on("refs/pull/7/merge", "pull_request", workflow="plan")
MAIN = claims("ref:refs/heads/main")
# What each attacker's token says.
REFUSED_BY_ACT: dict[str, Claims] = {
    "another branch names the environment": on("refs/heads/evil"),
    "a branch whose name begins like main": on("refs/heads/main2"),
    "a branch that is called like a ref": on("refs/heads/refs/heads/main"),
    "a tag of the name main": on("refs/tags/main"),
    "a pull request that names the environment": on("refs/pull/7/merge"),
    "a pull request": PULL,
    "main without the environment": MAIN,
    "another environment on main": claims("environment:krampus-publish"),
    "an environment of a longer name": claims("environment:krampus-apply-2"),
    "another workflow on main": claims(workflow="ci"),
    "a workflow of the same name elsewhere": claims(
        job_workflow_ref="evil/cloud/.github/workflows/reconcile.yml@refs/heads/main"
    ),
    "main's job that calls a branch's workflow": claims(
        job_workflow_ref=WORKFLOW.format("reconcile", "refs/heads/evil")
    ),
    "a workflow in a folder of a like name": claims(
        job_workflow_ref="acme/cloud/.github/workflows/x/reconcile.yml@refs/heads/main"
    ),
    "the repository made anew under its name": claims(repository_id="9999"),
    "the repository made anew, with its own numbers": claims(
        repository_id="9999", sub="repo:acme@1001/cloud@9999:environment:krampus-apply"
    ),
    "a fork": claims(
        repository_id="3003", repository="eve/cloud", sub="repo:eve@66/cloud@3003:environment:krampus-apply"
    ),
    "a repository of a longer name": claims(sub=f"repo:{REPOSITORY}0:environment:krampus-apply"),
    "a token without numbers": claims(sub="repo:acme/cloud:environment:krampus-apply"),
    "a token for another audience": claims(aud="https://github.com/acme"),
    "a token without a ref": {name: value for name, value in claims().items() if name != "ref"},
    "a token without a number": {name: value for name, value in claims().items() if name != "repository_id"},
}
REFUSED_BY_READ: dict[str, Claims] = {
    "a branch": on("refs/heads/evil", "ref:refs/heads/evil"),
    "a branch that names the environment": on("refs/heads/evil"),
    "a tag": on("refs/tags/main", "ref:refs/tags/main"),
    "what runs on main for a pull request": on("refs/heads/main", "pull_request"),
    "a branch that is called like a pull request": on("refs/heads/refs/pull/7/merge", "pull_request"),
    "a pull request of the repository made anew": {**PULL, "repository_id": "9999"},
    "main of the repository made anew": {**MAIN, "repository_id": "9999"},
    "a pull request of a fork": {**PULL, "repository_id": "3003", "sub": "repo:eve@66/cloud@3003:pull_request"},
    "another audience": {**MAIN, "aud": "https://github.com/acme"},
}
LET_IN: dict[str, tuple[Purpose, Claims]] = {
    "reconcile acts": ("act", claims()),
    "undo acts": ("act", claims(workflow="undo")),
    "main plans": ("read", MAIN),
    "the environment looks": ("read", claims()),
    "a pull request plans": ("read", PULL),
}


@cache
def trusts(form: str, *options: str) -> dict[str, Any]:
    """By role, what `krampus policy` prints in a form."""
    option, read = READERS[form]
    chosen = ("--account", WEB) if option == "json" else ()
    command = ["policy", "--root", str(Path(__file__).parent), "--format", option, *chosen, *JOBS, *options]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return read(result.stdout)


def is_let_in(form: str, purpose: Purpose, said: Claims, *options: str, provider: str = GITHUB) -> bool:
    arn = f"arn:aws:iam::{WEB}:oidc-provider/{provider}"
    return admits(trusts(form, *options)[f"krampus-{purpose}"], arn, said)


@pytest.mark.parametrize("form", READERS)
def test_no_form_lets_anybody_in_but_main_s_own_jobs(form: str) -> None:
    assert [name for name, said in REFUSED_BY_ACT.items() if is_let_in(form, "act", said)] == []
    assert [name for name, said in REFUSED_BY_READ.items() if is_let_in(form, "read", said)] == []
    assert [name for name, (purpose, said) in LET_IN.items() if not is_let_in(form, purpose, said)] == []


@pytest.mark.parametrize("purpose", ["read", "act"])
def test_every_claim_that_is_pinned_is_one_that_sts_knows_and_takes_a_part(purpose: Purpose) -> None:
    """A token that differs in one pinned claim alone is refused: no condition is there for show."""
    for statement in trusts("json")[f"krampus-{purpose}"]["Statement"]:
        said = PULL if "StringLike" in statement["Condition"] else claims()
        pinned = [key.rpartition(":")[2] for keys in statement["Condition"].values() for key in keys]
        assert set(pinned) <= OF_GITHUB | {"aud", "sub"}
        assert {"aud", "sub", "repository_id", "ref"} <= set(pinned)
        assert is_let_in("json", purpose, said)
        assert [name for name in pinned if is_let_in("json", purpose, {**said, name: f"{said[name]}x"})] == []


@pytest.mark.parametrize("name", ["another branch names the environment", "another workflow on main", "a pull request"])
def test_sts_refuses_the_job_and_the_message_says_what_it_showed(world: StandIn, name: str) -> None:
    said = REFUSED_BY_ACT[name]
    world.trusts = {(WEB, role): document for role, document in trusts("json").items()}
    world.subject, world.claims = said["sub"], said

    problem = seen(entered(world, "act"))

    assert problem.trouble is Trouble.CREDENTIALS
    assert f"its trust policy does not name `{said['sub']}`" in problem.message
    assert f"ref `{said['ref']}`" in problem.message
    assert f"job_workflow_ref `{said['job_workflow_ref']}`" in problem.message


def test_sts_lets_the_reconcile_job_in(world: StandIn) -> None:
    world.trusts = {(WEB, role): document for role, document in trusts("json").items()}
    world.subject, world.claims = claims()["sub"], claims()

    assert seen(entered(world, "act")) is False
    assert seen(entered(world)) is False


def test_one_workflow_may_be_pinned_instead_and_no_other_acts_then() -> None:
    ours = "acme/workflows/.github/workflows/krampus.yml@refs/heads/main"
    given = ("--workflow", ours, "--read-workflow", ours)

    assert is_let_in("json", "act", claims(job_workflow_ref=ours), *given)
    assert not is_let_in("json", "act", claims(), *given)
    assert is_let_in("json", "read", {**PULL, "job_workflow_ref": ours}, *given)
    assert not is_let_in("json", "read", PULL, *given)


@pytest.mark.parametrize("form", READERS)
def test_of_a_server_s_token_only_its_subject_is_pinned_and_with_a_workflow_its_ref_too(form: str) -> None:
    given = ("--issuer", f"https://{SERVER}")
    pinned = (*given, "--workflow", WORKFLOW.format("reconcile", "refs/heads/main"))
    plain = claims()
    templated = {**plain, "sub": f"{plain['sub']}:job_workflow_ref:{plain['job_workflow_ref']}"}
    evil = {**plain, "sub": f"{plain['sub']}:job_workflow_ref:{WORKFLOW.format('reconcile', 'refs/heads/evil')}"}

    assert is_let_in(form, "act", plain, *given, provider=SERVER)
    assert not is_let_in(form, "act", plain, *given)  # github.com's tokens are another issuer's
    assert not is_let_in(form, "act", {**PULL}, *given, provider=SERVER)
    assert is_let_in(form, "act", templated, *pinned, provider=SERVER)
    assert not is_let_in(form, "act", evil, *pinned, provider=SERVER)
    assert not is_let_in(form, "act", plain, *pinned, provider=SERVER)


@pytest.mark.parametrize(
    ("server", "provider"),
    [
        ("https://github.com", GITHUB),
        ("https://GitHub.com/", GITHUB),
        ("https://octocorp.ghe.com", "token.actions.octocorp.ghe.com"),
        ("https://github.example.org", SERVER),
        ("http://github.com", ""),
        ("https://github.com/evil", ""),
        ("https://evil@github.com", ""),
        ("", ""),
    ],
)
def test_each_server_has_a_provider_of_its_own(server: str, provider: str) -> None:
    assert provider_of(server) == provider
