"""An undo is told in the issue in which its team was notified, in no other, and never lost without a word."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.notice import Delivery, News, NewsItem
from reconciler.model.plan import Decision, Verdict
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.task import Key
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.sync_issues import comment_undone, sync
from reconciler.publish.task_issues import task_issues
from reconciler.render.templates import Renderer
from tests.build import NOW, TASK, arn, decision, ledger_of, order, plan, repository
from tests.fake_tracker import Fake


def waits(number: int = 1, **over: Any) -> Decision:
    return decision(number, **{"verdict": Verdict.SCHEDULED, "why": "soon", "due": NOW, **over})


@pytest.fixture
def tracker() -> Fake:
    return Fake()


def notified(tracker: Fake, renderer: Renderer, *decisions: Decision) -> dict[Key, str]:
    """Open the issues of these: where each is told of."""
    repo = repository(*(order(number, one.account) for number, one in enumerate(decisions, 1)))
    notices = task_issues(finished_run(repo, plan(*decisions), [], ledger_of(), NOW), RepositoryUrl())
    return dict(sync(notices, IssueWriter(tracker, renderer, "krampus"), repo.config).delivered)


def undone(tracker: Fake, renderer: Renderer, target: str, links: dict[Key, str]) -> Delivery:
    """Say of a target that it was undone."""
    news = {TASK: [NewsItem("0" * 12, News.RESTORED, target)]}
    return comment_undone(news, IssueWriter(tracker, renderer, "krampus"), repository().config, links)


def commented(tracker: Fake) -> list[tuple[str, int]]:
    return [place for place, comments in tracker.said.items() if comments]


@pytest.mark.parametrize("known", [True, False], ids=["by the ledger's link", "by the text"])
def test_the_team_of_the_target_is_told_and_no_other(tracker: Fake, renderer: Renderer, known: bool) -> None:
    """The name of one team's bucket is the beginning of the other's."""
    ours, theirs = "arn:aws:s3:::acme", "arn:aws:s3:::acme-assets"
    links = notified(tracker, renderer, waits(1, target=theirs), waits(2, account="data", team="data", target=ours))
    assert undone(tracker, renderer, ours, links if known else {}).refused == ()
    assert [place in commented(tracker) for place in tracker.issues] == [
        ours + "`" in issue.body for issue in tracker.issues.values()
    ]
    assert len(commented(tracker)) == 1


def test_it_is_told_where_the_issue_has_no_room_for_the_target(tracker: Fake, renderer: Renderer) -> None:
    links = notified(tracker, renderer, *(waits(number) for number in range(1, 61)))
    (place,) = tracker.issues
    assert arn(60) not in tracker.issues[place].body
    assert undone(tracker, renderer, arn(60), links).refused == ()
    assert arn(60) in tracker.said[place][-1]


def test_it_is_said_if_no_issue_can_tell_of_it(tracker: Fake, renderer: Renderer) -> None:
    links = notified(tracker, renderer, waits(1))
    (why,) = undone(tracker, renderer, arn(2), links).refused
    assert why == f"{arn(2)}: no issue was found that tells of it, so no team was told of its undo"
    assert commented(tracker) == []


@pytest.mark.promise(11)
def test_the_undo_of_many_targets_is_told_once(tracker: Fake, renderer: Renderer) -> None:
    """However many: the ids by which it is known what was said are longer than a comment may be."""
    notified(tracker, renderer, waits(1))
    (place,) = tracker.issues
    news = [NewsItem(f"{number:012}", News.RESTORED, arn(number)) for number in range(5001)]
    writer = IssueWriter(tracker, renderer, "krampus")
    for _ in range(2):
        writer.say(tracker.issues[place], news)
        assert len(tracker.said[place]) == 11
