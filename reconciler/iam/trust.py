"""Who may assume the roles: GitHub's jobs by their token, or one given principal, and nobody else.

Sources: the IAM reference, "Available keys for AWS OIDC federation" (since January 2026 STS knows claims of GitHub's
own in trust policies), and GitHub's "OpenID Connect reference".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.iam.statements import Purpose

# The provider of github.com, as IAM names it: the issuer without `https://`. Beside `aud` and `sub`, STS knows GitHub's
# own claims of this one alone. Of an Enterprise Server's, a data-residency host's or one with an enterprise's name in
# it, a condition on them would never be met.
GITHUB = "token.actions.githubusercontent.com"
ENVIRONMENT_NAME = "krampus-apply"
# This project's workflows whose jobs enter the environment.
ACTING = ("reconcile", "undo")
MAIN, PULL = "refs/heads/{branch}", "refs/pull/*/merge"
ENVIRONMENT, BRANCH, PULL_REQUEST = "environment:{environment}", f"ref:{MAIN}", "pull_request"
PINS: Mapping[Purpose, str] = {"read": "read_workflow", "act": "workflow"}  # the placeholder of the one workflow
Condition = dict[str, dict[str, Any]]


def provider_of(server: str) -> str:
    """The provider of a GitHub server's tokens (`https://github.com` and its like); "" if it is no address of one."""
    host = server.removeprefix("https://").rstrip("/").lower()
    if host == server or not host or not set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-"):
        return ""
    if host == "github.com":
        return GITHUB
    return f"token.actions.{host}" if host.endswith(".ghe.com") else f"{host}/_services/token"


def web_identity(purpose: Purpose, provider: str = GITHUB, *, pinned: bool = False) -> dict[str, Any]:
    """The trust policy of a role for the tokens of one GitHub, each claim in full: a wildcard would trust more later.

    `{repository}` is `owner/name`, or `owner@id/name@id` for repositories from mid-2026 on, `{plain_repository}` always
    `owner/name`. `pinned`: one workflow is trusted and no other; without it, of the act role, this project's own two.
    """
    conditions = _by_claims(purpose, pinned) if provider == GITHUB else [_by_subject(purpose, pinned)]
    principal = {"Federated": f"arn:{{partition}}:iam::{{account}}:oidc-provider/{provider}"}
    return _policy(
        _statement(principal, "sts:AssumeRoleWithWebIdentity", _keyed(provider, each)) for each in conditions
    )


def assumed(external_id: Any) -> dict[str, Any]:
    """The trust policy for one AWS principal. `external_id`: the id that it must send, None for none."""
    condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else None
    return _policy([_statement({"AWS": "{trusted}"}, "sts:AssumeRole", condition)])


def _by_claims(purpose: Purpose, pinned: bool) -> list[Condition]:
    """One condition for each kind of job: main's, and for reading also those of pull requests, which no ref precedes.

    The ids hold for this repository alone, whatever it or another is called later; `ref` holds whatever the rules of
    the environment are, and `job_workflow_ref` keeps out main's other workflows.
    """
    workflows: dict[str, Any] = {"job_workflow_ref": f"{{{PINS[purpose]}}}"} if pinned else {}
    if purpose == "act":
        own = [f"{{plain_repository}}/.github/workflows/{name}.yml@{MAIN}" for name in ACTING]
        claims = {**_claims(ENVIRONMENT), "ref": MAIN, "environment": "{environment}", "job_workflow_ref": own}
        return [{"StringEquals": claims | workflows}]
    main = {**_claims(ENVIRONMENT, BRANCH), "ref": MAIN, **workflows}
    return [
        {"StringEquals": main},
        {"StringEquals": {**_claims(PULL_REQUEST), **workflows}, "StringLike": {"ref": PULL}},
    ]


def _claims(*contexts: str) -> dict[str, Any]:
    return {"aud": "{audience}", "sub": _subjects(*contexts), "repository_id": "{repository_id}"}


def _by_subject(purpose: Purpose, pinned: bool) -> Condition:
    """All that STS knows of other providers. `pinned`: the subject template must be repo, context, job_workflow_ref."""
    contexts = (ENVIRONMENT,) if purpose == "act" else (ENVIRONMENT, BRANCH, PULL_REQUEST)
    workflow = f":job_workflow_ref:{{{PINS[purpose]}}}" if pinned else ""
    subjects = [f"{subject}{workflow}" for subject in _subjects(*contexts)]
    return {"StringEquals": {"aud": "{audience}", "sub": subjects}}


def _subjects(*contexts: str) -> list[str]:
    return [f"repo:{{repository}}:{context}" for context in contexts]


def _keyed(provider: str, condition: Condition) -> Condition:
    return {
        operator: {f"{provider}:{claim}": value for claim, value in claims.items()}
        for operator, claims in condition.items()
    }


def _statement(principal: dict[str, str], action: str, condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


def _policy(statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
