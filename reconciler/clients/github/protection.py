"""This repository's settings on GitHub: environments, and the rules of branches, both new (rulesets) and old.

Sources: GitHub's REST API reference, "Deployment environments", "Deployment branch policies", "Rules", "Protected
branches". PyGithub knows only some of these, so all are our own requests. It only reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.clients.github.api import strict
from reconciler.clients.github.branch_rules import of_protection, of_rulesets
from reconciler.errors import TrackerRefused
from reconciler.model.protection import BranchRules, EnvironmentRules, RepositoryIdentity

if TYPE_CHECKING:
    from github.Requester import Requester

HIDDEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
NOT_PROTECTED = "Branch not protected"  # GitHub's words


@dataclass(frozen=True)
class Protection:
    """The settings of the repository `name`. Each method raises TrackerRefused if GitHub does not say."""

    requester: Requester
    name: str
    _rulesets: dict[int, dict[str, Any]] = field(default_factory=dict, init=False)

    def identity(self) -> RepositoryIdentity:
        """What the repository is."""
        shown = self._ask("")
        with strict():
            number, owner = str(int(shown["id"])), str(int(shown["owner"]["id"]))
            return RepositoryIdentity(str(shown["full_name"]), number, owner, str(shown["default_branch"]))

    def environment(self, name: str) -> EnvironmentRules | None:
        """Who may deploy to an environment; None if there is none of this name."""
        path = f"/environments/{quote(name, safe='')}"
        shown = self._ask(path, absent={})
        if not shown:
            return None
        with strict():
            reviewed = any(rule["type"] == "required_reviewers" for rule in shown.get("protection_rules") or ())
            return replace(self._deployers(path, shown["deployment_branch_policy"]), reviewed=reviewed)

    def branch_rules(self, branch: str) -> BranchRules:
        """What the rules of a branch ask for; the branch need not exist."""
        rules = self._ask(f"/rules/branches/{quote(branch, safe='')}?per_page=100")
        with strict():
            bypass = {number: self._ruleset(number).get("bypass_actors") for number in _numbers(rules)}
            found = of_rulesets(rules, bypass)
        # GitHub shows it only to those who may edit the ruleset.
        hidden = any(actors is None for actors in bypass.values())
        return self._with_protection(replace(found, bypass_hidden=hidden), branch)

    def code_owner_errors(self, branch: str) -> tuple[str, ...]:
        """The lines of CODEOWNERS that count for nothing, and why; none if there is no such file."""
        shown = self._ask(f"/codeowners/errors?ref={quote(branch, safe='')}", absent={"errors": []})
        with strict():
            return tuple(f"line {int(one['line'])}: {one['kind']}" for one in shown["errors"])

    def default_subject(self) -> bool:
        """Whether the `sub` of its jobs' tokens has GitHub's own form, and not one of a template."""
        shown = self._ask("/actions/oidc/customization/sub")
        with strict():
            return bool(shown["use_default"])

    def jobs_may_approve(self) -> bool:
        """Whether the token of a job, of whatever branch's workflow, may approve pull requests."""
        shown = self._ask("/actions/permissions/workflow")
        with strict():
            return bool(shown["can_approve_pull_request_reviews"])

    def _deployers(self, path: str, policy: dict[str, Any] | None) -> EnvironmentRules:
        if policy is None:
            return EnvironmentRules(anybody=True)
        if not policy["custom_branch_policies"]:
            return self._protected_branches()
        shown = self._ask(f"{path}/deployment-branch-policies?per_page=100")["branch_policies"]
        tags = tuple(str(one["name"]) for one in shown if one.get("type") == "tag")
        return EnvironmentRules(tuple(str(one["name"]) for one in shown if one.get("type") != "tag"), tags)

    def _protected_branches(self) -> EnvironmentRules:
        """Of "protected branches only": while no branch is protected, that is every branch."""
        shown = self._ask("/branches?protected=true&per_page=100")
        names = tuple(str(one["name"]) for one in shown)
        return EnvironmentRules(names, anybody=not names)

    def _with_protection(self, found: BranchRules, branch: str) -> BranchRules:
        try:
            shown = self._ask(f"/branches/{quote(branch, safe='')}/protection")
        except TrackerRefused as refused:
            if NOT_PROTECTED in str(refused):
                return found
            if refused.status not in HIDDEN:
                raise
            return replace(found, older_hidden=True)
        with strict():
            return of_protection(found, shown)

    def _ruleset(self, number: int) -> dict[str, Any]:
        if number not in self._rulesets:
            self._rulesets[number] = self._ask(f"/rulesets/{number}")
        return self._rulesets[number]

    def _ask(self, path: str, absent: Any = None) -> Any:
        """GitHub's answer; `absent`: what stands for it if there is nothing of that name."""
        try:
            with strict():
                return self.requester.requestJsonAndCheck("GET", f"/repos/{self.name}{path}")[1]
        except TrackerRefused as refused:
            if absent is not None and refused.status == HTTPStatus.NOT_FOUND:
                return absent
            raise


def _numbers(rules: list[dict[str, Any]]) -> list[int]:
    return sorted({int(rule["ruleset_id"]) for rule in rules})
