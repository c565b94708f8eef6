"""Exemptions near their end: their owners are reminded 30, 14 and 3 days before, each once, and told of idle ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Entry, Event
from reconciler.model.notice import Delivery
from reconciler.model.repository import Repository
from reconciler.publish.exemption_reminders import State, endings, owners_issues, reminder_entries
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.sync_issues import sync
from reconciler.render.templates import Renderer
from tests.build import NOW, TASK, arn, chained, exemption, histories, order, plan, repository
from tests.fake_tracker import Fake

DAY = timedelta(days=1)
LAST = date(2026, 12, 31)  # 30 days after NOW


def spared(*exemptions: Exemption, account: str = "web") -> Repository:
    return repository(order(1, account), exemptions=exemptions)


def state(repo: Repository, days: int = 0) -> list[State]:
    return [one.state for one in endings(repo, NOW + days * DAY)]


@pytest.mark.parametrize(
    ("left", "expected"),
    [(31, []), (30, [State.ENDING]), (3, [State.ENDING]), (0, [State.ENDING]), (-1, [State.ENDED])],
)
def test_an_exemption_is_spoken_of_from_thirty_days_on(left: int, expected: list[State]) -> None:
    assert state(spared(exemption(expires=LAST)), 30 - left) == expected


def test_what_matches_nothing_is_idle_and_what_ends_in_a_watched_account_is_no_matter() -> None:
    nothing = exemption(resources=(arn(9),), expires=date(2027, 6, 1))
    assert state(spared(nothing)) == [State.IDLE]
    assert state(spared(exemption(resources=(arn(9),)))) == [State.IDLE]
    assert state(spared(exemption(tasks=("another",)))) == [State.IDLE]
    assert state(spared(exemption(actions=("kill",)))) == [State.IDLE]
    assert state(spared(exemption(), account="lab")) == []


class Reminding:
    """A tracker, a ledger, and a run at each day that is asked for."""

    def __init__(self, root: Path, *exemptions: Exemption) -> None:
        self.tracker = Fake()
        self.renderer = Renderer(root)
        self.entries: tuple[Entry, ...] = ()
        self.repo = spared(*exemptions)

    def run(self, days: float) -> Delivery:
        at, told = NOW + days * DAY, histories(self.entries)
        found = endings(self.repo, at)
        notices = owners_issues(self.repo, found, told)
        answered = sync(notices, IssueWriter(self.tracker, self.renderer, "krampus"), self.repo.config)
        added = reminder_entries(plan(at=at), found, told, answered.delivered)
        self.entries = chained(*self.entries, *added)
        return answered

    def comments(self) -> list[str]:
        return self.tracker.said["acme/website", 1]


def test_each_stage_is_said_once_and_written_down(tmp_path: Path) -> None:
    this = Reminding(tmp_path, exemption(expires=LAST))
    for days in range(-2, 31):
        for _ in range(2):
            this.run(days)
    assert len(this.tracker.issues) == 1
    assert [one.at - NOW for one in this.entries] == [0 * DAY, 16 * DAY, 27 * DAY]
    assert {(one.event, one.task, one.target) for one in this.entries} == {(Event.REMINDED, TASK, arn())}
    assert this.entries[0].detail == "exemptions/0.yaml ends on 2026-12-31; web was notified at acme/website#1"
    # The first is the issue itself, of which its team hears.
    assert len(this.comments()) == 2
    assert "its last day is 2026-12-31" in this.comments()[0]
    assert this.tracker.the().labels == ("krampus", "krampus:exemptions")


def test_between_the_stages_nothing_is_written(tmp_path: Path) -> None:
    this = Reminding(tmp_path, exemption(expires=LAST))
    this.run(0)
    assert this.tracker.done() == ["create"]
    for days in (0.5, 1, 9, 15.5):
        this.run(days)
    assert this.tracker.done() == []
    this.run(16)
    assert this.tracker.done() == ["comment"]


def test_days_that_were_missed_are_not_made_up_for(tmp_path: Path) -> None:
    this = Reminding(tmp_path, exemption(expires=LAST))
    this.run(0)
    this.run(29)
    assert [one.at - NOW for one in this.entries] == [0 * DAY, 29 * DAY]


def test_a_refused_tracker_is_tried_again(tmp_path: Path) -> None:
    this = Reminding(tmp_path, exemption(expires=LAST))
    this.tracker.refuse = lambda method, _about: "down" if method == "create" else ""
    assert this.run(0).refused == ("down",)
    assert this.entries == ()
    this.tracker.refuse = lambda _method, _about: ""
    this.run(1)
    assert len(this.entries) == 1


def test_renewed_closes_and_starts_anew(tmp_path: Path) -> None:
    this = Reminding(tmp_path, exemption(expires=LAST))
    this.run(0)
    this.repo = spared(exemption(expires=LAST + 90 * DAY))
    this.run(1)
    assert not this.tracker.the().open
    assert "**No exemption needs attention.**" in this.tracker.the().body
    this.run(90)
    assert this.tracker.the().open
    assert len(this.tracker.issues) == 1
    assert len(this.entries) == 2


def test_an_issue_for_each_owner_with_its_own(tmp_path: Path) -> None:
    theirs = exemption(owner="data", resources=(arn(9),), reason="|x| <script>")
    this = Reminding(tmp_path, exemption(expires=LAST), theirs)
    this.run(30)
    ours, other = this.tracker.the(), this.tracker.the(repository="")
    assert "1 target loses its protection" in ours.body and "exemptions/1.yaml" not in ours.body
    assert "no task names anything that it covers" in other.body and "exemptions/0.yaml" not in other.body
    this.run(31)
    assert "it has ended and no longer protects anything" in this.tracker.the().body
