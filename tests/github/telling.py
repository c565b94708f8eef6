"""Runs that tell of decisions, each by a tracker of its own, and a ledger between them: as a job does day by day."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.clients.github.repository import HOURLY, RepositoryApi
from reconciler.clients.github.tracker import GithubTracker
from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.connections import Connections
from reconciler.ledger.entries import after_run
from reconciler.model.ledger import Entry
from reconciler.model.notice import Delivery
from reconciler.model.plan import Decision, Verdict
from reconciler.model.task import Order
from reconciler.publish.attention import Attention
from reconciler.publish.finished_run import finished_run
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.publish import ENDS
from reconciler.publish.sync_issues import sync
from reconciler.publish.task_issues import task_issues
from tests.build import DEFAULTS, NOW, chained, config, decision, ledger_of, order, plan, repository
from tests.github.fake import FakeGithub
from tests.github.state import Issue

MINTING = ("/installation", "/access_tokens", "/graphql")


def ordered(one: Decision) -> Order:
    """The order that comes to such a decision: due when it says, if its team is told now."""
    grace = one.due - NOW if one.due else timedelta(days=7)
    over = {"task": one.task, "team": one.team, "action": one.action, "grace": grace, "severity": one.severity}
    return order(int(one.target[-9:], 16), one.account, **over)


@dataclass
class Telling:
    """`settings`: of issues in krampus.yaml; `teams`: likewise, if not the usual; `waits`: how a run waits;

    `hourly`: how many changes one token then makes at most.
    """

    hub: FakeGithub
    root: Path
    settings: dict[str, Any] = field(default_factory=dict)
    teams: dict[str, Any] = field(default_factory=lambda: dict(DEFAULTS["teams"]))
    entries: tuple[Entry, ...] = ()
    waits: WaitBudget | None = None
    hourly: int = HOURLY

    def run(self, *decisions: Decision) -> Delivery:
        """Tell, then write down what was told."""
        orders = [ordered(one) for one in decisions]
        issues = {"tracker": "github", "installation": "acme/cloud", **self.settings}
        made, before = plan(*decisions), ledger_of(*self.entries)
        repo = repository(*orders, issues=issues, teams=self.teams, guardrails={"notice": "1m"})
        connections = Connections(self.root, config(issues=issues, teams=self.teams), "", environment=os.environ)
        tracker = connections.tracker()
        assert isinstance(tracker, GithubTracker)
        if self.waits:
            tokens = replace(tracker.api.tokens, wait_budget=self.waits)
            api = RepositoryApi(tokens, repo.config.issues.writes, self.hourly)
            tracker = GithubTracker(api, repo.config.issues.label)
        run = finished_run(repo, made, [], before, NOW)
        notices = task_issues(run, connections.home)
        writer = IssueWriter(tracker, connections.renderer(), repo.config.issues.label)
        ends = [one for one in after_run(made, [], before.histories, {}, {}, Delivery()) if one.event in ENDS]
        answered = sync(
            notices,
            writer,
            repo.config,
            before.links,
            {one.key for one in ends},
            lambda behind: operators_issue(repo.config, Attention(), behind),
        )
        added = after_run(made, [], before.histories, run.tellings, run.lapses, answered)
        self.entries = chained(*self.entries, *added)
        return answered

    def lines(self) -> list[str]:
        """What was asked since this was last asked, but for the making of tokens, and whose they are."""
        return [request.line for request in self.hub.seen() if not request.line.endswith(MINTING)]

    def writes(self) -> list[str]:
        """What was changed since then."""
        return [line for line in self.lines() if not line.startswith("GET ")]

    def the(self, number: int = 1, name: str = "acme/website") -> Issue:
        """An issue as it stands."""
        issue = self.hub.repositories[name].get(number)
        assert issue
        return issue


def waits(number: int = 1, account: str = "web", **over: Any) -> Decision:
    """Soon due."""
    return decision(
        number, account, **{"verdict": Verdict.SCHEDULED, "why": "soon", "due": NOW + timedelta(days=7), **over}
    )


def over(number: int = 1, verdict: Verdict = Verdict.SATISFIED, **more: Any) -> Decision:
    """Nothing is left to do."""
    return decision(number, verdict=verdict, why="so it stands", calls=(), **more)
