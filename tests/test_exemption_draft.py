"""The exemption that an issue proposes: `krampus validate` refuses it until the reason is filled in, and no longer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.model.config import Guardrails
from reconciler.model.notice import Notice
from reconciler.model.repository_url import RepositoryUrl
from reconciler.publish.exemption_draft import MOST, ExemptionTerms, exemption_draft, free_name, last_day
from reconciler.render.links import to_file, to_new_file
from tests.aws import WEB, Here
from tests.build import NOW, arn
from tests.desk import HOUR, Desk, instances, task
from tests.notices import DUE, everything, notice, waits

HOME = RepositoryUrl("https://github.com", "acme/krampus-config", "main")
AT = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/krampus-config",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
}


TERMS = ExemptionTerms("exemptions/stop-idle.yaml", "web", "stop-idle", date(2027, 3, 8))


def proposed(issue: Notice) -> Any:
    """The exemption that an issue proposes, None if it proposes none."""
    return issue.content["exemption"]


@pytest.fixture
def web(endpoint: str) -> Here:
    return Here(endpoint, account=WEB)


def opened(link: str) -> tuple[str, str]:
    """What GitHub's page for a new file is filled in with: name and content."""
    asked = parse_qs(urlsplit(link).query, strict_parsing=True)
    return asked["filename"][0], asked["value"][0]


def test_the_link_of_a_real_issue_is_refused_until_its_reason_is_there(
    desk: Desk, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AT.items():
        monkeypatch.setenv(name, value)
    desk.write({"tasks/idle.yaml": task("disable", *instances(web, 12), expect=12)})
    desk.reconcile(0 * HOUR)
    issue = desk.issue()
    link = issue.split("[Propose an exemption](", 1)[1].split(")", 1)[0]
    name, content = opened(link)
    assert link.startswith("https://github.com/acme/krampus-config/new/main/exemptions?filename=idle.yaml&value=")
    assert len(link) <= 2000

    desk.write({f"exemptions/{name}": content})
    refused = desk.krampus("validate")
    assert refused.exit_code == 2
    assert refused.stdout.startswith(f"exemptions/{name}:1:9: ")
    assert "1 fault;" in refused.stdout

    desk.write({f"exemptions/{name}": content.replace('reason: ""', "reason: Needed until the move (NET-88)")})
    accepted = desk.krampus("validate")
    assert accepted.exit_code == 0, accepted.output

    desk.reconcile(1 * HOUR)
    verdicts = [one["verdict"] for one in desk.report().values()]
    assert verdicts.count("exempt") == content.count("  - arn:")
    assert 1 <= verdicts.count("exempt") <= MOST


def test_links_into_the_repository_are_in_the_issue(desk: Desk, web: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AT.items():
        monkeypatch.setenv(name, value)
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.reconcile(0 * HOUR)

    issue = desk.issue()

    assert "[`tasks/idle.yaml`](https://github.com/acme/krampus-config/blob/main/tasks/idle.yaml)" in issue
    assert "[the report](https://github.com/acme/krampus-config/blob/krampus/reports/README.md)" in issue
    assert ", written by author@&#8288;example.org ·" in issue


def test_without_a_home_the_issue_has_plain_paths(desk: Desk, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.reconcile(0 * HOUR)

    issue = desk.issue()

    assert "](" not in issue
    assert "<sub>Task `tasks/idle.yaml`" in issue
    assert "<summary>The file, exemptions/idle.yaml</summary>" in issue


def test_the_same_world_gives_the_same_bytes_a_month_later() -> None:
    first = proposed(notice(waits(1), home=HOME))
    assert first
    assert opened(first["link"])[1] == first["text"]
    assert "expires: 2027-03-08" in first["text"]


def test_what_needs_no_exemption_is_not_in_it() -> None:
    found = proposed(notice(*everything(), home=HOME))
    assert found
    assert [f"{arn(number)}\n" in found["text"] for number in (1, 6, 7, 8, 9)] == [True, True, False, False, False]
    settled = [one for one in everything() if one.verdict in ("satisfied", "exempt", "expired")]
    assert proposed(notice(*settled)) is None


def test_a_long_list_is_cut_to_what_an_address_can_hold() -> None:
    targets = [arn(number) for number in range(1, 53)]
    found, bare = exemption_draft(targets, TERMS, HOME), exemption_draft(targets, TERMS, RepositoryUrl())
    assert found and bare
    assert found.text.count("- arn:") + found.more == 52
    assert (bare.text.count("- arn:"), bare.more, bare.link) == (MOST, 42, "")


@pytest.mark.parametrize("name", ["a: b", "a #b", 'a"b', "a\nb", "a\n  - b", "x" * 700, "*", "a\u202eb"])
def test_a_target_that_yaml_would_read_otherwise_is_left_to_a_person(name: str) -> None:
    found = exemption_draft([f"arn:aws:iam::1:user/{name}", arn(2)], TERMS, HOME)
    assert found
    assert found.text.endswith(f"resources:\n  - {arn(2)}\n")
    assert found.more == 1


@pytest.mark.parametrize(
    ("days", "rails", "expires"),
    [
        (7, {}, date(2027, 3, 8)),
        (7, {"max_exemption": timedelta(days=30)}, date(2026, 12, 31)),  # as far as it goes, from the notice on
        (7, {"max_exemption": timedelta(days=7)}, date(2026, 12, 8)),
        (7, {"max_exemption": timedelta(days=3)}, None),  # over before it is due
        (400, {}, None),  # too far away to be proposed today
        (-200, {}, None),  # a last day that has passed
    ],
)
def test_the_last_day(days: int, rails: dict[str, Any], expires: date | None) -> None:
    assert last_day([NOW + timedelta(days=days), None], timedelta(days=7), Guardrails(**rails), NOW) == expires


def test_the_last_day_is_nobodys_where_nothing_is_due() -> None:
    assert last_day([], timedelta(days=7), Guardrails(), NOW) is None
    assert DUE.date() == date(2026, 12, 8)


def test_a_file_that_is_there_is_not_proposed_again() -> None:
    assert free_name("idle", ()) == "exemptions/idle.yaml"
    assert free_name("idle", ("exemptions/idle.yaml", "exemptions/idle-2.yaml")) == "exemptions/idle-3.yaml"


def test_links_are_encoded_part_by_part() -> None:
    assert to_file(HOME, "tasks/a b/#1?.yaml") == (
        "https://github.com/acme/krampus-config/blob/main/tasks/a%20b/%231%3F.yaml"
    )
    there = "https://github.com/acme/krampus-config/blob/krampus/reports/README.md"
    assert to_file(HOME, "README.md", "krampus/reports") == there
    assert to_file(RepositoryUrl(), "tasks/a.yaml") == ""
    assert to_new_file(HOME, "exemptions/a.yaml", "x" * 2000) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"GITHUB_SERVER_URL": "javascript:alert(1)"},
        {"GITHUB_SERVER_URL": "https://github.com/x)](y"},
        {"GITHUB_REPOSITORY": "acme/x)"},
        {"GITHUB_REPOSITORY": ""},
    ],
)
def test_a_home_that_is_none_gives_no_link(wrong: dict[str, str]) -> None:
    assert RepositoryUrl.of({**AT, **wrong}) == RepositoryUrl()


@pytest.mark.parametrize(
    ("over", "branch"),
    [
        ({}, "main"),
        ({"GITHUB_REF_NAME": "trunk"}, "trunk"),
        ({"GITHUB_REF_NAME": "12/merge", "GITHUB_BASE_REF": "trunk"}, "trunk"),
        ({"GITHUB_REF_NAME": "12/merge"}, "main"),
        ({"GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag"}, "main"),
        ({"GITHUB_REF_NAME": "a b)"}, "main"),
    ],
)
def test_the_branch_is_the_one_of_the_reviewed_files(over: dict[str, str], branch: str) -> None:
    assert RepositoryUrl.of({**AT, **over}).branch == branch
