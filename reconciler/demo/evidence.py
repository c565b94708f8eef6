"""Reads the demo's folder after a run, and compares it with the run before: the narration uses nothing else."""

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
    """One run: the evidence before and after it, and its requests that change something in AWS."""

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
        """How many targets have each verdict now, of the decisions with these values."""
        rows = [row for row in self.after.decisions if all(row[key] == value for key, value in where.items())]
        return Counter(row["verdict"] for row in rows)

    def _was_open(self, number: int) -> bool:
        return number in self.before.issues and self.before.issues[number].open


NOTHING = Evidence({}, (), (), 0)


def read(stage: Stage) -> Evidence:
    """The current state of the folder."""
    issues = {issue.number: issue for issue in FileTracker(stage.folder / "issues").all_issues(REPOSITORIES)}
    paths = _git(stage, "ls-tree", "-r", "--name-only", REPORTS).splitlines()
    ledgers = sorted(path for path in paths if path.startswith("ledger/"))
    lines = [line for path in ledgers for line in _git(stage, "show", f"{REPORTS}:{path}").splitlines()]
    decisions = json.loads(_git(stage, "show", f"{REPORTS}:report.json"))["decisions"]
    commits = int(_git(stage, "rev-list", "--count", REPORTS))
    return Evidence(issues, decisions, [json.loads(line) for line in lines], commits)


def expect(holds: bool, statement: str) -> None:
    """Raise Failed with the statement if it does not hold."""
    if not holds:
        raise Failed(f"the demo's text is wrong: {statement}")


def file_of(stage: Stage, issue: Issue) -> Path:
    """The file of an issue, relative to the demo's folder."""
    return next((stage.folder / "issues").glob(f"{issue.number:04}-*.md")).relative_to(stage.folder)


def _git(stage: Stage, *arguments: str) -> str:
    return stage.git(f"--git-dir={stage.remote}", *arguments)
