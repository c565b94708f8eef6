"""What a run must know of the ledger, so that it need not read all of it. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from reconciler.model.config import Config
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Need:
    """since: when the plan was made (UTC): by itself a run looks at lines of that day and the day before, at none older

    targets: the ARNs that it decides about; signed: whether the branch is believed by its signatures, or its rules.
    Where nothing protects it, lines are believed by their order in time alone, which a checkpoint does not have.
    """

    since: datetime
    targets: Set[str]
    signed: bool

    @property
    def first(self) -> datetime:
        """The time of the first line that the run may look at by itself."""
        return datetime.combine(self.since.astimezone(UTC).date(), time(), UTC) - DAY

    @property
    def covered_before(self) -> datetime:
        """The time before which a checkpoint may cover lines: a plan of yesterday is carried out, or told, today."""
        return self.first - DAY


def needed(config: Config, now: datetime, plan: Plan | None, repositories: Iterable[Repository | None]) -> Need | None:
    """What a plan that was made before, and what the files order, need. None if that is all: for an undo it is."""
    files = [repository for repository in repositories if repository]
    if not files or (plan and plan.undo_request):
        return None
    targets = {decision.target for decision in plan.decisions} if plan else set[str]()
    targets |= {order.target.arn for repository in files for order in repository.orders}
    return Need(min(plan.at, now) if plan else now, targets, config.report.signers is not None)
