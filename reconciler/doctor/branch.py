"""Whether the report branch can be pushed, and whether runs still complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from reconciler.errors import DoorClosed
from reconciler.ledger.heartbeat import FILE, completed, late
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

BRANCH, SCHEDULE = "report branch", "schedule"
LOOK = "check that the scheduled workflow is enabled and succeeds (GitHub disables those of inactive repositories)"


class ReportBranch(Protocol):
    """The report branch at its remote. Both raise DoorClosed if it cannot be reached or refuses."""

    def dry_run_push(self) -> None:
        """Push without changing anything."""

    def fetch(self, wanted: Callable[[str], bool]) -> BranchSnapshot:
        """The branch as it is now, with the files that are wanted."""


def branch(report_branch: ReportBranch) -> Iterator[CheckResult]:
    """A push that git only rehearses."""
    try:
        report_branch.dry_run_push()
    except DoorClosed as closed:
        yield wrong(BRANCH, str(closed))
    else:
        yield fine(BRANCH)


def schedule(report_branch: ReportBranch, now: datetime) -> Iterator[CheckResult]:
    """Whether runs complete, judged by the heartbeat, as `krampus validate` does."""
    try:
        raw = report_branch.fetch(lambda path: path == FILE).files.get(FILE)
    except DoorClosed:
        yield unchecked(SCHEDULE, "the report branch cannot be read")
        return
    if raw is None:
        yield wrong(SCHEDULE, f"no run has completed yet; {LOOK}")
    elif completed(raw) is None:
        yield wrong(SCHEDULE, f"{FILE} on the report branch cannot be read; the next run that completes replaces it")
    elif warning := late(raw, now):
        yield wrong(SCHEDULE, f"{warning}; {LOOK}")
    else:
        yield fine(SCHEDULE)
