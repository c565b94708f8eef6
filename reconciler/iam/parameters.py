"""The parameters of the templates: names, and the principals to trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.iam.trust import ENVIRONMENT_NAME

NAMES = r"[A-Za-z0-9_+=,.@-]{1,64}"
OWNER, REPOSITORY = "[A-Za-z0-9-]+", "[A-Za-z0-9._-]+"
WORKFLOW = "^([A-Za-z0-9._/@-]+)?$"


@dataclass(frozen=True)
class Parameter:
    """A parameter: its placeholder, its name in a template, its description, the pattern of its values, its default."""

    placeholder: str
    name: str
    description: str
    pattern: str
    default: str | None = None


PARAMETERS = (
    Parameter("read_role", "ReadRole", "Name of the read role, read_role in krampus.yaml", f"^{NAMES}$"),
    Parameter("act_role", "ActRole", "Name of the act role, act_role in krampus.yaml", f"^{NAMES}$"),
    Parameter(
        "repository",
        "Repository",
        "The repository whose jobs are trusted, in the form that follows repo: in their token's sub, owner/name, or "
        "owner@id/name@id where GitHub adds ids (repositories created, renamed or transferred since July 2026)",
        f"^({OWNER}/{REPOSITORY}|{OWNER}@[0-9]+/{REPOSITORY}@[0-9]+)$",
    ),
    Parameter(
        "repository_id",
        "RepositoryId",
        "The number of that repository, which no other repository ever gets; it stays when the repository is renamed. "
        "gh api repos/OWNER/NAME --jq .id prints it",
        "^[0-9]{1,20}$",
    ),
    Parameter("branch", "Branch", "The reviewed branch, whose jobs may assume the roles", "^[A-Za-z0-9._/-]+$", "main"),
    Parameter(
        "environment",
        "Environment",
        "The environment of the repository whose jobs may assume the act role; protect it",
        "^[A-Za-z0-9._-]+$",
        ENVIRONMENT_NAME,
    ),
    Parameter(
        "workflow",
        "Workflow",
        "The only workflow whose jobs may assume the act role, owner/name/.github/workflows/file.yml@ref. Empty for "
        "reconcile.yml and undo.yml of the repository, on its branch",
        WORKFLOW,
        "",
    ),
    Parameter(
        "read_workflow",
        "ReadWorkflow",
        "The only reusable workflow whose jobs may assume the read role, owner/name/.github/workflows/file.yml@ref. "
        "Empty for any workflow of the repository",
        WORKFLOW,
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
        "The external id that the caller must send, external_id in krampus.yaml. Empty for none",
        "^[A-Za-z0-9_+=,.@:/-]*$",
        "",
    ),
)
FOR_OIDC = ("repository", "repository_id", "branch", "environment", "workflow", "read_workflow", "audience")
FOR_ROLE = ("trusted", "external_id")


def parameters(way: str, names: Mapping[str, str | None]) -> tuple[Parameter, ...]:
    """The parameters that this way of assuming roles needs, with values that are known already as their defaults."""
    needed = {"oidc": FOR_OIDC, "role": FOR_ROLE}.get(way, ())
    return tuple(
        replace(parameter, default=names.get(parameter.placeholder) or parameter.default)
        for parameter in PARAMETERS
        if parameter.placeholder in (*needed, "read_role", "act_role")
    )
