"""krampus doctor and GitHub: tokens and what they may, and that nothing is written to find out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from reconciler.demo.server import Gate
from reconciler.model.check_result import State
from tests.desk import CONFIG, HOUR, Desk
from tests.github.conftest import hub as hub  # noqa: PLC0414  a fixture
from tests.github.fake import FakeGithub
from tests.github.settings import sound
from tests.github.wire import Fault
from tests.identity.test_doctor import checked, simulating
from tests.identity.trusted import make_roles

ON_GITHUB = (
    CONFIG.replace("tracker: files, folder: ../issues", "tracker: github")
    .replace("teams: {web: {}", "teams: {web: {issues: acme/website}")
    .replace("id:", "regions: [eu-west-1], id:")
    + "report: {signers: protected-branch}\n"
)


@pytest.fixture
def hosted(desk: Desk, hub: FakeGithub, gate: Gate, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> Desk:
    """A sound world whose issues are on GitHub, in two repositories."""
    hub.add("acme/website")
    hub.repositories["acme/cloud"].settings = sound()
    may_look(hub)
    may = {"acme/website": {"issues": "write"}}
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("krampus[bot]", may))
    desk.write({"krampus.yaml": ON_GITHUB, ".github/CODEOWNERS": "* @acme/platform\n"})
    desk.git("push", "--quiet", "origin", "main")
    make_roles(desk, endpoint, "--trusted", "arn:aws:iam::999988887777:role/hub")
    desk.reconcile(0 * HOUR)
    gate.refuse = simulating({})
    hub.seen()
    return desk


def test_a_sound_world_has_no_finding_and_no_issue(hosted: Desk, hub: FakeGithub) -> None:
    assert checked(hosted, expect=0) == {}
    assert hub.issues("acme/cloud") == hub.issues("acme/website") == []
    asked = [request for request in hub.seen() if re.fullmatch(".*/acme/[a-z]+(/issues)?", request.line)]
    assert [(request.verb, request.status) for request in asked] == [("GET", 200), *[("GET", 200), ("POST", 422)] * 2]
    assert [request.line for request in asked if request.writes] == [
        "POST /repos/acme/cloud/issues",
        "POST /repos/acme/website/issues",
    ]


def may_look(hub: FakeGithub) -> None:
    """What a token may that sees all settings."""
    for account in hub.accounts.values():
        account.grants["acme/cloud"] |= {"contents": "read", "actions": "read", "administration": "write"}


def deny(hub: FakeGithub) -> None:
    for account in hub.accounts.values():
        for permissions in account.grants.values():
            permissions["issues"] = "read"


def archive(hub: FakeGithub) -> None:
    hub.repositories["acme/website"].archived = True


def close(hub: FakeGithub) -> None:
    hub.repositories["acme/website"].has_issues = False


def forget(hub: FakeGithub) -> None:
    hub.accounts.clear()


BOTH = {"issues in acme/cloud", "issues in acme/website"}


@pytest.mark.parametrize(
    ("break_it", "where", "says"),
    [
        (deny, BOTH, "a job needs `issues: write`"),
        (archive, {"issues in acme/website"}, "the repository is archived"),
        (close, {"issues in acme/website"}, "issues are disabled there"),
        (forget, BOTH, "the token is not known to GitHub; renew it"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else(
    hosted: Desk, hub: FakeGithub, break_it: Callable[[FakeGithub], None], where: set[str], says: str
) -> None:
    break_it(hub)

    found = checked(hosted)

    assert {check for _, check in found} == where
    assert all(says in text for text in found.values())


def test_a_personal_token_without_the_scope_is_told_which(hosted: Desk, hub: FakeGithub) -> None:
    hub.faults.append(Fault("GET /repos/acme/website", status=200, headers={"X-OAuth-Scopes": "gist, read:org"}))

    found = checked(hosted)

    assert list(found) == [("", "issues in acme/website")]
    assert "has the scopes `gist, read:org`, but issues there need" in found["", "issues in acme/website"]


@pytest.mark.parametrize(
    ("variable", "says"),
    [("GITHUB_TOKEN", "set GITHUB_TOKEN"), ("KRAMPUS_ISSUES_TOKEN", "set KRAMPUS_APP_ID")],
)
def test_a_missing_token_is_named(
    hosted: Desk, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch, variable: str, says: str
) -> None:
    monkeypatch.delenv(variable)

    found = checked(hosted)

    assert list(found) == [("", "GitHub token")]
    assert says in found["", "GitHub token"]
    assert [request for request in hub.seen() if request.writes] == []


def test_a_github_that_is_down_is_no_fault_of_the_token(hosted: Desk, hub: FakeGithub) -> None:
    hub.faults.append(Fault("POST .*/issues", status=502))

    result = hosted.krampus("doctor", after=1 * HOUR)

    assert result.exit_code == 0
    assert f"{State.UNCHECKED}: issues in acme/cloud: 502" in result.stdout
