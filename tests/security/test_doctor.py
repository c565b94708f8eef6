"""krampus doctor names each way around review, seeded one at a time into a sound world, and what it lets happen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.connections import Connections
from reconciler.demo.server import Gate
from reconciler.doctor.branch_rules import main_rules, report_rules
from reconciler.doctor.code_owners import CodeOwners, fits, read
from reconciler.doctor.hosting import Told, hosted
from reconciler.doctor.trust import ANYBODY, wider
from reconciler.iam.roles import known_trust
from reconciler.load.repository import load
from reconciler.model.check_result import State
from reconciler.model.config import Config
from tests.aws import WEB
from tests.desk import CONFIG, HOUR, Desk
from tests.github.conftest import hub as hub  # noqa: PLC0414  a fixture
from tests.github.fake import FakeGithub
from tests.github.settings import APP, Environment, Ruleset, Settings, sound
from tests.github.wire import Fault
from tests.identity.conftest import job
from tests.identity.conftest import world as world  # noqa: PLC0414  a fixture
from tests.identity.stand_in import StandIn
from tests.identity.test_doctor import checked, simulating
from tests.identity.test_doctor_github import may_look
from tests.identity.trusted import JOB, OWN, make_roles, printed, retrust

HOSTED = (
    CONFIG.replace("tracker: files, folder: ../issues", "tracker: github")
    .replace("credentials: role", "credentials: oidc")
    .replace("  data-lab", "  # data-lab")
    .replace("id:", "regions: [eu-west-1], id:")
    + "report: {signers: protected-branch}\n"
)
LEAST = {"accounts": {"web": {"id": WEB, "team": "t"}}, "teams": {"t": {}}, "defaults": {"team": "t"}}
GITHUB = "token.actions.githubusercontent.com"
ACT = (WEB, "krampus-act")
ENVIRONMENT, MAIN, REPORT = "environment krampus-apply", "rules of main", "rules of krampus/reports"


class World(NamedTuple):
    """What a misconfiguration may touch."""

    desk: Desk
    hub: FakeGithub
    endpoint: str
    before: str
    printed: dict[tuple[str, str], dict[str, Any]]

    @property
    def settings(self) -> Settings:
        return self.hub.repositories["acme/cloud"].settings

    def rule(self, kind: str, number: int = 41) -> dict[str, Any]:
        """The parameters of a rule; `pull_request` is main's."""
        return self.settings.rulesets[number].rules[kind] or {}

    def found(self, *, whole: bool) -> dict[str, str]:
        """What the command calls wrong, or only what it says of the repository on GitHub."""
        if whole:
            return {check: message for (_, check), message in checked(self.desk).items()}
        connections = Connections(self.desk.root, load(self.desk.root).config, "x", environment=os.environ)
        results = hosted(connections, connections.config, Told("", "krampus-apply")).results
        return {one.check: one.message for one in results if one.state is State.WRONG}

    def mend(self) -> None:
        """Everything as it was."""
        self.hub.repositories["acme/cloud"].settings = sound()
        self.hub.faults.clear()
        self.desk.git("checkout", "--quiet", self.before, "--", ".")
        for place in ("CODEOWNERS", "README", ".github/workflows/own.yml"):
            (self.desk.root / place).unlink(missing_ok=True)
        self.merge({})
        for role in ("krampus-read", "krampus-act"):
            self.trust(lambda _: None, role)

    def owners(self, text: str, place: str = ".github/CODEOWNERS") -> None:
        """Merge another CODEOWNERS."""
        self.desk.remove(".github/CODEOWNERS")
        self.merge({place: text})

    def merge(self, files: dict[str, str]) -> None:
        self.desk.write(files)
        self.desk.git("push", "--quiet", "origin", "main")

    def trust(self, change: Callable[[dict[str, Any]], object], role: str = "krampus-act") -> None:
        """Change the first statement of a role's trust policy."""
        document = deepcopy(self.printed[WEB, role])
        change(document["Statement"][0])
        retrust(self.endpoint, WEB, role, document)


@pytest.fixture
def settled(  # noqa: PLR0913, PLR0917  what a sound world takes
    world: StandIn, desk: Desk, hub: FakeGithub, gate: Gate, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> World:
    """One account whose roles trust this repository's jobs alone, and a repository whose settings are sound."""
    job(world, monkeypatch)
    hub.repositories["acme/cloud"].settings = sound()
    may_look(hub)
    for name, value in JOB.items():
        monkeypatch.setenv(name, value)
    desk.write({"krampus.yaml": HOSTED, ".github/CODEOWNERS": "* @acme/platform\n"})
    desk.git("push", "--quiet", "origin", "main")
    make_roles(desk, endpoint)
    desk.reconcile(0 * HOUR)
    gate.refuse = simulating({})
    return World(desk, hub, endpoint, desk.git("rev-parse", "HEAD").strip(), printed(desk, *OWN))


def test_a_sound_world_is_called_so(settled: World) -> None:
    result = settled.desk.krampus("doctor", after=1 * HOUR)

    assert (result.exit_code, "wrong" in result.stdout.replace("nothing wrong", "")) == (0, False), result.stdout
    assert "unchecked" not in result.stdout


def claims(statement: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = statement["Condition"]["StringEquals"]
    return found


def like(claim: str, value: str) -> Callable[[dict[str, Any]], object]:
    """Pin a claim by a pattern."""

    def change(statement: dict[str, Any]) -> None:
        del claims(statement)[f"{GITHUB}:{claim}"]
        statement["Condition"]["StringLike"] = {f"{GITHUB}:{claim}": value}

    return change


def if_exists(statement: dict[str, Any]) -> None:
    ref = claims(statement).pop(f"{GITHUB}:ref")
    statement["Condition"]["StringEqualsIfExists"] = {f"{GITHUB}:ref": ref}


def unpinned(claim: str) -> Callable[[dict[str, Any]], object]:
    return lambda statement: claims(statement).pop(f"{GITHUB}:{claim}")


def pinned_to(claim: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda statement: claims(statement).update({f"{GITHUB}:{claim}": value})


def own_bypass(world: World, number: int, **actor: Any) -> None:
    world.settings.rulesets[number].bypass.append({"bypass_mode": "always", **actor})


def scopes(world: World, given: str) -> None:
    fault = Fault("GET /repos/acme/cloud", status=200, headers={"X-OAuth-Scopes": given}, times=5)
    world.hub.faults.append(fault)


# what was set wrongly -> how; the check that must name it; words of what it lets happen
Seeded = tuple[Callable[[World], object], str, str]
ENVIRONMENTS: dict[str, Seeded] = {
    "the environment is missing": (
        lambda at: at.settings.environments.pop("krampus-apply"),
        ENVIRONMENT,
        "GitHub makes it without protection for the first branch whose workflow names it",
    ),
    "any branch may deploy": (
        lambda at: at.settings.environments.update({"krampus-apply": Environment(kind="none")}),
        ENVIRONMENT,
        "any branch may deploy to it: a workflow there may ask for the act role",
    ),
    "another branch may deploy too": (
        lambda at: at.settings.environments["krampus-apply"].policies.append(("release/*", "branch")),
        ENVIRONMENT,
        "other branches may deploy to it (release/*)",
    ),
    "a pattern that main fits": (
        lambda at: at.settings.environments.update({"krampus-apply": Environment([("main*", "branch")])}),
        ENVIRONMENT,
        "other branches may deploy to it (main*)",
    ),
    "a tag of the name main may deploy": (
        lambda at: at.settings.environments["krampus-apply"].policies.append(("main", "tag")),
        ENVIRONMENT,
        "tags may deploy to it (main)",
    ),
    "protected branches may deploy, and none is": (
        lambda at: at.settings.environments.update({"krampus-apply": Environment(kind="protected")}),
        ENVIRONMENT,
        "any branch may deploy to it",
    ),
    "the App's key is any branch's": (
        lambda at: at.settings.environments.pop("krampus-publish"),
        "environment krampus-publish",
        "gets the secrets of that environment, the App's key",
    ),
}
BRANCHES: dict[str, Seeded] = {
    "main has no rules": (lambda at: at.settings.rulesets.pop(41), MAIN, "pushed without a pull request"),
    "code owners are not asked": (
        lambda at: at.rule("pull_request").update(require_code_owner_review=False),
        MAIN,
        "CODEOWNERS stops nobody",
    ),
    "an approval outlives a push": (
        lambda at: at.rule("pull_request").update(dismiss_stale_reviews_on_push=False),
        MAIN,
        "what is merged need not be what was reviewed",
    ),
    "a job may approve": (
        lambda at: setattr(at.settings, "jobs_approve", True),
        "approvals by jobs",
        "whoever may write can have a workflow on a branch approve his own",
    ),
    "main can be force-pushed": (
        lambda at: at.settings.rulesets[41].rules.pop("non_fast_forward"),
        MAIN,
        "its history can be replaced",
    ),
    "main can be deleted": (lambda at: at.settings.rulesets[41].rules.pop("deletion"), MAIN, "it can be deleted"),
    "the check is not required": (
        lambda at: at.rule("required_status_checks").update(required_status_checks=[{"context": "build"}]),
        MAIN,
        "the check `validate` is not required",
    ),
    "everybody who may write passes by": (
        lambda at: own_bypass(at, 41, actor_id=4, actor_type="RepositoryRole"),
        MAIN,
        "everybody who may write may bypass them, and so order without review",
    ),
    "an App passes by": (lambda at: own_bypass(at, 41, **APP), MAIN, "App 4711 may bypass them"),
    "the report can be rewritten": (
        lambda at: at.settings.rulesets[42].rules.pop("non_fast_forward"),
        REPORT,
        "its history can be replaced",
    ),
    "everybody may push the report, which nobody signs": (
        lambda at: at.settings.rulesets[42].rules.pop("update"),
        REPORT,
        "whoever does can forge the ledger",
    ),
    "any job may push the report, which nobody signs": (
        lambda at: own_bypass(at, 42, actor_id=15368, actor_type="Integration"),
        REPORT,
        "any workflow of any branch may push it, and so forge the ledger",
    ),
    "the report can be deleted": (
        lambda at: at.settings.rulesets[42].rules.pop("deletion"),
        REPORT,
        "made anew with another history",
    ),
}
OWNERS: dict[str, Seeded] = {
    "there is no CODEOWNERS": (lambda at: at.owners("", "README"), "CODEOWNERS", "there is none on main"),
    "the workflows are nobody's": (
        lambda at: at.owners("* @acme/platform\n/.github/\n"),
        "CODEOWNERS",
        "nobody owns .github/ (.github/CODEOWNERS)",
    ),
    "exemptions are nobody's": (
        lambda at: at.owners("/.github/ @acme/a\n/krampus.yaml @acme/a\n/templates/ @acme/a\n/tasks/ @acme/a\n"),
        "CODEOWNERS",
        "what must be dealt with can be exempted",
    ),
    "templates are taken out again": (
        lambda at: at.owners("* @acme/platform\n*.j2\n"),
        "CODEOWNERS",
        "nobody owns templates/",
    ),
    "one file of today is nobody's": (
        lambda at: (
            at.merge({".github/workflows/own.yml": "on: push\n"}),
            at.owners("* @acme/platform\nown.yml\n"),
        ),
        "CODEOWNERS",
        "nobody owns .github/ (.github/workflows/own.yml)",
    ),
    "a file that GitHub prefers": (
        lambda at: (at.owners("* @acme/platform\n", "CODEOWNERS"), at.merge({".github/CODEOWNERS": "*.md @acme/a\n"})),
        "CODEOWNERS",
        "nobody owns krampus.yaml",
    ),
    "owners that GitHub does not know": (
        lambda at: at.settings.code_owner_errors.append({"line": 1, "kind": "Unknown owner"}),
        "CODEOWNERS",
        "line 1: Unknown owner",
    ),
    "the example's owners": (lambda at: at.owners("* @your-org/platform\n"), "CODEOWNERS", "is the example's"),
    "a line that names no possible owner": (lambda at: at.owners("* acme-platform\n"), "CODEOWNERS", "nobody owns"),
    "nobody approves tasks": (
        lambda at: (
            at.rule("pull_request").update(required_approving_review_count=0),
            at.owners("* @acme/platform\n/tasks/\n"),
        ),
        MAIN,
        "tasks/ has no code owner, so whoever may write can order alone",
    ),
}
TRUST: dict[str, Seeded] = {
    "no number": (lambda at: at.trust(unpinned("repository_id")), "act role's trust", "made anew under this name"),
    "no ref": (
        lambda at: at.trust(unpinned("ref")),
        "act role's trust",
        "any branch or tag that names the environment",
    ),
    "no workflow": (
        lambda at: at.trust(unpinned("job_workflow_ref")),
        "act role's trust",
        "any workflow of the branch",
    ),
    "no environment": (lambda at: at.trust(unpinned("environment")), "act role's trust", "outside of the environment"),
    "no audience": (lambda at: at.trust(unpinned("aud")), "act role's trust", "made for another service"),
    "a pattern for a subject": (
        lambda at: at.trust(like("sub", "repo:acme/cloud:*")),
        "act role's trust",
        "`sub` may be `repo:acme/cloud:*`",
    ),
    "a pattern for a ref": (
        lambda at: at.trust(like("ref", "refs/heads/*")),
        "act role's trust",
        "`ref` may be `refs/heads/*`",
    ),
    "a condition that a token without a ref meets": (lambda at: at.trust(if_exists), "act role's trust", "pin `ref`"),
    "another repository too": (
        lambda at: at.trust(pinned_to("repository_id", ["2002", "9999"])),
        "act role's trust",
        "`repository_id` may be `9999`",
    ),
    "everybody": (
        lambda at: at.trust(lambda statement: statement.update(Principal="*")),
        "act role's trust",
        "also the principal *",
    ),
    "another account": (
        lambda at: at.trust(lambda statement: statement.update(Principal={"AWS": "arn:aws:iam::999988887777:root"})),
        "act role's trust",
        "also the principal AWS arn:aws:iam::999988887777:root",
    ),
    "all actions": (
        lambda at: at.trust(
            lambda statement: statement.update(Action=["sts:AssumeRoleWithWebIdentity", "sts:AssumeRole"])
        ),
        "act role's trust",
        "the action sts:AssumeRole",
    ),
    "no condition at all": (
        lambda at: at.trust(lambda statement: statement.pop("Condition")),
        "act role's trust",
        "it does not pin `sub`, which lets in jobs of every repository",
    ),
    "pull requests may act": (
        lambda at: at.trust(
            pinned_to("sub", ["repo:acme/cloud:environment:krampus-apply", "repo:acme/cloud:pull_request"])
        ),
        "act role's trust",
        "`sub` may be `repo:acme/cloud:pull_request`",
    ),
    "the read role without a number": (
        lambda at: at.trust(unpinned("repository_id"), "krampus-read"),
        "read role's trust",
        "made anew under this name",
    ),
}
TOKENS: dict[str, Seeded] = {
    "a token that administers": (
        lambda at: scopes(at, "repo, admin:org"),
        "issues in acme/cloud",
        "the scopes `admin:org`, which Krampus does not need",
    ),
    "a token that writes workflows": (lambda at: scopes(at, "repo, workflow"), "issues in acme/cloud", "`workflow`"),
    "subjects of a template": (
        lambda at: at.settings.template.update(use_default=False, include_claim_keys=["repository_owner"]),
        "token subject",
        "which the roles do not trust",
    ),
}
KINDS = {"environments": ENVIRONMENTS, "branches": BRANCHES, "owners": OWNERS, "trust": TRUST, "tokens": TOKENS}


@pytest.mark.parametrize("kind", KINDS)
def test_each_misconfiguration_is_named_alone_with_what_it_lets_happen(settled: World, kind: str) -> None:
    for number, (name, (seed, check, says)) in enumerate(KINDS[kind].items()):
        seed(settled)

        # The checks of the accounts take most of the time, and know nothing of these settings.
        found = settled.found(whole=number == 0 or kind in ("trust", "tokens"))

        assert list(found) == [check], (name, found)
        assert says in found[check], (name, found)
        settled.mend()

    assert checked(settled.desk, expect=0) == {}


def classic(**over: Any) -> dict[str, Any]:
    """The older protection of main, as it should be."""
    reviews = {
        "required_approving_review_count": 1,
        "require_code_owner_reviews": True,
        "dismiss_stale_reviews": True,
    }
    off = {"enabled": False}
    shown = {
        "required_pull_request_reviews": reviews,
        "required_status_checks": {"contexts": ["validate"], "checks": [{"context": "validate", "app_id": 15368}]},
        "enforce_admins": {"enabled": True},
        "allow_force_pushes": off,
        "allow_deletions": off,
    }
    return {**shown, **over}


def test_the_older_protection_does_as_well(settled: World) -> None:
    del settled.settings.rulesets[41]
    settled.settings.protection["main"] = classic()

    assert checked(settled.desk, expect=0) == {}

    settled.settings.protection["main"] = classic(allow_force_pushes={"enabled": True})
    assert "force pushes are allowed" in checked(settled.desk)["", MAIN]
    # Of protected branches, these are the ones that may deploy.
    settled.settings.environments["krampus-apply"] = Environment(kind="protected")
    settled.settings.protection["main"] = classic()
    assert checked(settled.desk, expect=0) == {}
    settled.settings.protection["krampus/reports"] = classic()
    assert "other branches may deploy to it (krampus/reports)" in checked(settled.desk)["", ENVIRONMENT]


HIDDEN = {
    "actions": {ENVIRONMENT: "give the token `actions: read`", "token subject": "give the token `actions: read`"},
    "administration": {
        MAIN: "who may bypass them GitHub shows to those who may edit the ruleset",
        "approvals by jobs": "give the token `administration: read`",
    },
    "contents": {"CODEOWNERS": "give the token `contents: read`"},
}


def test_what_the_token_may_not_see_is_unchecked_and_never_fine(settled: World) -> None:
    for lost, says in HIDDEN.items():
        for account in settled.hub.accounts.values():
            account.grants["acme/cloud"].pop(lost, None)

        lines = settled.desk.krampus("doctor", after=1 * HOUR).stdout.splitlines()

        for check, words in says.items():
            assert any(line.startswith(f"unchecked: {check}: ") and words in line for line in lines), lines
        may_look(settled.hub)


def test_reviewers_of_an_environment_are_told_of_and_not_asked_for(settled: World) -> None:
    settled.settings.environments["krampus-publish"].reviewers = True
    listed = json.loads(settled.desk.krampus("doctor", "--format", "json", after=1 * HOUR).stdout)["checks"]
    said = {one["check"]: (one["state"], one["message"]) for one in listed if one["check"].startswith("environment")}

    assert said[ENVIRONMENT] == ("fine", "nobody need approve a run; with reviewers, each waits for one of them")
    assert said["environment krampus-publish"] == ("fine", "")


def test_rules_that_are_missing_are_unchecked_where_older_ones_are_hidden(settled: World) -> None:
    del settled.settings.rulesets[41]
    for account in settled.hub.accounts.values():
        account.grants["acme/cloud"].pop("administration")

    lines = settled.desk.krampus("doctor", after=1 * HOUR).stdout.splitlines()

    assert any(
        line.startswith(f"unchecked: {MAIN}: it can be pushed") and "administration: read" in line for line in lines
    )


def test_an_answer_of_a_foreign_shape_is_no_crash_and_no_all_clear(settled: World) -> None:
    answers: tuple[Any, ...] = ({}, [], "<html>", 7, {"deployment_branch_policy": 3}, [{"type": "deletion"}])
    for answer in answers:
        for line in ("environments/krampus-apply", "rules/branches/main", "codeowners/errors", "actions/oidc/.*"):
            settled.hub.faults.append(Fault(f"GET /repos/acme/cloud/{line}", status=200, data=answer))

        result = settled.desk.krampus("doctor", after=1 * HOUR)

        assert result.exit_code in (0, 3)
        for check in (ENVIRONMENT, "CODEOWNERS", MAIN, "token subject"):
            assert f": {check}: " in result.stdout, (answer, result.stdout)
        settled.hub.faults.clear()


APP_ALONE: dict[str, Any] = {"update": None, "creation": None, "non_fast_forward": None, "deletion": None}
ACTIONS = {"actor_id": 15368, "actor_type": "Integration", "bypass_mode": "always"}
# what the report branch's ruleset says, who may bypass it -> what is said where the ledger counts by that rule alone
LEDGERS: tuple[tuple[dict[str, Any], list[dict[str, Any]], State, str], ...] = (
    (APP_ALONE, [APP], State.FINE, ""),
    ({**APP_ALONE, "required_signatures": None}, [APP], State.FINE, ""),
    ({"non_fast_forward": None, "deletion": None}, [], State.WRONG, "everybody who may write can push it"),
    ({"update": None, "non_fast_forward": None, "deletion": None}, [APP], State.WRONG, "write can create it"),
    ({"update": None, "creation": None, "non_fast_forward": None}, [APP], State.WRONG, "it can be deleted"),
    (APP_ALONE, [APP, ACTIONS], State.WRONG, "GitHub Actions, which is any workflow of any branch may push it"),
    (APP_ALONE, [APP, {"actor_type": "DeployKey"}], State.WRONG, "deploy keys may push it"),
    (APP_ALONE, [{"actor_id": 5, "actor_type": "RepositoryRole"}], State.WRONG, "administrators may push it"),
    (APP_ALONE, [{"actor_id": 7, "actor_type": "Team"}], State.WRONG, "team 7 may push it"),
    (APP_ALONE, [{"actor_id": 7, "actor_type": "User"}], State.WRONG, "user 7 may push it"),
)


def test_where_nobody_signs_the_rule_of_the_report_branch_must_leave_an_app_alone(hub: FakeGithub) -> None:
    hub.repositories["acme/cloud"].settings = settings = sound()
    may_look(hub)
    protection = Connections(Path(), Config.model_validate(LEAST), "x", environment=os.environ).settings()
    assert protection
    for rules, bypass, state, says in LEDGERS:
        settings.rulesets[42] = Ruleset(("krampus/reports",), rules, bypass)
        fresh = replace(protection)
        (found,) = report_rules(fresh, "krampus/reports", protected=True)

        assert (found.state, says in found.message) == (state, True), (rules, bypass, found)

    # Who may push it is shown to those who may edit the ruleset, and to nobody else: that is no proof.
    settings.rulesets[42] = Ruleset(("krampus/reports",), APP_ALONE, [APP])
    next(iter(hub.accounts.values())).grants["acme/cloud"].pop("administration")
    (hidden,) = report_rules(replace(protection), "krampus/reports", protected=True)
    assert (hidden.state, "administration: write" in hidden.message) == (State.UNCHECKED, True)


def test_two_rulesets_let_by_only_whom_both_let_by(hub: FakeGithub) -> None:
    hub.repositories["acme/cloud"].settings = settings = sound()
    may_look(hub)
    settings.rulesets[41].bypass.append({"actor_id": 4, "actor_type": "RepositoryRole", "bypass_mode": "always"})
    settings.rulesets[43] = replace(settings.rulesets[41], bypass=[])
    protection = Connections(Path(), Config.model_validate(LEAST), "x", environment=os.environ).settings()
    assert protection

    (found,) = main_rules(protection, "main", tasks_are_owned=True)

    assert found.state is State.FINE, found


def test_a_role_that_may_not_be_read_is_unchecked(settled: World, gate: Gate) -> None:
    denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    simulated = simulating({})
    gate.refuse = lambda asked: ("403 Forbidden", denied) if asked.operation == "GetRole" else simulated(asked)

    lines = settled.desk.krampus("doctor", after=1 * HOUR).stdout.splitlines()

    assert sum("allow the read role iam:GetRole on" in line and line.startswith("unchecked") for line in lines) == 2


def test_the_reviewed_branch_counts_and_not_what_is_checked_out_nor_where_a_link_leads(settled: World) -> None:
    settled.desk.write({".github/CODEOWNERS": "*.md @acme/a\n"})
    assert settled.found(whole=False) == {}

    settled.merge({})
    settled.desk.write({".github/CODEOWNERS": "* @acme/platform\n"})
    assert list(settled.found(whole=False)) == ["CODEOWNERS"]

    settled.desk.remove(".github/CODEOWNERS")
    (settled.desk.root / "owners").write_text("* @acme/platform\n")
    (settled.desk.root / ".github" / "CODEOWNERS").symlink_to("../owners")
    settled.merge({})
    assert "there is none on main" in settled.found(whole=False)["CODEOWNERS"]


HUB = "arn:aws:iam::999988887777:role/hub"
ASKED_ID = {"StringEquals": {"sts:ExternalId": "tell-me"}}
HUBS: tuple[tuple[Any, Any, Any, str], ...] = (
    ({"AWS": HUB}, "sts:AssumeRole", ASKED_ID, ""),
    ({"AWS": [HUB]}, ["sts:AssumeRole", "sts:TagSession"], ASKED_ID, ""),
    ({"AWS": HUB}, "sts:AssumeRole", None, "does not pin `sts:externalid`"),
    ({"AWS": HUB}, "sts:AssumeRole", {"StringLike": {"sts:ExternalId": "*"}}, "`sts:externalid` may be `*`"),
    ({"AWS": "*"}, "sts:AssumeRole", ASKED_ID, "also the principal AWS *"),
    ({"AWS": [HUB, "*"]}, "sts:AssumeRole", ASKED_ID, "also the principal AWS"),
    ("*", "sts:AssumeRole", ASKED_ID, "also the principal *"),
    ({"AWS": HUB, "Service": "ec2.amazonaws.com"}, "sts:AssumeRole", ASKED_ID, "Service ec2.amazonaws.com"),
    ({"Federated": "arn:aws:iam::111122223333:saml-provider/x"}, "sts:AssumeRoleWithSAML", ASKED_ID, "saml-provider/x"),
)


@pytest.mark.parametrize(("principal", "action", "condition", "says"), HUBS)
def test_a_role_that_one_principal_assumes_trusts_no_other_and_asks_for_the_id(
    principal: Any, action: Any, condition: Any, says: str
) -> None:
    names = {"trusted": ANYBODY, "external_id": "tell-me"}
    expected = known_trust("act", "role", names)
    assert expected
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    document = {"Statement": [{**statement, **({"Condition": condition} if condition else {})}, {"Effect": "Deny"}]}

    found = wider(document, expected["Statement"])

    assert (found == []) is not bool(says), found
    assert says in "; ".join(found)


@pytest.mark.parametrize(
    ("pattern", "covers", "not_these"),
    [
        ("*", ["krampus.yaml", ".github/workflows/a.yml"], []),
        ("/templates/", ["templates/a.j2", "templates/a/b.j2"], ["x/templates/a.j2", "templates"]),
        ("templates/", ["templates/a.j2", "x/templates/a.j2"], ["templates"]),
        ("/templates", ["templates/a.j2", "templates"], ["x/templates/a.j2"]),
        ("templates/*", ["templates/a.j2"], ["templates/a/b.j2"]),
        ("templates/**", ["templates/a.j2", "templates/a/b.j2"], ["x/templates/a.j2"]),
        ("**/workflows/", [".github/workflows/a.yml", "workflows/a"], [".github/workflows"]),
        ("*.yml", ["a.yml", ".github/workflows/a.yml"], ["a.yaml"]),
        ("/*.yaml", ["krampus.yaml"], ["exemptions/a.yaml"]),
        ("krampus.yam?", ["krampus.yaml"], ["krampus.yam"]),
        ("!templates/", [], ["templates/a.j2", "krampus.yaml"]),
        ("[a-z]*", [], ["krampus.yaml"]),
    ],
)
def test_patterns_cover_what_github_has_them_cover(pattern: str, covers: list[str], not_these: list[str]) -> None:
    assert [path for path in covers if not fits(pattern, path)] == []
    assert [path for path in not_these if fits(pattern, path)] == []


def test_comments_and_the_last_line_that_fits_count() -> None:
    owners = read({"CODEOWNERS": "* @acme/a # all\n\n# *  @acme/x\n/a\\ b/ @acme/b\n*.md me@acme.example\n"})

    assert owners == CodeOwners(
        "CODEOWNERS", (("*", ("@acme/a",)), ("/a b/", ("@acme/b",)), ("*.md", ("me@acme.example",)))
    )
    assert owners.owners("a b/c") == ("@acme/b",)
    assert owners.owners("a b/c.md") == ("me@acme.example",)
