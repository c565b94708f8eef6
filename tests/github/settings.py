"""The settings of the fake's repositories, as GitHub shows them: environments, rules of branches, code owners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.github.rules import Refusal
from tests.github.wire import Answer, Request

if TYPE_CHECKING:
    from tests.github.fake import FakeGithub
    from tests.github.state import Account, Repository

NOT_FOUND, NO_ACCESS = "Not Found", "Resource not accessible by integration"
REVIEW: dict[str, Any] = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": True,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}
CHECKS: dict[str, Any] = {
    "required_status_checks": [{"context": "validate"}],
    "strict_required_status_checks_policy": False,
}
APP = {"actor_id": 4711, "actor_type": "Integration", "bypass_mode": "always"}


@dataclass
class Environment:
    """`policies`: the patterns that may deploy, each (name, `branch` or `tag`); None: the kind of policy is `kind`."""

    policies: list[tuple[str, str]] = field(default_factory=lambda: [("main", "branch")])
    kind: str = "custom"  # custom | protected | none
    reviewers: bool = False

    def show(self, name: str) -> dict[str, Any]:
        """As GitHub shows one."""
        policy = {"protected_branches": self.kind == "protected", "custom_branch_policies": self.kind == "custom"}
        none = self.kind == "none"
        rules = [] if none else [{"id": 1, "type": "branch_policy"}]
        rules += [{"id": 2, "type": "required_reviewers"}] if self.reviewers else []
        return {"id": 1, "name": name, "protection_rules": rules, "deployment_branch_policy": None if none else policy}


@dataclass
class Ruleset:
    """`rules`: type to parameters; `bypass`: who may bypass them."""

    branches: tuple[str, ...]
    rules: dict[str, dict[str, Any] | None]
    bypass: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Settings:
    """`protection`: branch to what GitHub shows of its older protection; `template`: of the tokens' subject.

    jobs_approve: whether a job's token may approve pull requests.
    """

    environments: dict[str, Environment] = field(default_factory=dict)
    rulesets: dict[int, Ruleset] = field(default_factory=dict)
    protection: dict[str, dict[str, Any]] = field(default_factory=dict)
    code_owner_errors: list[dict[str, Any]] = field(default_factory=list)
    jobs_approve: bool = False
    template: dict[str, Any] = field(default_factory=lambda: {"use_default": True})


def sound() -> Settings:
    """Settings as they should be, by rulesets; none but an App may push the report."""
    main = {
        "pull_request": {**REVIEW},
        "required_status_checks": {**CHECKS},
        "non_fast_forward": None,
        "deletion": None,
    }
    report: dict[str, Any] = {"update": None, "creation": None, "non_fast_forward": None, "deletion": None}
    return Settings(
        {"krampus-apply": Environment(), "krampus-publish": Environment()},
        {41: Ruleset(("main",), main), 42: Ruleset(("krampus/reports",), report, [APP])},
    )


def _needs(account: Account, repository: Repository, what: str) -> None:
    if not account.may(repository.name, what):
        raise Refusal(403, NO_ACCESS)


def environment(_h: FakeGithub, _: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    """One environment, or what may deploy to it."""
    _needs(account, repository, "actions")
    found = repository.settings.environments.get(parts[0])
    if found is None:
        raise Refusal(404, NOT_FOUND)
    if parts[1:] and parts[1]:
        shown = [{"id": 1, "name": name, "type": kind} for name, kind in found.policies]
        return Answer(200, {"total_count": len(shown), "branch_policies": shown})
    return Answer(200, found.show(parts[0]))


def rules(_h: FakeGithub, _: Request, _a: Account, repository: Repository, parts: list[str]) -> Answer:
    """The rules that hold for a branch, whether or not it exists."""
    shown = [
        {"type": kind, "ruleset_id": number, **({"parameters": parameters} if parameters else {})}
        for number, ruleset in repository.settings.rulesets.items()
        if parts[0] in ruleset.branches
        for kind, parameters in ruleset.rules.items()
    ]
    return Answer(200, shown)


def ruleset(_h: FakeGithub, _: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    """One ruleset; who may bypass it is shown to those who may edit it."""
    found = repository.settings.rulesets.get(int(parts[0]))
    if found is None:
        raise Refusal(404, NOT_FOUND)
    shown = {"id": int(parts[0]), "name": "rules", "enforcement": "active"}
    edits = account.may(repository.name, "administration", "write")
    return Answer(200, {**shown, **({"bypass_actors": found.bypass} if edits else {})})


def protection(_h: FakeGithub, _: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    """The older kind of protection of a branch."""
    _needs(account, repository, "administration")
    found = repository.settings.protection.get(parts[0])
    if found is None:
        raise Refusal(404, "Branch not protected")
    return Answer(200, found)


def branches(_h: FakeGithub, request: Request, account: Account, repository: Repository, _: list[str]) -> Answer:
    """The branches, of which only those that have rules are known here."""
    _needs(account, repository, "contents")
    assert request.query["protected"] == "true"
    return Answer(200, [{"name": name, "protected": True} for name in repository.settings.protection])


def code_owner_errors(_h: FakeGithub, _: Request, account: Account, repository: Repository, _p: list[str]) -> Answer:
    """The lines of CODEOWNERS that count for nothing."""
    _needs(account, repository, "contents")
    return Answer(200, {"errors": repository.settings.code_owner_errors})


def subject(_h: FakeGithub, _: Request, account: Account, repository: Repository, _p: list[str]) -> Answer:
    """The template of the tokens' subject."""
    _needs(account, repository, "actions")
    return Answer(200, repository.settings.template)


def workflow_permissions(_h: FakeGithub, _: Request, account: Account, repository: Repository, _p: list[str]) -> Answer:
    """What the tokens of jobs may by default."""
    _needs(account, repository, "administration")
    approve = repository.settings.jobs_approve
    return Answer(200, {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": approve})
