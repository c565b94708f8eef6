"""Whatever GitHub refuses or answers stays where it is: no crash, nothing counted as delivered, no share of others'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from reconciler.clients.github.environment import github_environment
from reconciler.clients.github.repository import FAILURES, RepositoryApi
from reconciler.clients.github.tokens import Tokens
from reconciler.clients.github.tracker import GithubTracker
from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.errors import TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue
from reconciler.model.marker import comment_body
from tests.build import NOW, TASK, arn
from tests.github import conftest as github_fixtures
from tests.github.fake import FakeGithub
from tests.github.state import Repository
from tests.github.telling import Telling, over, waits
from tests.github.test_comment import compared, say
from tests.github.wire import Fault

hub, telling = github_fixtures.hub, github_fixtures.telling
KEY, LABELS = "ab" * 10, ("krampus", "severity:medium")
WEB = "/repos/acme/website"
DRAFT = Draft(KEY, "acme/website", "Title", "Text", LABELS, True)
ELSEWHERE = "https://github.com/acme/other/issues/1"


@dataclass
class Site:
    """A tracker with one issue of its own, and a comment on it."""

    hub: FakeGithub
    environment: dict[str, str]
    pauses: list[float] = field(default_factory=list)

    def tracker(self) -> GithubTracker:
        """A new one, that waits for nothing."""
        wait_budget = WaitBudget(pause=self.pauses.append)
        tokens = Tokens(github_environment(self.environment), frozenset({"acme/website"}), wait_budget)
        return GithubTracker(RepositoryApi(tokens, 50), "krampus")

    def issue(self) -> Issue:
        """The issue as it stands, with whatever of it was changed before undone."""
        shown = self.hub.repositories["acme/website"].get(1)
        assert shown
        return Issue("acme/website", 1, "Title", DRAFT.body, LABELS, True, KEY)


@pytest.fixture
def site(hub: FakeGithub) -> Site:
    hub.add("acme/website")
    token = hub.token("krampus[bot]", {"acme/website": {"issues": "write"}})
    around = {"API_URL": hub.url, "SERVER_URL": hub.url, "REPOSITORY": "acme/cloud", "TOKEN": token}
    environment = {f"GITHUB_{name}": value for name, value in around.items()}
    site = Site(hub, environment | {"KRAMPUS_ISSUES_TOKEN": token, "KRAMPUS_GITHUB_PACE": "0"})
    tracker = site.tracker()
    tracker.comment(tracker.create(DRAFT), comment_body(["0" * 12], "News"))
    hub.seen()
    return site


def close(tracker: GithubTracker, issue: Issue) -> None:
    """As an edit."""
    tracker.edit(Edit(issue, issue.title, issue.body, issue.labels, open=False))


LINK = "{url}/acme/website/issues/1"
# operation -> what it does, and the request whose answer is replaced
OPERATIONS: dict[str, tuple[Callable[[GithubTracker, Issue], object], str]] = {
    "list": (lambda tracker, _: tracker.open_issues(["acme/website"]), f"GET {WEB}/issues"),
    "earlier": (lambda tracker, _: tracker.earlier(KEY, "acme/website"), f"GET {WEB}/issues"),
    "at": (lambda tracker, issue: tracker.at(tracker.link(issue)), f"GET {WEB}/issues/1"),
    "told": (lambda tracker, issue: tracker.told(issue), f"GET {WEB}/issues/1/comments"),
    "labels": (lambda tracker, _: tracker.create(DRAFT), f"GET {WEB}/labels"),
    "create": (lambda tracker, _: tracker.create(DRAFT), f"POST {WEB}/issues"),
    "edit": (close, f"PATCH {WEB}/issues/1"),
    "comment": (lambda tracker, issue: tracker.comment(issue, "Hello"), f"POST {WEB}/issues/1/comments"),
    "whose": (lambda tracker, _: tracker.create(DRAFT), "POST /graphql"),
}
LISTS = ("list", "earlier", "told", "labels")
GOOD_ISSUE = {
    "number": 1,
    "title": "Title",
    "body": DRAFT.body,
    "html_url": "https://github.com/acme/website/issues/1",
    "user": {"login": "krampus[bot]", "id": 1},
    "labels": [{"name": "krampus"}],
    "state": "open",
}
GOOD_COMMENT = {
    "id": 1,
    "body": "Hello",
    "html_url": "https://github.com/acme/website/issues/1#issuecomment-1",
    "user": {"login": "krampus[bot]", "id": 1},
    "created_at": "2026-12-01T09:00:00Z",
    "updated_at": "2026-12-01T09:00:00Z",
}
BAD_VALUES: dict[str, tuple[Any, ...]] = {
    "number": (None, "1", True, -1, 0, 1.5, 10**30 + 0.5, [1]),
    "id": (None, "1", True, -1, 0),
    "title": (None, 7, ["Title"]),
    "body": (7, ["Text"], {"x": 1}),
    "html_url": (None, 7, ELSEWHERE, "", f"{ELSEWHERE}#issuecomment-1", "https://github.com/acme/website/issues/2"),
    "user": ("ada", {}, {"login": "krampus[bot]"}, {"login": 7, "id": 1}, {"login": "x", "id": "1"}, []),
    "labels": (None, "krampus", [7], [{}], {"name": "krampus"}),
    "state": (None, "", "banana", True, "deleted"),
    "created_at": (None, "yesterday", []),
}


def bad_objects(good: dict[str, Any]) -> list[Any]:
    """The good one with one thing wrong."""
    missing = [{name: value for name, value in good.items() if name != gone} for gone in good]
    wrong = [{**good, name: value} for name, values in BAD_VALUES.items() if name in good for value in values]
    return [*missing, *wrong, {}, {"message": "Moved"}, [], [good], "text", 7, True, None]


RAW = (
    b"<!DOCTYPE html><html><body>Sign in</body></html>",
    b"",
    b"{",
    b'[{"number": 1',
    b'{"number": 1',
    b"\xff\xfe",
    b"null",
)
HTML = {"Content-Type": "text/html"}


def shapes(operation: str) -> list[Fault]:
    """All the foreign answers to one operation."""
    line = OPERATIONS[operation][1]
    raw = [Fault(line, 200, raw=text, headers=HTML, times=99) for text in RAW]
    if operation == "whose":
        data: list[Any] = [{}, [], {"data": None}, {"data": {"viewer": []}}, {"data": {"viewer": {"login": "a"}}}, 7]
    elif operation in ("told", "comment"):
        data = bad_objects(GOOD_COMMENT)
    elif operation == "labels":
        data = [{}, {"name": 7}, "x", 7, None, []]
    else:
        data = bad_objects(GOOD_ISSUE)
    if operation in ("at", "edit"):
        data.append({**GOOD_ISSUE, "number": 2, "html_url": "https://github.com/acme/website/issues/2"})
    if operation in ("create", "comment"):
        data.append({**(GOOD_ISSUE if operation == "create" else GOOD_COMMENT), "body": "Another text"})
    if operation == "edit":
        data.append(GOOD_ISSUE)  # still open
    if operation in LISTS:
        data = [{}, {"items": []}, {"total_count": 0, "items": []}, "x", 7, True, None, *([one] for one in data)]
    statuses = [301, 302, 307, 400, 401, 403, 404, 409, 410, 418, 422, 451, 500, 502, 503]
    to = {"Location": "http://127.0.0.1:1/x"}
    refusals = [Fault(line, status, headers=to if status < 400 else {}, times=99) for status in statuses]
    return [
        *raw,
        *(Fault(line, 200, data=one, times=99) for one in data),
        *refusals,
        Fault(line, 204, raw=b"", times=99),
        Fault(line, 0, times=99),
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_of_another_form_is_a_refusal_of_every_operation(site: Site, operation: str) -> None:
    act, _ = OPERATIONS[operation]
    gone = (301, 404, 410)  # of an issue at a link: it is no more
    faults = shapes(operation)
    assert len(faults) >= 30
    for fault in faults:
        site.hub.faults = [fault]
        tracker, said = site.tracker(), str((fault.status, fault.data, fault.raw))
        if operation == "at" and fault.status in gone:
            assert tracker.at(tracker.link(site.issue())) is None, said
            continue
        with pytest.raises(TrackerRefused) as refused:
            act(tracker, site.issue())
        assert str(refused.value), said
        assert tracker.api.writes == 50, said  # what is refused costs nothing
    site.hub.faults = []
    act(site.tracker(), site.issue())  # and without any of them it is done


@pytest.mark.parametrize("operation", ["list", "at", "told"])
def test_what_is_good_is_no_refusal(site: Site, operation: str) -> None:
    """Otherwise the law above would hold of a tracker that refuses everything."""
    act, line = OPERATIONS[operation]
    good = GOOD_COMMENT if operation == "told" else GOOD_ISSUE
    for change in ({}, {"user": None}, {"body": None}, {"more": {"x": 1}}, {"performed_via_github_app": None}):
        data = {**good, **change}
        site.hub.faults = [Fault(line, 200, data=[data] if operation != "at" else data)]
        act(site.tracker(), site.issue())


def test_a_list_that_goes_round_in_a_circle_has_an_end(site: Site) -> None:
    again = {"Link": f'<{site.hub.url}{WEB}/issues?page=2>; rel="next"'}
    site.hub.faults = [Fault(f"GET {WEB}/issues", 200, headers=again, after=True, times=99)]
    with pytest.raises(TrackerRefused, match="form"):
        site.tracker().open_issues(["acme/website"])
    assert len(site.hub.requests) < 9


def archive(repository: Repository) -> None:
    repository.archived = True


def disable(repository: Repository) -> None:
    repository.has_issues = False


REFUSING = {
    "archived": Fault(f"(POST|PATCH) {WEB}/.*", 403, "Repository was archived so is read-only.", times=999),
    "interaction limits": Fault(f"(POST|PATCH) {WEB}/.*", 403, "Interactions are limited to collaborators", times=999),
    "not found": Fault(f"(POST|PATCH) {WEB}/.*", 404, "Not Found", times=999),
    "issues disabled": Fault(f"(POST|PATCH) {WEB}/.*", 410, "Issues has been disabled", times=999),
    "unknown token": Fault(f"(POST|PATCH) {WEB}/.*", 401, "Bad credentials", times=999),
    "moved": Fault(f"(POST|PATCH) {WEB}/.*", 301, "Moved", times=999),
    "legal reasons": Fault(f"(POST|PATCH) {WEB}/.*", 451, "Unavailable", times=999),
    "spam": Fault(f"(POST|PATCH) {WEB}/.*", 422, "Validation Failed", times=999),
    "broken": Fault(f"(POST|PATCH) {WEB}/.*", 502, times=999),
    "no answer": Fault(f"(POST|PATCH) {WEB}/.*", 0, times=999),
    "a page": Fault(f"(POST|PATCH) {WEB}/.*", 200, raw=b"<html>", times=999),
}


@pytest.mark.parametrize("why", REFUSING)
def test_a_repository_that_refuses_writes_is_shut_and_takes_nothing_from_the_others(
    telling: Telling, hub: FakeGithub, why: str
) -> None:
    telling.settings["writes"] = 8  # one for the operators, who are told that a repository refuses
    broken = [waits(number, task=f"a-{number}") for number in range(1, 31)]
    telling.run(waits(1, task="a-1"))
    telling.entries = ()
    telling.lines()
    hub.repositories["acme/cloud"].labels |= {"krampus": "ededed", "severity:medium": "ededed"}
    hub.faults.append(REFUSING[why])
    told = telling.run(*broken[1:], *(waits(number, task=f"z-{number}", team="data") for number in range(31, 38)))
    assert {task for task, _ in told.delivered} == {f"z-{number}" for number in range(31, 38)}
    assert len(told.refused) >= 29
    assert told.deferred == ()
    tried = [line for line in telling.writes() if line.split()[1].startswith(WEB)]
    assert len(tried) == (FAILURES if why in ("spam", "broken", "no answer", "a page") else 1)


@pytest.mark.parametrize("status", [404, 410, 422])
def test_one_issue_that_is_gone_shuts_no_repository(telling: Telling, hub: FakeGithub, status: int) -> None:
    telling.run(waits(1, task="a"), waits(2, task="b"))
    hub.faults.append(Fault(f"PATCH {WEB}/issues/1", status, "This issue was deleted", times=9))
    later = NOW + timedelta(days=3)
    told = telling.run(waits(1, task="a", due=later), waits(2, task="b", due=later))
    assert told.delivered.keys() == {("b", arn(2))}


@pytest.mark.parametrize("reason", [None, "too heated", "resolved"])
def test_a_locked_issue_is_unlocked_for_the_news_and_locked_again(telling: Telling, reason: str | None) -> None:
    telling.run(waits(1))
    telling.the().locked, telling.the().lock_reason = True, reason
    told = telling.run(waits(1), waits(2))
    assert told.delivered.keys() == {(TASK, arn(1)), (TASK, arn(2))}
    assert [arn(2) in one.body for one in telling.the().comments] == [True]
    assert (telling.the().locked, telling.the().lock_reason) == (True, reason)


def test_one_that_may_not_be_unlocked_gets_its_text_changed_and_counts_as_untold(telling: Telling) -> None:
    telling.run(waits(1), waits(9, task="b"))
    telling.hub.repositories["acme/website"].never_unlocks = True
    issue = telling.the(1 if arn(1) in telling.the(1).body else 2)
    issue.locked = True
    told = telling.run(waits(1), waits(2), waits(8, task="c"))
    assert told.delivered.keys() == {("c", arn(8))}  # it shuts no repository
    assert arn(2) in issue.body
    assert any("is locked and may not be unlocked" in why for why in told.refused)
    assert issue.locked
    assert not [one for one in telling.entries if one.target == arn(2)]


def test_a_locked_issue_is_closed_all_the_same(telling: Telling) -> None:
    telling.run(waits(1))
    telling.the().locked = True
    assert telling.run(over(1)).refused == ()
    assert telling.the().state == "closed"


def test_one_that_cannot_be_locked_again_is_said_and_its_news_is_not_said_twice(
    telling: Telling, hub: FakeGithub
) -> None:
    telling.run(waits(1))
    telling.the().locked = True
    hub.faults.append(Fault(f"PUT {WEB}/issues/1/lock", 500, times=9))
    assert len(telling.run(waits(1), waits(2)).refused) == 1
    hub.faults.clear()
    assert len(telling.run(waits(1), waits(2)).delivered) == 2
    assert len(telling.the().comments) == 1


@pytest.mark.parametrize("data", [*bad_objects(GOOD_COMMENT)[:20], "<html>"])
@pytest.mark.parametrize("line", ["GET .*/comments", "POST .*/comments"])
def test_the_comment_on_a_pull_request_likewise(hub: FakeGithub, tmp_path: Any, line: str, data: Any) -> None:
    hub.open_pull("acme/cloud", 7)
    hub.faults.append(Fault(line, 200, data=[data] if line.startswith("GET") else data, times=9))
    result = say(tmp_path, compared([waits()], []))
    assert (result.exit_code, "comment was not written" in result.stderr) == (1, True)
