"""Whom a trust policy admits, as STS judges a web identity. Written from AWS's documentation, not from the product.

A condition on a claim that STS does not know, or that the token has not, is never met.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

GITHUB = "token.actions.githubusercontent.com"
# "Available keys for AWS OIDC federation", tab GitHub, as of January 2026.
OF_GITHUB = {
    *("actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"),
    *("ref", "repository", "repository_id", "workflow"),
}
ACTION = "sts:AssumeRoleWithWebIdentity"
Claims = Mapping[str, str]


def admits(document: Mapping[str, Any], provider_arn: str, claims: Claims) -> bool:
    """Whether a token with these claims, of this provider in the account, may assume the role."""
    provider = provider_arn.partition(":oidc-provider/")[2]
    known = {"aud", "sub"} | (OF_GITHUB if provider == GITHUB else set())
    keys = {f"{provider}:{name}".lower(): value for name, value in claims.items() if name in known}
    return any(_applies(statement, provider_arn, keys) for statement in document["Statement"])


def _applies(statement: Mapping[str, Any], provider_arn: str, keys: Claims) -> bool:
    assert statement["Effect"] == "Allow"
    if statement["Principal"] != {"Federated": provider_arn} or ACTION not in _listed(statement["Action"]):
        return False
    return all(
        any(MEETS[operator](keys.get(key.lower()), wanted) for wanted in _listed(values))
        for operator, conditions in statement.get("Condition", {}).items()
        for key, values in conditions.items()
    )


def _is_like(value: str | None, pattern: str) -> bool:
    parts = (re.escape(part) for part in re.split(r"([*?])", pattern))
    regex = "".join({r"\*": ".*", r"\?": "."}.get(part, part) for part in parts)
    return value is not None and re.fullmatch(regex, value, re.DOTALL) is not None


MEETS = {"StringEquals": lambda value, wanted: value == wanted, "StringLike": _is_like}


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)
