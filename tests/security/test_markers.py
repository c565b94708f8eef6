"""Markers that others write, copy or edit: none keeps a notice from a team, and no issue of others is touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.marker import comment_body, issue_body, key_in, opened_in, said_in
from tests.build import TASK, arn
from tests.github import conftest as github_fixtures
from tests.github.app import App
from tests.github.fake import FakeGithub
from tests.github.state import Issue, show_user
from tests.github.telling import Telling, over, waits
from tests.github.test_comment import compared, say
from tests.github.wire import Fault

hub, telling, app = github_fixtures.hub, github_fixtures.telling, github_fixtures.app
ME, WEBSITE = "krampus[bot]", "acme/website"
OTHERS = ("evil[bot]", "mallory", "krampus", "krampus-2[bot]", "github-actions[bot]", "dependabot[bot]")


def should_say(telling: Telling) -> str:
    """The comment that a second target gets, as Krampus will write it: the repository is as before afterwards."""
    telling.run(waits(1))
    entries = telling.entries
    telling.run(waits(1), waits(2))
    (comment,) = telling.the().comments
    telling.hub.repositories[WEBSITE].issues.clear()
    telling.entries = ()
    telling.run(waits(1))
    assert telling.entries == entries
    return comment.body


def is_told(telling: Telling) -> bool:
    """Whether a run tells of the second target by a comment of Krampus' own that stands there afterwards."""
    telling.run(waits(1), waits(2))
    own = [one for one in telling.the().comments if one.login == ME and not one.via and one.edited_at is None]
    return any(arn(2) in one.body for one in own)


@pytest.mark.parametrize("login", OTHERS)
def test_a_comment_of_others_with_the_marker_of_the_news_tells_nothing(telling: Telling, login: str) -> None:
    body = should_say(telling)
    telling.hub.comment(telling.the(), login, body)
    assert is_told(telling)


def test_nor_does_our_own_that_another_app_wrote_in_our_name(telling: Telling) -> None:
    body = should_say(telling)
    telling.hub.comment(telling.the(), ME, body).via = "some-relay"
    assert is_told(telling)


def test_nor_one_of_an_account_that_is_called_as_ours_was(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    body = should_say(telling)
    comment = telling.hub.comment(telling.the(), ME, body)
    shown = f"GET /repos/{WEBSITE}/issues/1/comments"
    user = {**show_user(ME), "id": 7}
    stamp = "2026-12-01T09:00:00Z"
    page = f"https://github.com/{WEBSITE}/issues/1#issuecomment-1"
    data = [{"id": comment.id, "html_url": page, "body": body, "user": user, "created_at": stamp, "updated_at": stamp}]
    for foreign in (user, None, {**show_user(ME), "login": "krampus-old[bot]"}):
        telling.hub.faults = [Fault(shown, 200, data=[{**data[0], "user": foreign}])]
        telling.entries = telling.entries[:1]
        telling.run(waits(1), waits(2))
        assert any(arn(2) in one.body and one is not comment for one in telling.the().comments)
        telling.the().comments[:] = [comment]
    assert monkeypatch


@pytest.mark.parametrize("keep", [True, False], ids=["digest made anew", "digest as it was"])
def test_nor_our_own_comment_that_somebody_edited(telling: Telling, keep: bool) -> None:
    told = should_say(telling)
    telling.run(waits(1), waits(3))
    (comment,) = telling.the().comments
    text = comment.body.partition("\n")[2]
    forged = comment_body(sorted(said_in(told)), text) if keep else told.partition("\n")[0] + f"\n{text}"
    telling.hub.edit(comment, "mallory", forged)
    telling.entries = telling.entries[:1]
    assert is_told(telling)


def test_a_comment_whose_text_is_not_its_markers_tells_nothing(telling: Telling) -> None:
    body = should_say(telling)
    telling.hub.comment(telling.the(), ME, body.replace(arn(2), "nothing"))
    assert is_told(telling)


def test_our_own_comment_as_we_wrote_it_is_not_said_again(telling: Telling) -> None:
    body = should_say(telling)
    telling.hub.comment(telling.the(), ME, body.replace("\n", "\r\n"))
    telling.run(waits(1), waits(2))
    assert len(telling.the().comments) == 1


def copied(telling: Telling) -> str:
    """The very text of the issue that will be opened; the repository is empty again."""
    telling.run(waits())
    body = telling.the().body
    telling.hub.repositories[WEBSITE].issues.clear()
    telling.entries = ()
    return body


@pytest.mark.parametrize("login", OTHERS)
@pytest.mark.parametrize("state", ["open", "closed"])
def test_an_issue_of_others_with_our_label_and_marker_is_not_ours(telling: Telling, login: str, state: str) -> None:
    forged = telling.hub.open_issue(WEBSITE, login, "Forged", copied(telling), "krampus", "severity:medium")
    forged.state = state
    before = (forged.title, forged.body, forged.state, list(forged.labels))
    assert telling.run(waits()).delivered == {(TASK, arn()): f"{telling.hub.url}/{WEBSITE}/issues/2"}
    assert telling.the(2).login == ME
    telling.run(over())
    assert ((forged.title, forged.body, forged.state, forged.labels), forged.comments) == (before, [])
    assert telling.the(2).state == "closed"


def test_nor_one_that_another_app_wrote_in_our_name(telling: Telling) -> None:
    telling.hub.open_issue(WEBSITE, ME, "Forged", copied(telling), "krampus").via = "some-relay"
    telling.run(waits())
    assert [one.via for one in telling.hub.issues(WEBSITE)] == ["some-relay", ""]


def announces(telling: Telling) -> str:
    """What the marker of an issue says that announces task `b` by its opening."""
    telling.run(waits(2, task="b"))
    opened = opened_in(telling.the().body)
    telling.hub.repositories[WEBSITE].issues.clear()
    telling.entries = ()
    return opened


def test_an_old_issue_of_ours_that_was_edited_into_the_announcement_of_another_task_swallows_nothing(
    telling: Telling,
) -> None:
    opened = announces(telling)
    telling.run(waits(2, task="b"))
    key = key_in(telling.the().body)
    telling.hub.repositories[WEBSITE].issues.clear()
    telling.entries = ()
    telling.run(waits(1, task="a"))
    telling.hub.edit(telling.the(), "mallory", issue_body(key, opened, "Nothing to see here"))
    telling.run(waits(1, task="a"), waits(2, task="b"))
    told = [one for issue in telling.hub.issues(WEBSITE) for one in issue.comments if arn(2) in one.body]
    new = [one for one in telling.hub.issues(WEBSITE) if one.number > 1 and key_in(one.body) == key]
    assert told or new
    assert all(arn(number) in "".join(one.body for one in telling.hub.issues(WEBSITE)) for number in (1, 2))


def test_what_an_edited_marker_says_was_announced_is_announced(telling: Telling) -> None:
    """Also by one who knows how the digest is made, and gets GitHub to show the text as it was opened."""
    telling.run(waits(1))
    body = telling.the().body
    telling.entries = ()
    telling.hub.edit(telling.the(), "mallory", body)
    telling.run(waits(1))
    assert [arn(1) in one.body for one in telling.the().comments] == [True]


@pytest.mark.parametrize("editors", [[""], ["mallory"], [ME, "mallory", ME], [ME] * 101])
def test_on_any_doubt_who_edited_an_issue_the_news_is_said(telling: Telling, editors: list[str]) -> None:
    telling.run(waits(1))
    telling.the().edits = editors
    telling.entries = ()
    telling.run(waits(1))
    assert len(telling.the().comments) == 1


def test_our_own_edits_are_no_doubt(telling: Telling) -> None:
    telling.run(waits(1))
    telling.the().edits = [ME, ME]
    telling.entries = ()
    telling.run(waits(1))
    assert telling.the().comments == []


def test_an_issue_of_which_somebody_took_the_marker_is_found_by_the_ledger_and_written_anew(telling: Telling) -> None:
    telling.run(waits())
    body = telling.the().body
    telling.hub.edit(telling.the(), "mallory", "All is well")
    telling.run(waits())
    assert telling.the().body.partition("\n")[2] == body.partition("\n")[2]
    assert len(telling.hub.issues(WEBSITE)) == 1


def take_the_label(issue: Issue) -> None:
    issue.labels.remove("krampus")


def take_the_marker(issue: Issue) -> None:
    issue.labels.remove("krampus")
    issue.body = "gone"


@pytest.mark.parametrize("hide", [take_the_label, take_the_marker])
@pytest.mark.parametrize("after", [(over(),), (over(), waits(2, task="b")), (waits(2, task="b"),)])
def test_an_orphan_that_no_list_shows_is_closed_once(
    telling: Telling, hide: Callable[[Issue], None], after: tuple[object, ...]
) -> None:
    telling.run(waits())
    hide(telling.the())
    telling.run(*after)  # type: ignore[arg-type]
    assert telling.the().state == "closed"
    telling.lines()
    telling.run(*after)  # type: ignore[arg-type]
    assert not [line for line in telling.lines() if line.endswith("/issues/1")]


def test_what_is_not_over_is_not_closed(telling: Telling) -> None:
    telling.run(waits(1), waits(2))
    take_the_label(telling.the())
    telling.hub.faults.append(Fault(f"POST /repos/{WEBSITE}/labels", 500, times=9))
    telling.hub.repositories[WEBSITE].labels.pop("krampus")
    telling.run(over(1), waits(2))
    assert telling.the().state == "open"


def test_after_a_change_of_the_token_the_old_issue_is_closed_and_a_new_one_tells(
    telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling.run(waits(1), waits(2, task="b"))
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("ada", {WEBSITE: {"issues": "write"}}))
    telling.run(waits(1))
    assert [(one.login, one.state) for one in hub.issues(WEBSITE)] == [(ME, "closed"), (ME, "closed"), ("ada", "open")]
    telling.lines()
    telling.run(waits(1))
    assert telling.writes() == []


def test_the_ledgers_link_makes_nobody_elses_issue_ours(telling: Telling, hub: FakeGithub) -> None:
    telling.run(waits())
    hub.repositories[WEBSITE].issues.clear()
    theirs = hub.open_issue(WEBSITE, "ada", "Of a person", "Mine")
    telling.run(over())
    assert (theirs.state, theirs.body) == ("open", "Mine")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST /graphql", 403, "Resource not accessible by integration", times=9),
        Fault("POST /graphql", 404, times=9),
        Fault("POST /graphql", 200, data={"data": {"viewer": None}}, times=9),
        Fault("POST /graphql", 200, data={"data": {"viewer": {"login": "", "databaseId": 1}}}, times=9),
        Fault("POST /graphql", 200, data={"data": {"viewer": {"login": ME, "databaseId": "1"}}}, times=9),
        Fault("POST /graphql", 200, data={"errors": [{"message": "no"}]}, times=9),
        Fault("POST /graphql", 200, raw=b"<html>", times=9),
    ],
)
def test_without_knowing_whose_the_token_is_nothing_is_opened_closed_or_delivered(
    telling: Telling, hub: FakeGithub, fault: Fault
) -> None:
    telling.run(waits(1))
    telling.lines()
    hub.faults.append(fault)
    for decisions in ((waits(1), waits(2)), (over(1),), (waits(3, task="b"),)):
        answered = telling.run(*decisions)
        assert (answered.delivered, telling.writes()) == ({}, [])
        assert any("whose token it is" in why for why in answered.refused)


def test_a_server_without_graphql_is_asked_by_rest(telling: Telling, hub: FakeGithub, app: App) -> None:
    """To the tokens of Apps it does not tell their own names, but which App has made them."""
    apps = ("github-actions[bot]", f"{app.slug}[bot]")
    hub.faults += [
        Fault("POST /graphql", 404, times=99),
        Fault("GET /user", 403, "Resource not accessible by integration", times=9),
        *(Fault(f"GET /users/{re.escape(login)}", 200, data=show_user(login), times=9) for login in apps),
    ]
    assert len(telling.run(waits(1), waits(2, team="data")).delivered) == 2
    telling.lines()
    telling.run(waits(1), waits(2, team="data"))
    assert telling.writes() == []


def test_a_given_token_of_an_app_without_a_name_opens_nothing(
    telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("other[bot]", {WEBSITE: {"issues": "write"}}))
    hub.faults += [Fault("POST /graphql", 404, times=9), Fault("GET /user", 403, times=9)]
    assert (telling.run(waits(1)).delivered, telling.writes()) == ({}, [])


def test_an_account_is_asked_for_once_for_each_token(telling: Telling, hub: FakeGithub, app: App) -> None:
    hub.add("acme/shop")
    telling.teams |= {"shop": {"issues": "acme/shop"}}
    told = telling.run(waits(1), waits(2, team="shop"), waits(3, team="data"), waits(4, task="b"))
    assert len(told.delivered) == 4
    assert sum(request.line == "POST /graphql" for request in hub.seen()) == 2
    assert {one.login for one in hub.issues("acme/shop")} == {f"{app.slug}[bot]"}


def test_a_broken_answer_to_whose_it_is_is_asked_again(telling: Telling, hub: FakeGithub) -> None:
    hub.faults.append(Fault("POST /graphql", 502))
    assert len(telling.run(waits(1)).delivered) == 1


def test_the_case_of_a_login_is_none(telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("Ada", {WEBSITE: {"issues": "write"}}))
    telling.run(waits())
    telling.the().login = "ada"
    telling.lines()
    telling.run(waits())
    assert telling.writes() == []


def test_an_issue_that_github_says_another_opened_is_closed_and_no_more_are_opened(
    telling: Telling, hub: FakeGithub
) -> None:
    hub.faults.append(
        Fault("POST /graphql", 200, data={"data": {"viewer": {"login": "ada", "databaseId": 5}}}, times=9)
    )
    told = telling.run(*(waits(number, task=f"task-{number}") for number in range(1, 4)))
    assert told.delivered == {}
    assert all("another than the token's account" in why for why in told.refused)
    assert [one.state for one in hub.issues(WEBSITE)] == ["closed"]


@pytest.mark.parametrize("login", OTHERS)
def test_the_comment_on_a_pull_request_is_our_own_accounts(hub: FakeGithub, tmp_path: Path, login: str) -> None:
    pull = hub.open_pull("acme/cloud", 7)
    forged = hub.comment(pull, login, "<!-- krampus:plan -->\nAll is well")
    assert say(tmp_path, compared([waits()], [])).exit_code == 0
    mine = [one for one in pull.comments if one.login == "github-actions[bot]" and arn() in one.body]
    assert len(mine) == 1
    assert login == "github-actions[bot]" or forged.body.endswith("All is well")
