"""What a template of roles leaves to whoever deploys it: names, and whom to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMES = r"[A-Za-z0-9_+=,.@-]{1,64}"
OWNER, REPOSITORY = "[A-Za-z0-9-]+", "[A-Za-z0-9._-]+"


@dataclass(frozen=True)
class Parameter:
    """One of them: the placeholder that it fills, its name in a template, what it means, and what it may be."""

    placeholder: str
    name: str
    means: str
    pattern: str
    default: str | None = None


PARAMETERS = (
    Parameter("read_role", "ReadRole", "Name of the role that looks, read_role in krampus.yaml", f"^{NAMES}$"),
    Parameter("act_role", "ActRole", "Name of the role that acts, act_role in krampus.yaml", f"^{NAMES}$"),
    Parameter(
        "repository",
        "Repository",
        "Whose jobs are trusted, as their token says it in sub after repo: - owner/name, or owner@id/name@id where "
        "GitHub writes ids (repositories that were made, renamed or moved since July 2026)",
        f"^({OWNER}/{REPOSITORY}|{OWNER}@[0-9]+/{REPOSITORY}@[0-9]+)$",
    ),
    Parameter("branch", "Branch", "The branch whose jobs may look", "^[A-Za-z0-9._/-]+$", "main"),
    Parameter(
        "environment",
        "Environment",
        "The environment of the repository whose jobs may act; protect it",
        "^[A-Za-z0-9._-]+$",
        "krampus-apply",
    ),
    Parameter(
        "workflow",
        "Workflow",
        "The reusable workflow that alone is trusted, owner/name/.github/workflows/file.yml@ref; only if the "
        "repository's subject template has repo, context and job_workflow_ref. Empty for any workflow",
        "^([A-Za-z0-9._/@-]+)?$",
        "",
    ),
    Parameter("audience", "Audience", "The audience of the tokens", "^[A-Za-z0-9.:/_-]+$", "sts.amazonaws.com"),
    Parameter(
        "trusted",
        "Trusted",
        "The ARN of the role, user or account (its root) that may assume the roles",
        "^arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)$",
    ),
    Parameter(
        "external_id",
        "ExternalId",
        "What whoever assumes the roles has to say, external_id in krampus.yaml. Empty for nothing",
        "^[A-Za-z0-9_+=,.@:/-]*$",
        "",
    ),
)
OF_A_TOKEN = ("repository", "branch", "environment", "workflow", "audience")
OF_A_ROLE = ("trusted", "external_id")


def parameters(way: str, names: Mapping[str, str | None]) -> tuple[Parameter, ...]:
    """Those that this way into the accounts needs; what is known already is their default."""
    needed = {"oidc": OF_A_TOKEN, "role": OF_A_ROLE}.get(way, ())
    return tuple(
        Parameter(one.placeholder, one.name, one.means, one.pattern, names.get(one.placeholder) or one.default)
        for one in PARAMETERS
        if one.placeholder in (*needed, "read_role", "act_role")
    )
