"""Which token opens what, what is missing is said before anything is done, and one closed repository stops no other."""

from __future__ import annotations

import pytest

from reconciler.errors import DoorClosed
from tests.build import TASK, arn
from tests.github.app import App
from tests.github.fake import FakeGithub
from tests.github.telling import Telling, over, waits
from tests.github.wire import Fault

WEB, CLOUD = "/repos/acme/website/issues", "/repos/acme/cloud/issues"


def test_the_app_makes_one_token_an_owner_for_issues_of_known_repositories_alone(
    telling: Telling, hub: FakeGithub, app: App
) -> None:
    hub.add("acme/shop")
    hub.add("acme/secret")
    hub.add("other/app")
    app.owners["other"] = {"issues": "write"}
    telling.teams |= {"shop": {"issues": "acme/shop"}, "other": {"issues": "other/app"}}
    told = telling.run(waits(1), waits(2, team="shop"), waits(3, team="other"), waits(4, team="data"))
    assert (len(told.delivered), told.refused) == (4, ())
    assert app.minted == ["acme", "other"]
    grants = [account.grants for account in hub.accounts.values() if account.login == "krampus[bot]"][1:]
    assert grants == [
        {"acme/shop": {"issues": "write"}, "acme/website": {"issues": "write"}},
        {"other/app": {"issues": "write"}},
    ]


def test_a_repository_that_the_app_does_not_see_shuts_no_other_out(telling: Telling, hub: FakeGithub, app: App) -> None:
    hub.add("acme/shop")
    app.hidden.add("shop")
    telling.teams |= {"shop": {"issues": "acme/shop"}, "other": {"issues": "other/app"}}
    told = telling.run(waits(1), waits(2, team="shop"), waits(3, team="other"))
    assert told.delivered.keys() == {(TASK, arn(1))}
    assert len(told.refused) == 2
    assert any("acme/shop" in said for said in told.refused)
    assert any(f"the App {app.id} is not installed for other/app" in said for said in told.refused)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN"),
        ({"GITHUB_REPOSITORY": ""}, "GITHUB_REPOSITORY"),
        ({"GITHUB_REPOSITORY": "../../user"}, "GITHUB_REPOSITORY"),
        ({"KRAMPUS_ISSUES_TOKEN": ""}, "acme/website"),
        ({"KRAMPUS_ISSUES_TOKEN": "", "KRAMPUS_APP_ID": "1"}, "KRAMPUS_APP_PRIVATE_KEY"),
        (
            {"KRAMPUS_ISSUES_TOKEN": "", "KRAMPUS_APP_ID": "1", "KRAMPUS_APP_PRIVATE_KEY": "-----BEGIN HUSH-----"},
            "KRAMPUS_APP_PRIVATE_KEY is not",
        ),
        ({"GITHUB_API_URL": "http://example.org"}, "https"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_asked(
    telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch, missing: dict[str, str], says: str
) -> None:
    for name, value in missing.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(DoorClosed, match=says) as closed:
        telling.run(waits())
    assert "HUSH" not in str(closed.value)
    assert hub.requests == []


def test_teams_of_this_repository_need_no_other_token(telling: Telling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KRAMPUS_ISSUES_TOKEN")
    telling.teams = {"web": {}, "data": {"issues": "acme/cloud"}}
    assert len(telling.run(waits(1), waits(2, team="data")).delivered) == 2


@pytest.mark.promise(12)
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"has_issues": False}, "acme/website: 410: issues are disabled"),
        ({"archived": True}, "archived"),
        ({"moved_to": "acme/site"}, "acme/website: 301"),
    ],
)
def test_a_repository_that_takes_no_issues_stops_no_other(
    telling: Telling, hub: FakeGithub, change: dict[str, object], says: str
) -> None:
    vars(hub.repositories["acme/website"]).update(change)
    told = telling.run(waits(1), waits(2, team="data"))
    assert told.delivered.keys() == {(TASK, arn(2))}
    assert len(told.refused) == 1
    assert says in told.refused[0]


def test_a_repository_without_issues_in_which_none_should_stand_is_no_trouble(
    telling: Telling, hub: FakeGithub
) -> None:
    hub.repositories["acme/cloud"].has_issues = False
    assert telling.run(waits(1)).refused == ()


@pytest.mark.promise(12)
def test_a_token_that_github_does_not_know_stops_only_what_it_opens(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", "ghs_unknown")
    told = telling.run(waits(1), waits(2, team="data"))
    assert told.delivered.keys() == {(TASK, arn(2))}
    assert "401" in told.refused[0]
    assert "ghs_unknown" not in told.refused[0]


def test_a_token_that_may_not_label_opens_no_second_issue(
    telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = hub.repositories["acme/website"]
    website.private, website.labels = False, {"krampus": "ededed", "severity:medium": "ededed"}
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("ada", {}))
    told = telling.run(*(waits(number, task=f"task-{number}") for number in range(1, 6)), waits(6, team="data"))
    assert told.delivered.keys() == {(TASK, arn(6))}
    assert len(told.refused) == 5
    assert all("dropped the label `krampus`" in said for said in told.refused)
    assert [one.state for one in hub.issues("acme/website")] == ["closed"]


def test_a_person_whose_token_it_is_finds_their_own(
    telling: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("ada", {"acme/website": {"issues": "write"}}))
    telling.run(waits())
    telling.lines()
    telling.run(waits())
    assert sorted(telling.lines()) == [f"GET {CLOUD}", f"GET {WEB}"]
    telling.run(over())
    assert telling.the().state == "closed"


def test_a_limit_too_far_off_rests_all_that_the_token_opens(telling: Telling, hub: FakeGithub) -> None:
    many = [waits(number, task=f"task-{number}") for number in range(1, 6)]
    hub.faults.append(Fault(f"POST {WEB}", 403, "API rate limit exceeded", {"Retry-After": "3600"}, skip=1, times=99))
    told = telling.run(*many, waits(9, team="data"))
    assert len(told.delivered) == 2  # one before the limit, and one by the other token
    assert (told.refused, len(told.deferred)) == ((), 4)
    assert hub.posts(f"POST {WEB}") == 2
    hub.faults.clear()
    assert len(telling.run(*many, waits(9, team="data")).delivered) == 6
    assert len(hub.issues("acme/website")) == 5
