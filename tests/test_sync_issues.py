"""Several runs with one tracker: one issue per task and team, whatever people, the tracker or a sudden end do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import DoorClosed
from reconciler.ledger.entries import after_run
from reconciler.model.ledger import Entry
from reconciler.model.marker import key_in
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


class Runs:
    """A tracker, a ledger, and runs that publish decisions. `before_write`: what a run does before each write."""

    def __init__(self, root: Path) -> None:
        self.tracker = Fake()
        self.before_write: Callable[[], None] = lambda: None
        self.renderer = Renderer(root)
        self.entries: tuple[Entry, ...] = ()

    def run(self, *decisions: Decision) -> Delivery:
        """Notify, then write down what was delivered."""
        orders = [order(int(one.target[-2:]), one.account, task=one.task, team=one.team) for one in decisions]
        repo, made, before = repository(*orders), plan(*decisions), ledger_of(*self.entries)
        run = finished_run(repo, made, [], before, NOW)
        notices = task_issues(run, RepositoryUrl())
        answered = sync(notices, IssueWriter(self.tracker, self.renderer, "krampus", self.before_write), repo.config)
        added = after_run(made, [], before.histories, run.tellings, run.lapses, answered)
        self.entries = chained(*self.entries, *added)
        return answered

    def bodies(self) -> list[str]:
        """The comments of the first issue."""
        return self.tracker.said["acme/website", 1]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def waits(number: int = 1, account: str = "web", **over: Any) -> Decision:
    return decision(
        number, account, **{"verdict": Verdict.SCHEDULED, "why": "soon", "due": NOW + timedelta(days=7), **over}
    )


def over(number: int = 1, verdict: Verdict = Verdict.SATISFIED) -> Decision:
    return decision(number, verdict=verdict, why="so it stands", calls=())


def test_one_issue_for_all_targets_of_a_task_and_team(runs: Runs) -> None:
    answered = runs.run(waits(1), waits(2), waits(3, team="data"), waits(4, task="another"))
    assert sorted(runs.tracker.issues) == [("", 1), ("acme/website", 1), ("acme/website", 2)]
    assert answered.delivered == {
        ("another", arn(4)): "acme/website#1",
        (TASK, arn(1)): "acme/website#2",
        (TASK, arn(2)): "acme/website#2",
        (TASK, arn(3)): "#1",
    }
    assert answered.refused == ()


def test_a_run_in_which_nothing_changed_does_nothing(runs: Runs) -> None:
    runs.run(waits())
    assert runs.tracker.done() == ["create"]
    assert runs.run(waits()).delivered == {(TASK, arn()): "acme/website#1"}
    assert runs.tracker.done() == []


def test_a_new_target_is_said_in_a_comment_and_shown_in_the_issue(runs: Runs) -> None:
    runs.run(waits())
    runs.run(waits(), waits(2))
    assert runs.tracker.done() == ["create", "comment", "edit"]
    assert arn(2) in runs.tracker.the().body
    assert arn(2) in runs.bodies()[0]
    assert arn(1) not in runs.bodies()[0]


@pytest.mark.promise(9)
def test_closed_when_settled_and_opened_again_when_it_is_back(runs: Runs) -> None:
    runs.run(waits())
    assert runs.run(over()).delivered == {}
    assert not runs.tracker.the().open
    runs.tracker.done()
    runs.run(over())
    assert runs.tracker.done() == []
    runs.run(waits(why="it is due again"))
    assert runs.tracker.done() == ["comment", "edit"]
    assert runs.tracker.the().open
    assert "it is back" in runs.bodies()[0]
    assert len(runs.tracker.issues) == 1


def test_exempt_closes_and_withdrawn_closes(runs: Runs) -> None:
    runs.run(waits(), waits(2, task="another"))
    runs.run(over(verdict=Verdict.EXEMPT))
    assert [issue.open for issue in runs.tracker.issues.values()] == [False, False]


def test_closing_by_hand_exempts_nothing(runs: Runs) -> None:
    runs.run(waits())
    runs.tracker.people(open=False)
    runs.run(waits())
    assert runs.tracker.the().open


def test_unseen_opens_nothing_and_closes_nothing(runs: Runs) -> None:
    runs.run(over(verdict=Verdict.UNSEEN))
    assert runs.tracker.issues == {}
    runs.run(waits())
    runs.run(over(verdict=Verdict.UNSEEN))
    assert runs.tracker.the().open
    runs.tracker.people(open=False)
    runs.run(over(verdict=Verdict.UNSEEN))
    assert not runs.tracker.the().open


def test_a_watched_account_opens_none(runs: Runs) -> None:
    assert runs.run(waits(account="lab", team="data")) == Delivery()
    assert runs.tracker.issues == {}


def test_copies_are_closed_and_the_oldest_is_kept(runs: Runs) -> None:
    runs.run(waits())
    issue = runs.tracker.the()
    for number in (2, 3):
        runs.tracker.issues["acme/website", number] = replace(issue, number=number)
    runs.run(waits())
    assert [runs.tracker.the(number).open for number in (1, 2, 3)] == [True, False, False]
    runs.tracker.done()
    runs.run(waits())
    assert runs.tracker.done() == []


def test_peoples_labels_stay_and_the_text_is_restored(runs: Runs) -> None:
    runs.run(waits())
    before = runs.tracker.the()
    runs.tracker.people(labels=("bug",), title="Mine", body=f"{before.body.splitlines()[0]}\nMine")
    runs.run(waits())
    after = runs.tracker.the()
    assert (after.title, after.labels) == (before.title, ("bug", "krampus", "severity:medium"))
    assert after.body.partition("\n")[2] == before.body.partition("\n")[2]
    assert key_in(after.body) == key_in(before.body)


def test_an_issue_without_the_marker_is_peoples_own(runs: Runs) -> None:
    runs.run(waits())
    runs.tracker.people(body="all of it gone")
    runs.run(waits())
    assert runs.tracker.the().body == "all of it gone"
    assert runs.tracker.the(2).open


@pytest.mark.promise(11)
def test_a_comment_is_said_once_even_if_the_run_ends_before_the_edit(runs: Runs) -> None:
    runs.run(waits())
    runs.tracker.cut_before = "edit"
    with pytest.raises(Cut):
        runs.run(waits(), waits(2))
    runs.tracker.done()
    runs.run(waits(), waits(2))
    assert runs.tracker.done() == ["edit"]
    assert len(runs.bodies()) == 1


@pytest.mark.promise(11)
def test_an_issue_is_opened_once_even_if_the_run_ends_before_the_ledger(runs: Runs) -> None:
    runs.run(waits())
    runs.entries = chained()
    runs.run(waits())
    assert len(runs.tracker.issues) == 1
    assert [one.event.value for one in runs.entries] == ["noticed"]


def test_a_refused_change_leaves_the_others_and_is_made_by_the_next_run(runs: Runs) -> None:
    runs.tracker.refuse = lambda _method, about: "410 issues are disabled" if about == "[krampus] Idle instance" else ""
    answered = runs.run(waits(), waits(2, "data"))
    assert answered == Delivery(refused=("410 issues are disabled",) * 2)
    runs.tracker.refuse = lambda _method, _about: ""
    assert len(runs.run(waits(), waits(2, "data")).delivered) == 2


@pytest.mark.promise(2)
@pytest.mark.parametrize("method", ["create", "comment", "edit"])
def test_what_is_refused_is_not_delivered_and_starts_no_notice(runs: Runs, method: str) -> None:
    decisions: Sequence[Decision] = [waits()]
    if method != "create":
        runs.run(waits())
        decisions = [waits(), waits(2)]
    noticed = len(runs.entries)
    runs.tracker.refuse = lambda what, _about: "no" if what == method else ""
    answered = runs.run(*decisions)
    assert (answered.delivered, answered.refused, len(runs.entries)) == ({}, ("no",), noticed)


@pytest.mark.promise(12)
def test_a_repository_that_cannot_be_read_stops_only_its_own_notices(runs: Runs) -> None:
    runs.run(waits(), waits(2, "data"))
    runs.tracker.refuse = lambda method, about: "404" if (method, about) == ("open_issues", "acme/website") else ""
    runs.tracker.done()
    answered = runs.run(waits(), waits(2, "data"), waits(3, "data"))
    assert answered.delivered == {(TASK, arn(2, "data")): "#1", (TASK, arn(3, "data")): "#1"}
    assert answered.refused == ("404",)
    assert runs.tracker.done() == ["comment", "edit"]
    assert runs.tracker.the().open


def test_an_orphan_that_cannot_be_closed_leaves_the_others(runs: Runs) -> None:
    runs.run(waits(task="a"), waits(task="b"))
    runs.tracker.people(1, title="locked")
    runs.tracker.refuse = lambda _method, about: "locked" if about == "locked" else ""
    assert runs.run(waits(3, "data")).refused == ("locked",)
    assert [runs.tracker.the(number).open for number in (1, 2)] == [True, False]


def test_a_notice_that_stands_needs_no_second_one(runs: Runs) -> None:
    runs.entries = chained(told())
    runs.run(waits())
    assert [one.event.value for one in runs.entries] == ["noticed"]


@pytest.mark.promise(12)
def test_a_text_that_cannot_be_made_is_known_before_anything_is_written(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "status.md.j2").write_text("{{ 'x' if row.verdict == 'scheduled' else nothing }}")
    runs.renderer = Renderer(tmp_path)
    refused = over(2, Verdict.REFUSED).model_copy(update={"task": "z"})
    with pytest.raises(DoorClosed, match="'nothing' is undefined"):
        runs.run(waits(), refused)
    assert runs.tracker.issues == {}


def test_each_write_asks_first_whether_the_run_may(runs: Runs) -> None:
    asked: list[int] = []
    runs.before_write = lambda: asked.append(len(runs.tracker.writes))
    runs.run(waits())
    runs.run(waits(), waits(2))
    runs.run(over(), over(2))
    runs.run(waits(task="another"))
    assert runs.tracker.done() == ["create", "comment", "edit", "edit", "create"]
    assert asked == [0, 1, 2, 3, 4]
    runs.run(waits(task="another"))
    assert len(asked) == 5


@pytest.mark.promise(11)
def test_a_run_that_may_not_write_leaves_everything_as_it_is(runs: Runs) -> None:
    runs.run(waits())
    runs.tracker.done()

    def lost() -> None:
        raise DoorClosed("another run has written since")

    runs.before_write = lost
    for decisions in ((waits(), waits(2)), (over(),), (), (waits(task="another"),)):
        with pytest.raises(DoorClosed, match="another run"):
            runs.run(*decisions)
    assert runs.tracker.done() == []
