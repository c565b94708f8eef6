"""What the demo's folder says after a run, and what changed since the last one: all narration is from here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.clients.file_tracker import FileTracker
from reconciler.demo.server import Request
from reconciler.demo.stage import REPORTS, Failed, Stage
from reconciler.model.issue import Issue

REPOSITORIES = ("", "acme/website", "acme/payments")


@dataclass(frozen=True)
class Evidence:
    """One reading: the issues' files, the report branch, and how many commits it has."""

    issues: Mapping[int, Issue]
    decisions: Sequence[Mapping[str, Any]]
    ledger: Sequence[Mapping[str, Any]]
    commits: int


@dataclass(frozen=True)
class Turn:
    """One run: what stood before and after it, and the requests in between that changed something in AWS."""

    before: Evidence
    after: Evidence
    writes: Sequence[Request]

    @property
    def opened(self) -> list[Issue]:
        """Issues that were not open before."""
        return [issue for number, issue in self.after.issues.items() if issue.open and not self._was_open(number)]

    @property
    def closed(self) -> list[Issue]:
        """Issues that were open before."""
        return [issue for number, issue in self.after.issues.items() if not issue.open and self._was_open(number)]

    @property
    def entries(self) -> Sequence[Mapping[str, Any]]:
        """What the run added to the ledger."""
        return self.after.ledger[len(self.before.ledger) :]

    def of(self, event: str) -> list[Mapping[str, Any]]:
        """The added entries of one event."""
        return [entry for entry in self.entries if entry["event"] == event]

    def verdicts(self, **where: str) -> Counter[str]:
        """How many targets have which verdict now, of those where the decision says so."""
        rows = [one for one in self.after.decisions if all(one[key] == value for key, value in where.items())]
        return Counter(one["verdict"] for one in rows)

    def _was_open(self, number: int) -> bool:
        return number in self.before.issues and self.before.issues[number].open


NOTHING = Evidence({}, (), (), 0)


def read(stage: Stage) -> Evidence:
    """The folder as it stands."""
    issues = {issue.number: issue for issue in FileTracker(stage.folder / "issues").issues(REPOSITORIES)}
    paths = _git(stage, "ls-tree", "-r", "--name-only", REPORTS).splitlines()
    ledgers = sorted(path for path in paths if path.startswith("ledger/"))
    lines = [line for path in ledgers for line in _git(stage, "show", f"{REPORTS}:{path}").splitlines()]
    decisions = json.loads(_git(stage, "show", f"{REPORTS}:report.json"))["decisions"]
    commits = int(_git(stage, "rev-list", "--count", REPORTS))
    return Evidence(issues, decisions, [json.loads(line) for line in lines], commits)


def expect(so: bool, promise: str) -> None:
    """Failed, with the promise, if it is not kept."""
    if not so:
        raise Failed(f"the story promises what is not so: {promise}")


def file_of(stage: Stage, issue: Issue) -> Path:
    """The file of an issue, relative to the demo's folder."""
    return next((stage.folder / "issues").glob(f"{issue.number:04}-*.md")).relative_to(stage.folder)


def _git(stage: Stage, *arguments: str) -> str:
    return stage.git(f"--git-dir={stage.remote}", *arguments)
