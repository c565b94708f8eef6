"""The door to GitHub: what is sent again, what is waited for, what is never followed, and what no text shows."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace

import pytest

from reconciler.clients.github.account import account_of
from reconciler.clients.github.answers import IssueAnswer
from reconciler.clients.github.api import connect, strict
from reconciler.clients.github.environment import GithubEnvironment, github_environment
from reconciler.clients.github.issue_requests import IssueRequests
from reconciler.clients.github.wait_budget import LONGEST, WaitBudget
from reconciler.errors import Deferred, DoorClosed, TrackerRefused
from tests.github.fake import FakeGithub
from tests.github.wire import Fault

ISSUES = "/repos/acme/cloud/issues"
CREATE = "POST /repos/acme/cloud/issues"


@dataclass
class Pauses:
    """What was waited, without waiting."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


def connected(wait_budget: WaitBudget | None = None) -> IssueRequests:
    """The repository acme/cloud of the GitHub that the environment names."""
    around = github_environment(os.environ)
    return IssueRequests(connect(around.token, around, wait_budget), "acme/cloud")


def create(pauses: Pauses) -> IssueAnswer:
    """Open an issue."""
    return connected(WaitBudget(pause=pauses)).create("One", "Text", [])


RESET = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)}
SECONDARY = "You have exceeded a secondary rate limit."


@pytest.mark.parametrize(
    ("fault", "posts", "issues", "waited", "says"),
    [
        (Fault(CREATE, 502, after=True), 1, 1, [], "502"),
        (Fault(CREATE, 500), 1, 0, [], "500"),
        (Fault(CREATE, 0, after=True), 1, 1, [], "no answer"),
        (Fault(CREATE, 0), 1, 0, [], "no answer"),
        (Fault(CREATE, 429), 2, 1, [60], ""),
        (Fault(CREATE, 403, "Resource not accessible by integration"), 1, 0, [], "Resource not accessible"),
        (Fault(CREATE, 403, "API rate limit exceeded", RESET), 1, 0, [], "limit is reached"),
        (Fault(CREATE, 403, SECONDARY, {"Retry-After": "7"}), 2, 1, [7], ""),
        (Fault(CREATE, 403, SECONDARY), 2, 1, [60], ""),
        (Fault(CREATE, 429, "", {"Retry-After": "301"}), 1, 0, [], "limit is reached"),
        (Fault(CREATE, 429, times=9), 4, 0, [60, 120, 240], "limit is reached"),
        (Fault(CREATE, 429, "", {"Retry-After": "1"}, times=9), 5, 0, [1, 1, 1, 1], "limit is reached"),
        (Fault(CREATE, 301, "Moved", {"Location": "http://localhost:1/x"}), 1, 0, [], "moved"),
        (Fault(CREATE, 307, "Moved", {"Location": "/repos/acme/other/issues"}), 1, 0, [], "moved"),
    ],
)
def test_what_is_sent_again_and_how_long_is_waited(  # noqa: PLR0913, PLR0917  a table has columns
    hub: FakeGithub, pauses: Pauses, fault: Fault, posts: int, issues: int, waited: list[float], says: str
) -> None:
    hub.faults.append(fault)
    try:
        assert create(pauses).number == 1
        said = ""
    except TrackerRefused as refused:
        said = str(refused)
        assert isinstance(refused, Deferred) == (says == "limit is reached")
    assert (says in said) and bool(says) == bool(said), said
    assert (hub.posts(), len(hub.issues("acme/cloud"))) == (posts, issues)
    assert pauses.seconds == waited
    assert max(pauses.seconds, default=0) <= LONGEST


def test_a_read_is_asked_again_after_a_broken_answer(hub: FakeGithub, pauses: Pauses) -> None:
    hub.faults += [Fault(f"GET {ISSUES}", 502), Fault(f"GET {ISSUES}", 0)]
    assert connected(WaitBudget(pause=pauses)).listed() == []
    assert len(hub.requests) == 3


def test_waiting_has_an_end_altogether(hub: FakeGithub, pauses: Pauses) -> None:
    hub.faults.append(Fault(CREATE, 429, "", {"Retry-After": "290"}, times=9))
    with pytest.raises(Deferred):
        create(pauses)
    assert pauses.seconds == [290] * 3


def test_a_list_is_whole_over_its_pages(hub: FakeGithub) -> None:
    for number in range(250):
        hub.open_issue("acme/cloud", "ada", f"Issue {number}", "")
    found = connected().listed(state="open")
    assert len({one.number for one in found}) == 250
    assert [request.query.get("page") for request in hub.requests] == [None, "2", "3"]
    assert {request.query["per_page"] for request in hub.requests} == {"100"}


@pytest.mark.usefixtures("_outside")
def test_an_enterprise_server_has_a_path_before_all_others() -> None:
    with FakeGithub(base="/api/v3") as hub:
        hub.add("acme/cloud")
        for number in range(101):
            hub.open_issue("acme/cloud", "ada", f"Issue {number}", "")
        github = connect(hub.token("a[bot]", {"*": {"issues": "read"}}), GithubEnvironment(hub.url))
        assert len(IssueRequests(github, "acme/cloud").listed()) == 101
        assert account_of(github, lambda: "").login == "a[bot]"


@pytest.mark.parametrize(
    "link", ["http://localhost:{port}/steal", "http://127.0.0.1:1/x", "https://127.0.0.1:{port}/x"]
)
def test_a_link_to_another_place_is_not_followed(hub: FakeGithub, link: str) -> None:
    port = hub.url.rpartition(":")[2]
    hub.open_issue("acme/cloud", "ada", "One", "")
    hub.faults.append(Fault(f"GET {ISSUES}", 200, "", {"Link": f'<{link.format(port=port)}>; rel="next"'}, after=True))
    with pytest.raises(TrackerRefused, match="goes on at another address"):
        connected().listed()
    assert len(hub.requests) == 1


@pytest.mark.parametrize("data", [None, {}, "", {"message": "hello"}, [["x"]], ["x"], "<html>", 7])
def test_a_list_in_another_form_is_refused_and_is_no_empty_list(hub: FakeGithub, data: object) -> None:
    hub.faults.append(Fault(f"GET {ISSUES}", 200, data=data))
    with pytest.raises(TrackerRefused), strict():
        connected().listed()
    assert len(hub.requests) == 1


@pytest.mark.parametrize("data", [None, {}, {"number": "x"}, {"title": "One"}, [1], "<html>"])
def test_an_issue_in_another_form_is_refused(hub: FakeGithub, data: object) -> None:
    hub.faults.append(Fault(CREATE, 201, data=data))
    with pytest.raises(TrackerRefused), strict():
        connected().create("One", "Text", [])
    assert hub.posts() == 1


def test_every_request_says_who_asks_and_which_version(hub: FakeGithub, pauses: Pauses) -> None:
    create(pauses)
    headers = hub.requests[0].headers
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["user-agent"].startswith("krampus/")


def test_no_text_shows_a_token(hub: FakeGithub, monkeypatch: pytest.MonkeyPatch, pauses: Pauses) -> None:
    secret = "ghs_" + "x" * 36
    monkeypatch.setenv("GITHUB_TOKEN", secret)
    monkeypatch.setenv("KRAMPUS_APP_PRIVATE_KEY", secret)
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", secret)
    assert secret not in repr(github_environment(os.environ))
    with pytest.raises(TrackerRefused, match="401") as refused:
        create(pauses)
    assert secret not in str(refused.value)
    assert hub.requests
    for bad in (f"{secret} {secret}", f"{secret}\n{secret}", f"{secret}ü"):
        with pytest.raises(DoorClosed) as closed:
            github_environment({"GITHUB_TOKEN": bad})
        assert secret not in str(closed.value)


def test_a_token_is_sent_over_https_alone(hub: FakeGithub) -> None:
    assert hub
    with pytest.raises(DoorClosed, match="https"):
        connect("ghs_x", GithubEnvironment("http://github.example.org/api/v3"))
    with pytest.raises(DoorClosed, match="no token"):
        connect("", GithubEnvironment())


def test_writes_keep_their_pace(hub: FakeGithub) -> None:
    github = connect(os.environ["GITHUB_TOKEN"], replace(github_environment(os.environ), pace=0.2))
    began = time.monotonic()
    for _ in range(2):
        IssueRequests(github, "acme/cloud").create("One", "", [])
    assert time.monotonic() - began >= 0.2
    assert hub.posts() == 2


@pytest.mark.parametrize("pace", ["fast", "-1", "1e3", "٣"])
def test_a_pace_is_a_number_of_seconds(pace: str) -> None:
    with pytest.raises(DoorClosed, match="KRAMPUS_GITHUB_PACE"):
        github_environment({"KRAMPUS_GITHUB_PACE": pace})
