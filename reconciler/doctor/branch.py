"""Whether the report branch can be pushed, whether its ledger is whole, and whether runs still complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from reconciler.connections import Connections
from reconciler.errors import DoorClosed, InvalidInput
from reconciler.ledger.heartbeat import FILE, Heartbeat, late, parsed
from reconciler.ledger.memory import LinesMissing
from reconciler.ledger.read import timeless
from reconciler.ledger.record import is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.config import Config
from reconciler.publish.missing_ledger import ensure_whole

BRANCH, LEDGER, SCHEDULE = "report branch", "ledger", "schedule"
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


def ledger(connections: Connections, config: Config) -> Iterator[CheckResult]:
    """Whether the ledger has all that this clone, the heartbeat and the open issues remember of it."""
    try:
        found = timeless(connections.report_branch().fetch(is_run_state))
        why = ensure_whole(found, connections, config)
    except InvalidInput as invalid:
        first = invalid.faults[0]
        yield wrong(LEDGER, f"{first.file}: {first.message}; {first.help}")
    except LinesMissing as lost:
        yield wrong(LEDGER, str(lost))
    except DoorClosed as closed:
        yield unchecked(LEDGER, str(closed))
    else:
        yield unchecked(LEDGER, why) if why else fine(LEDGER)


def schedule(report_branch: ReportBranch, now: datetime) -> Iterator[CheckResult]:
    """Whether runs complete, judged by the heartbeat, as `krampus validate` does."""
    try:
        raw = report_branch.fetch(lambda path: path == FILE).files.get(FILE)
    except DoorClosed:
        yield unchecked(SCHEDULE, "the report branch cannot be read")
        return
    beat = parsed(raw) if raw is not None else Heartbeat()
    if beat is None:
        yield wrong(SCHEDULE, f"{FILE} on the report branch cannot be read; the next run that completes replaces it")
    elif raw is None or beat.completed is None:
        yield wrong(SCHEDULE, f"no run has completed yet; {LOOK}")
    elif warning := late(raw, now):
        yield wrong(SCHEDULE, f"{warning}; {LOOK}")
    else:
        yield fine(SCHEDULE)
