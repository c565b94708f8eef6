"""Telling over several runs: one issue per task and team, whatever people, the tracker and a sudden end do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.ledger.entries import after_run
from reconciler.model.ledger import Entry
from reconciler.model.notice import Delivery
from reconciler.model.plan import Decision, Verdict
from reconciler.model.repository_url import RepositoryUrl
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.sync_issues import sync
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer
from tests.build import NOW, TASK, arn, chained, decision, ledger_of, order, plan, repository, told
from tests.fake_tracker import Cut, Fake


class Telling:
    """A tracker, a ledger, and runs that tell of decisions."""

    def __init__(self, root: Path) -> None:
        self.tracker = Fake()
        self.renderer = Renderer(root)
        self.entries: tuple[Entry, ...] = ()

    def run(self, *decisions: Decision) -> Delivery:
        """Tell, then write down what was told."""
        orders = [order(int(one.target[-2:]), one.account, task=one.task, team=one.team) for one in decisions]
        repo, made, before = repository(*orders), plan(*decisions), ledger_of(*self.entries)
        notices = task_issues(finished_run(repo, made, [], before), RepositoryUrl())
        answered = sync(notices, IssueWriter(self.tracker, self.renderer, "krampus"), repo.config)
        self.entries = chained(*self.entries, *after_run(repo, made, [], before.histories, answered.delivered))
        return answered

    def bodies(self) -> list[str]:
        """The comments of the first issue."""
        return self.tracker.said["acme/website", 1]


@pytest.fixture
def telling(tmp_path: Path) -> Telling:
    return Telling(tmp_path)


def waits(number: int = 1, account: str = "web", **over: Any) -> Decision:
    return decision(number, account, **{"verdict": Verdict.SCHEDULED, "why": "soon", "due": NOW, **over})


def over(number: int = 1, verdict: Verdict = Verdict.SATISFIED) -> Decision:
    return decision(number, verdict=verdict, why="so it stands", calls=())


def test_one_issue_for_all_targets_of_a_task_and_team(telling: Telling) -> None:
    answered = telling.run(waits(1), waits(2), waits(3, team="data"), waits(4, task="another"))
    assert sorted(telling.tracker.issues) == [("", 1), ("acme/website", 1), ("acme/website", 2)]
    assert answered.delivered == {
        ("another", arn(4)): "acme/website#1",
        (TASK, arn(1)): "acme/website#2",
        (TASK, arn(2)): "acme/website#2",
        (TASK, arn(3)): "#1",
    }
    assert answered.refused == ()


def test_a_run_in_which_nothing_changed_does_nothing(telling: Telling) -> None:
    telling.run(waits())
    assert telling.tracker.done() == ["create"]
    assert telling.run(waits()).delivered == {(TASK, arn()): "acme/website#1"}
    assert telling.tracker.done() == []


def test_a_new_target_is_said_in_a_comment_and_shown_in_the_issue(telling: Telling) -> None:
    telling.run(waits())
    telling.run(waits(), waits(2))
    assert telling.tracker.done() == ["create", "comment", "edit"]
    assert arn(2) in telling.tracker.the().body
    assert arn(2) in telling.bodies()[0]
    assert arn(1) not in telling.bodies()[0]


@pytest.mark.promise(9)
def test_closed_when_settled_and_opened_again_when_it_is_back(telling: Telling) -> None:
    telling.run(waits())
    assert telling.run(over()).delivered == {}
    assert not telling.tracker.the().open
    telling.tracker.done()
    telling.run(over())
    assert telling.tracker.done() == []
    telling.run(waits(why="it is due again"))
    assert telling.tracker.done() == ["comment", "edit"]
    assert telling.tracker.the().open
    assert "it is back" in telling.bodies()[0]
    assert len(telling.tracker.issues) == 1


def test_exempt_closes_and_withdrawn_closes(telling: Telling) -> None:
    telling.run(waits(), waits(2, task="another"))
    telling.run(over(verdict=Verdict.EXEMPT))
    assert [issue.open for issue in telling.tracker.issues.values()] == [False, False]


def test_closing_by_hand_exempts_nothing(telling: Telling) -> None:
    telling.run(waits())
    telling.tracker.people(open=False)
    telling.run(waits())
    assert telling.tracker.the().open


def test_unseen_opens_nothing_and_closes_nothing(telling: Telling) -> None:
    telling.run(over(verdict=Verdict.UNSEEN))
    assert telling.tracker.issues == {}
    telling.run(waits())
    telling.run(over(verdict=Verdict.UNSEEN))
    assert telling.tracker.the().open
    telling.tracker.people(open=False)
    telling.run(over(verdict=Verdict.UNSEEN))
    assert not telling.tracker.the().open


def test_a_watched_account_opens_none(telling: Telling) -> None:
    assert telling.run(waits(account="lab", team="data")) == Delivery()
    assert telling.tracker.issues == {}


def test_copies_are_closed_and_the_oldest_is_kept(telling: Telling) -> None:
    telling.run(waits())
    issue = telling.tracker.the()
    for number in (2, 3):
        telling.tracker.issues["acme/website", number] = replace(issue, number=number)
    telling.run(waits())
    assert [telling.tracker.the(number).open for number in (1, 2, 3)] == [True, False, False]
    telling.tracker.done()
    telling.run(waits())
    assert telling.tracker.done() == []


def test_peoples_labels_stay_and_the_text_is_restored(telling: Telling) -> None:
    telling.run(waits())
    before = telling.tracker.the()
    telling.tracker.people(labels=("bug",), title="Mine", body=f"{before.body.splitlines()[0]}\nMine")
    telling.run(waits())
    assert telling.tracker.the() == replace(before, labels=("bug", "krampus", "severity:medium"))


def test_an_issue_without_the_marker_is_peoples_own(telling: Telling) -> None:
    telling.run(waits())
    telling.tracker.people(body="all of it gone")
    telling.run(waits())
    assert telling.tracker.the().body == "all of it gone"
    assert telling.tracker.the(2).open


@pytest.mark.promise(11)
def test_a_comment_is_said_once_even_if_the_run_ends_before_the_edit(telling: Telling) -> None:
    telling.run(waits())
    telling.tracker.cut_before = "edit"
    with pytest.raises(Cut):
        telling.run(waits(), waits(2))
    telling.tracker.done()
    telling.run(waits(), waits(2))
    assert telling.tracker.done() == ["edit"]
    assert len(telling.bodies()) == 1


@pytest.mark.promise(11)
def test_an_issue_is_opened_once_even_if_the_run_ends_before_the_ledger(telling: Telling) -> None:
    telling.run(waits())
    telling.entries = chained()
    telling.run(waits())
    assert len(telling.tracker.issues) == 1
    assert [one.event.value for one in telling.entries] == ["noticed"]


def test_a_refused_change_leaves_the_others_and_is_made_by_the_next_run(telling: Telling) -> None:
    telling.tracker.refuse = lambda _deed, about: (
        "410 issues are disabled" if about == "[krampus] Idle instance" else ""
    )
    answered = telling.run(waits(), waits(2, "data"))
    assert answered == Delivery(refused=("410 issues are disabled",) * 2)
    telling.tracker.refuse = lambda _deed, _about: ""
    assert len(telling.run(waits(), waits(2, "data")).delivered) == 2


@pytest.mark.promise(2)
@pytest.mark.parametrize("deed", ["create", "comment", "edit"])
def test_what_is_refused_is_not_delivered_and_starts_no_notice(telling: Telling, deed: str) -> None:
    decisions: Sequence[Decision] = [waits()]
    if deed != "create":
        telling.run(waits())
        decisions = [waits(), waits(2)]
    noticed = len(telling.entries)
    telling.tracker.refuse = lambda what, _about: "no" if what == deed else ""
    answered = telling.run(*decisions)
    assert (answered.delivered, answered.refused, len(telling.entries)) == ({}, ("no",), noticed)


@pytest.mark.promise(12)
def test_a_repository_that_cannot_be_read_stops_only_its_own_notices(telling: Telling) -> None:
    telling.run(waits(), waits(2, "data"))
    telling.tracker.refuse = lambda deed, about: "404" if (deed, about) == ("standing", "acme/website") else ""
    telling.tracker.done()
    answered = telling.run(waits(), waits(2, "data"), waits(3, "data"))
    assert answered.delivered == {(TASK, arn(2, "data")): "#1", (TASK, arn(3, "data")): "#1"}
    assert answered.refused == ("404",)
    assert telling.tracker.done() == ["comment", "edit"]
    assert telling.tracker.the().open


def test_an_orphan_that_cannot_be_closed_leaves_the_others(telling: Telling) -> None:
    telling.run(waits(task="a"), waits(task="b"))
    telling.tracker.people(1, title="locked")
    telling.tracker.refuse = lambda _deed, about: "locked" if about == "locked" else ""
    assert telling.run(waits(3, "data")).refused == ("locked",)
    assert [telling.tracker.the(number).open for number in (1, 2)] == [True, False]


def test_a_notice_that_stands_needs_no_second_telling(telling: Telling) -> None:
    telling.entries = chained(told())
    telling.run(waits())
    assert [one.event.value for one in telling.entries] == ["noticed"]
