"""The settings of this repository on GitHub, as the checks ask for them, and what it means that GitHub does not say."""

from __future__ import annotations

from typing import Protocol

from reconciler.errors import TrackerRefused
from reconciler.model.check_result import CheckResult, unchecked
from reconciler.model.protection import BranchRules, EnvironmentRules, RepositoryIdentity

HIDDEN = (401, 403, 404)  # HTTP's own


class Settings(Protocol):
    """Each method raises TrackerRefused if GitHub does not say."""

    def identity(self) -> RepositoryIdentity:
        """What the repository is."""

    def environment(self, name: str) -> EnvironmentRules | None:
        """Who may deploy to an environment; None if there is none of this name."""

    def branch_rules(self, branch: str) -> BranchRules:
        """What the rules of a branch ask for."""

    def code_owner_errors(self, branch: str) -> tuple[str, ...]:
        """The lines of CODEOWNERS that count for nothing."""

    def jobs_may_approve(self) -> bool:
        """Whether the token of a job may approve pull requests."""

    def default_subject(self) -> bool:
        """Whether the `sub` of its jobs' tokens has GitHub's own form."""


def refused_as(check: str, refused: TrackerRefused, needs: str) -> CheckResult:
    """The result of a check whose question GitHub refused. `needs`: the permission that it takes."""
    hint = f"; give the token {needs}" if refused.status in HIDDEN else ""
    return unchecked(check, f"{refused}{hint}")
