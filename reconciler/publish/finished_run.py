"""A run after its calls, as publishing reads it: each decision beside what became of it. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.ledger.entries import awaiting_notice
from reconciler.ledger.read import Ledger
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

    ledger: as it was before the run is published
    awaiting: (task, target) -> order, for the scheduled targets whose team has no valid notice yet
    """

    repository: Repository
    plan: Plan
    outcomes: Sequence[Outcome]
    ledger: Ledger
    rows: tuple[RowView, ...]
    awaiting: Mapping[Key, Order]

    @property
    def histories(self) -> Histories:
        """What the ledger tells of each task and target."""
        return self.ledger.histories


def finished_run(repository: Repository, plan: Plan, outcomes: Sequence[Outcome], ledger: Ledger) -> FinishedRun:
    """The run as publishing reads it: each decision of the plan with its outcome and its history."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    rows = tuple(
        RowView(decision, by_key.get(decision.key), ledger.history(decision.key)) for decision in plan.decisions
    )
    return FinishedRun(repository, plan, outcomes, ledger, rows, awaiting_notice(repository, plan, ledger.histories))
