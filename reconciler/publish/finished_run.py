"""A run after its calls, as publishing reads it: each decision beside what became of it. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.ledger.entries import awaiting_notice
from reconciler.model.ledger import Histories, History
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict
from reconciler.model.repository import Repository
from reconciler.model.task import Key, Order

SETTLED = (Verdict.SATISFIED, Verdict.EXEMPT, Verdict.EXPIRED)


@dataclass(frozen=True)
class RowView:
    """One target after the run. outcome: None if the run sent nothing for it; history: as it was before the run."""

    decision: Decision
    outcome: Outcome | None = None
    history: History = field(default_factory=History)

    @property
    def key(self) -> Key:
        """Task and target."""
        return self.decision.key

    @property
    def sent(self) -> bool:
        """Whether AWS took all its calls in this run."""
        return self.outcome is not None and self.outcome.problem is None

    @property
    def failure(self) -> str:
        """Why its calls failed in this run, "" if they did not."""
        return self.outcome.problem.message if self.outcome and self.outcome.problem and self.outcome.failed else ""

    @property
    def skipped(self) -> str:
        """Why nothing was sent for it in this run although it was due, "" if that is not so."""
        return self.outcome.problem.message if self.outcome and self.outcome.problem and self.outcome.stale else ""

    @property
    def verdict(self) -> Verdict:
        """The verdict of the plan; what was undone is exempt from now on, so its team need do nothing about it."""
        undone = self.sent and self.decision.undo_progress is UndoProgress.COMPLETE
        return Verdict.EXEMPT if undone else self.decision.verdict

    @property
    def settled(self) -> bool:
        """Whether its team need do nothing about it."""
        return self.verdict in SETTLED


@dataclass(frozen=True)
class FinishedRun:
    """A plan with its outcomes. `rows`: one a decision, in the plan's order.

    awaiting: (task, target) -> order, for the scheduled targets whose team has no valid notice yet
    """

    repository: Repository
    plan: Plan
    rows: tuple[RowView, ...]
    histories: Histories
    awaiting: Mapping[Key, Order]


def rows_of(plan: Plan, outcomes: Iterable[Outcome], histories: Histories) -> tuple[RowView, ...]:
    """Each decision of a plan with its outcome and its history."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    return tuple(
        RowView(decision, by_key.get(decision.key), histories.get(decision.key, History()))
        for decision in plan.decisions
    )


def finished_run(repository: Repository, plan: Plan, outcomes: Iterable[Outcome], histories: Histories) -> FinishedRun:
    """The run as publishing reads it. `histories`: of the ledger as it was before the run is published."""
    rows, awaiting = rows_of(plan, outcomes, histories), awaiting_notice(repository, plan, histories)
    return FinishedRun(repository, plan, rows, histories, awaiting)
