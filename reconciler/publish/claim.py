"""The right of a run to notify: of two runs at the same time one alone writes to the tracker."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.ledger.lease import taken
from reconciler.ledger.record import ReportBranch, is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.plan import Plan


@dataclass
class Claim:
    """base: the report branch as the plan knew it; None once the run has pushed. process: this one, for the lease."""

    report_branch: ReportBranch
    plan: Plan
    process: str
    base: BranchSnapshot | None = None

    def take(self) -> None:
        """Push the lease, unless this run has pushed before; DoorClosed if another run has written since `base`.

        To be called before each write to the tracker.
        """
        if self.base is not None:
            lease = taken(self.plan, self.process)
            message = f"Begin to notify, run {self.plan.run}"
            self.report_branch.push(lambda _snapshot: lease, message, is_run_state, base=self.base)
            self.base = None
