"""What can be rendered: a decision of each verdict, outcomes, news, and the notice of a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.model.notice import News, NewsItem, Notice
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.sighting import Problem, Trouble
from reconciler.publish.finished_run import finished_run
from reconciler.publish.task_issues import task_issues
from tests.build import NOW, TASK, arn, decision, ledger_of, order, plan, repository, told

NOWHERE = RepositoryUrl()
HOME = RepositoryUrl("https://github.com", "acme/krampus-config", "main")
DUE = NOW + timedelta(days=7)
HOSTILE = "a|b`c`<script>alert(1)</script> @acme/all #1\n## h [x](http://e.vil) \u202e\x1b[31m"


def waits(number: int, **over: Any) -> Decision:
    """A target whose team was told, and has time until DUE."""
    return decision(
        number, **{"verdict": "scheduled", "why": "web was notified on 2026-12-01 09:00 UTC", "due": DUE, **over}
    )


def everything() -> list[Decision]:
    """A target of each verdict."""
    nothing: dict[str, Any] = {"calls": ()}
    return [
        waits(1),
        decision(2),
        decision(3, verdict="held", reason="stuck", why="stuck since 2026-11-30 09:00 UTC: the instance is stopping"),
        decision(4, verdict="refused", why="its root device is an instance store", **nothing),
        decision(5, verdict="underway", why="the instance is stopping", **nothing),
        decision(6, verdict="unseen", why="AccessDenied: ec2:DescribeInstances", **nothing),
        decision(7, verdict="exempt", why="until 2026-12-31: Needed (NET-88) (web)", **nothing),
        decision(8, verdict="satisfied", why="it is as the task asks", **nothing),
        decision(9, verdict="expired", why="the task ended on 2026-11-30", **nothing),
        decision(10),
        decision(11),
    ]


def done(number: int, problem: Problem | None = None) -> Outcome:
    """What came of the one call to a target."""
    return Outcome(task=TASK, target=arn(number), sent=1, problem=problem)


OUTCOMES = (done(10), done(11, Problem(Trouble.STATE, "IncorrectInstanceState: it is `stopping`")))


def notice(
    *decisions: Decision, outcomes: tuple[Outcome, ...] = (), home: RepositoryUrl = NOWHERE, **over: Any
) -> Notice:
    """The notice of the one task whose decisions these are."""
    orders = [order(number, **over) for number, _ in enumerate(decisions, 1)]
    run = finished_run(repository(*orders), plan(*decisions), outcomes, ledger_of(told(9)), NOW)
    (found,) = task_issues(run, home)
    return found


def with_task(found: Notice, **fields: str) -> Notice:
    """The same notice, whose task says something else."""
    task = found.content["task"]
    assert isinstance(task, dict)
    return replace(found, content={**found.content, "task": {**task, **fields}})


def news(count: int) -> list[NewsItem]:
    """News of as many targets: acted on, failed, drifted and noticed in turn."""
    kinds = ((News.ACTED, "stop the instance"), (News.FAILED, HOSTILE), (News.DRIFTED, "frozen"), (News.NOTICED, ""))
    return [
        NewsItem(f"{number:012x}", *kinds[number % 4][:1], arn(number), kinds[number % 4][1]) for number in range(count)
    ]
