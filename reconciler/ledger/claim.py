"""The right of a run to act and to notify: of two runs at the same time one alone does. Taken, renewed, given back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.errors import DoorClosed
from reconciler.ledger import lease
from reconciler.ledger.record import ReportBranch, is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.plan import Plan

AGAIN = timedelta(minutes=2)  # after a renewal that failed


class Lost(DoorClosed):
    """Another run has taken the lease, or somebody has taken it off the branch: this one must not go on."""


@dataclass
class Claim:
    """One run's hold on the report branch; threads may share it.

    process: this one, for the lease; clock: the time at the moment
    base: the report branch as the plan knew it; None once the run has pushed
    at: when it took its lease, or renewed it last; None before
    """

    report_branch: ReportBranch
    plan: Plan
    process: str
    clock: Callable[[], datetime]
    base: BranchSnapshot | None = None
    at: datetime | None = None
    _lost: str = ""
    _not_before: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self) -> None:
        """Push the lease, unless this run has pushed before; then renew it if it is time to.

        To be called before each write to the tracker. DoorClosed if another run has written since `base` or has taken
        over, or if the lease is over and cannot be renewed.
        """
        if self.base is not None:
            at = self.clock()
            files = lease.taken(self.plan, self.process, at)
            message = f"Begin to notify, run {self.plan.run}"
            self.report_branch.push(lambda _snapshot: files, message, is_run_state, base=self.base)
            self.base, self.at = None, at
        if why := self.why_not():
            raise DoorClosed(why)

    def why_not(self) -> str:
        """Why the run may go on no longer, for a person; "" if it may. To be asked right before each call.

        It renews the lease when a good part of it is over. While that fails it may go on until the lease's end.
        """
        with self._lock:
            now = self.clock()
            if self.at is None:
                return "this run has not taken the report branch"
            due = now >= self.at + lease.RENEWED_AFTER and (self._not_before is None or now >= self._not_before)
            if due and not self._lost:
                self._renew(now)
            return self._lost or lease.over(self.at, self.clock())

    def given_back(self, snapshot: BranchSnapshot) -> dict[str, bytes]:
        """The lease's file after the run, of a run that has pushed. Lost if another has taken over."""
        if self.base is not None:
            return {}
        self._ensure_own(snapshot)
        return lease.none_at_work()

    def _renew(self, now: datetime) -> None:
        def build(snapshot: BranchSnapshot) -> dict[str, bytes]:
            self._ensure_own(snapshot)
            return lease.taken(self.plan, self.process, now)

        try:
            self.report_branch.push(build, f"Still at work, run {self.plan.run}", is_run_state)
        except Lost as lost:
            self._lost = str(lost)
        except DoorClosed:
            self._not_before = self.clock() + AGAIN
        else:
            self.at = now

    def _ensure_own(self, snapshot: BranchSnapshot) -> None:
        if not lease.held(snapshot.files, self.plan):
            raise Lost(
                f"another run has taken over from {self.plan.run}, or its lease is no more on the report branch, so "
                "this one has stopped. What it did is recorded as intended; the next run finds what became of it."
            )
