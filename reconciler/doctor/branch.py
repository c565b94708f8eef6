"""Whether the report branch can be pushed, and whether runs still report there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.errors import DoorClosed
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

if TYPE_CHECKING:
    from reconciler.clients.git.report_branch import ReportBranch

BRANCH, SCHEDULE = "report branch", "schedule"
LATE = timedelta(days=3)  # a schedule that rests over the weekend is not late on Monday


def branch(report_branch: ReportBranch) -> Iterator[CheckResult]:
    """A push that git only rehearses."""
    from reconciler.clients.git.dry_push import dry_run_push

    try:
        dry_run_push(report_branch)
    except DoorClosed as closed:
        yield wrong(BRANCH, str(closed))
    else:
        yield fine(BRANCH)


def schedule(report_branch: ReportBranch, now: datetime) -> Iterator[CheckResult]:
    """The time of the branch's last commit."""
    from reconciler.clients.git.dry_push import last_written

    try:
        yield _alive(last_written(report_branch), now)
    except DoorClosed:
        yield unchecked(SCHEDULE, "the report branch cannot be read")


def _alive(reported: datetime | None, now: datetime) -> CheckResult:
    look = "look whether the scheduled workflow is switched on and succeeds (GitHub rests those of quiet repositories)"
    if reported is None:
        return wrong(SCHEDULE, f"no run has reported yet; {look}")
    if now - reported > LATE:
        days = (now - reported).days
        return wrong(SCHEDULE, f"no run has reported since {reported:%Y-%m-%d %H:%M} UTC, {days} days ago; {look}")
    return fine(SCHEDULE)
