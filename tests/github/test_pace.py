"""A first roll-out: how many requests an issue takes, within GitHub's limits, and what is said of what is left."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.model.config import Issues
from reconciler.model.plan import Decision
from reconciler.publish.sync_issues import SEVERITIES
from tests.build import NOW
from tests.github.fake import FakeGithub
from tests.github.limits import HOUR, Limits
from tests.github.telling import Telling, waits

WEB, CLOUD = "/repos/acme/website", "/repos/acme/cloud"


def many(count: int, teams: int = 1) -> list[Decision]:
    """One issue each."""
    return [waits(n, task=f"task-{n:04}", team="web" if teams == 1 else f"team-{n % teams}") for n in range(count)]


@pytest.fixture
def plain(telling: Telling) -> Telling:
    """Issues whose text costs little to make: what is counted here is requests."""
    (telling.root / "templates").mkdir()
    (telling.root / "templates/issue.md.j2").write_text("{{ rows | length }}\n")
    return telling


@pytest.fixture
def limited(plain: Telling, hub: FakeGithub) -> Limits:
    """GitHub's limits, and a clock that stands still but for the writes and the waits."""
    hub.limits = Limits(NOW)
    hub.now = hub.limits.now
    plain.waits = WaitBudget(pause=hub.limits.pause, clock=hub.limits.clock)
    return hub.limits


def add(telling: Telling, hub: FakeGithub, teams: int) -> None:
    """Teams with a repository each, all of which one token opens."""
    grants = next(one.grants for one in hub.accounts.values() if one.login == "krampus[bot]")
    for number in range(teams):
        hub.add(f"acme/team-{number}")
        grants[f"acme/team-{number}"] = {"issues": "write"}
        telling.teams |= {f"team-{number}": {"issues": f"acme/team-{number}"}}


def asked(telling: Telling, count: int) -> Counter[str]:
    """The requests of a first and of a second run, in a repository of its own."""
    telling.hub.add("acme/website")
    telling.entries = ()
    telling.lines()
    telling.run(*many(count))
    first = telling.lines()
    telling.run(*many(count))
    return Counter(line.replace(WEB, "") for line in first) + Counter(f"then {line}" for line in telling.lines())


def test_an_issue_takes_one_request_and_a_repository_as_many_reads_as_it_has_pages(plain: Telling) -> None:
    plain.settings["writes"] = 1000
    once, twice = asked(plain, 100), asked(plain, 200)
    assert once["POST /issues"] == 100
    assert twice - once == Counter({"POST /issues": 100, f"then GET {WEB}/issues": 1})  # one more page
    assert once - Counter({"POST /issues": 100}) == Counter(
        {
            "GET /issues": 2,  # the open ones, and those that were closed lately
            "GET /labels": 1,
            "POST /labels": 1,
            f"GET {CLOUD}/issues": 1,
            f"then GET {WEB}/issues": 1,
            f"then GET {CLOUD}/issues": 1,
        }
    )


def test_where_github_makes_no_labels_they_are_made_once_a_repository(plain: Telling, hub: FakeGithub) -> None:
    hub.add("acme/website", makes_labels=False)
    assert len(plain.run(*many(5)).delivered) == 5
    assert plain.writes() == [
        *(f"POST {WEB}/{what}" for what in ("labels", "issues", "labels")),
        f"PATCH {WEB}/issues/1",
        *[f"POST {WEB}/issues"] * 4,
    ]
    assert {tuple(issue.labels) for issue in hub.issues("acme/website")} == {("krampus", "severity:medium")}
    plain.run(*many(5))
    assert plain.writes() == []


def test_a_run_writes_within_the_limits_and_the_next_goes_on(plain: Telling, hub: FakeGithub, limited: Limits) -> None:
    add(plain, hub, 6)
    plain.settings["writes"] = 45
    decisions, runs = many(240, 6), 0
    while plain.run(*decisions).deferred:
        runs += 1
        limited.at = NOW + runs * HOUR
    labels, operators = 6 + 1, runs + 1  # theirs is opened, brought up to date by each run, and closed
    assert runs + 1 == -(-(240 + labels + operators) // 45)
    assert limited.refused == 0
    keys = [issue.body.splitlines()[0] for n in range(6) for issue in hub.issues(f"acme/team-{n}")]
    assert len(keys) == len(set(keys)) == 240


@pytest.mark.proof
def test_a_tenth_of_5000_issues_by_a_tenth_of_the_changes_stands_after_12_runs(
    plain: Telling, hub: FakeGithub, limited: Limits
) -> None:
    add(plain, hub, 5)
    plain.settings["writes"] = Issues().writes // 10
    decisions, runs = many(500, 5), 1
    while plain.run(*decisions).deferred:
        limited.at = NOW + runs * HOUR
        runs += 1
    assert (runs, limited.refused) == (12, 0)
    assert sum(len(hub.issues(f"acme/team-{n}")) for n in range(5)) == 500


def test_faster_than_github_likes_it_waits_as_it_is_told_and_doubles_nothing(
    plain: Telling, hub: FakeGithub, limited: Limits
) -> None:
    limited.pace, plain.settings["writes"] = timedelta(milliseconds=10), 1000
    told = plain.run(*many(200))
    assert (len(told.delivered), told.deferred, len(hub.issues("acme/website"))) == (200, (), 200)
    assert limited.refused == 2
    assert timedelta(minutes=2) < limited.at - NOW < timedelta(minutes=3)


def test_what_would_have_to_wait_for_an_hour_is_left_to_the_next_run(
    plain: Telling, hub: FakeGithub, limited: Limits
) -> None:
    limited.hourly, plain.settings["writes"] = 50, 1000
    told = plain.run(*many(60))
    assert len(told.delivered) == len(plain.entries) == 49  # and a label
    assert len(told.deferred) == 11
    limited.at += HOUR
    assert len(plain.run(*many(60)).delivered) == len(hub.issues("acme/website")) == 60


def test_at_a_pace_of_its_own_a_run_stops_at_what_github_takes_in_an_hour(
    plain: Telling, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAMPUS_GITHUB_PACE", "0.0001")
    plain.settings["writes"], plain.waits, plain.hourly = 1000, WaitBudget(), 30
    told = plain.run(*many(40))
    assert len(told.delivered) == 29
    assert "30 changes an hour" in told.deferred[0]
    assert len(plain.writes()) == 30
    assert len(plain.run(*many(40)).delivered) == len(hub.issues("acme/website")) == 40


def test_the_gravest_goes_first_of_what_is_due_on_a_day(plain: Telling) -> None:
    plain.settings["writes"] = 5
    decisions = [waits(n, task=f"task-{n}", severity=severity) for n, severity in enumerate(reversed(SEVERITIES))]
    later = waits(9, task="later", severity="critical", due=NOW + timedelta(days=9))
    told = plain.run(*decisions, later)
    assert [task for task, _ in told.delivered] == [f"task-{n}" for n in (3, 2, 1, 0)]  # and a label


def test_the_operators_see_how_far_behind_the_issues_are(plain: Telling, hub: FakeGithub) -> None:
    plain.settings["writes"] = 20
    said = []
    while plain.run(*many(60)).deferred:
        said.append(hub.issues("acme/cloud")[0].body)
    plain.lines()
    assert "0 of 60 issues stood" in said[0]
    assert "at most 20 changes" in said[0]
    assert "after 3 runs" in said[0]
    assert "17 of 60 issues stood" in said[1]  # what else it changed are a label in two repositories, and this text
    (operators,) = hub.issues("acme/cloud")
    plain.run(*many(60))
    assert operators.state == "closed"
    plain.lines()
    plain.run(*many(60))
    assert plain.writes() == []
