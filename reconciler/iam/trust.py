"""Who may assume the roles: GitHub's jobs by their token, or one given principal, and nobody else."""

from __future__ import annotations

from typing import Any

from reconciler.iam.statements import Purpose

PROVIDER = "token.actions.githubusercontent.com"
# The part of the claim `sub` after the repository: what the job runs for. The read role also trusts pull requests and
# the main branch; the act role trusts only the environment, which GitHub protects.
CONTEXTS: dict[Purpose, tuple[str, ...]] = {
    "read": ("environment:{environment}", "ref:refs/heads/{branch}", "pull_request"),
    "act": ("environment:{environment}",),
}


def subjects(purpose: Purpose, *, pinned: bool) -> list[str]:
    """The `sub` claims that are trusted, each in full: a wildcard would also trust what GitHub adds later.

    `{repository}` is `owner/name`, or `owner@id/name@id` for repositories from mid-2026 on. `pinned`: the repository's
    subject template includes the reusable workflow that the job runs (`owner/name/.github/workflows/x.yml@ref`).
    """
    workflow = ":job_workflow_ref:{workflow}" if pinned else ""
    return [f"repo:{{repository}}:{context}{workflow}" for context in CONTEXTS[purpose]]


def web_identity(subjects: Any) -> dict[str, Any]:
    """The trust policy for GitHub's tokens with these subjects and our audience, and no others."""
    claims = {f"{PROVIDER}:aud": "{audience}", f"{PROVIDER}:sub": subjects}
    principal = {"Federated": f"arn:{{partition}}:iam::{{account}}:oidc-provider/{PROVIDER}"}
    return _trust(principal, "sts:AssumeRoleWithWebIdentity", {"StringEquals": claims})


def assumed(external_id: Any) -> dict[str, Any]:
    """The trust policy for one AWS principal. `external_id`: the id that it must send, None for none."""
    condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else None
    return _trust({"AWS": "{trusted}"}, "sts:AssumeRole", condition)


def _trust(principal: dict[str, str], action: str, condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {
        "Version": "2012-10-17",
        "Statement": [{**statement, "Condition": condition} if condition else statement],
    }
