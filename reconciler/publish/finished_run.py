"""A run after its calls, as publishing reads it: each decision beside what became of it. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.decide.forecast import foresee
from reconciler.decide.reminders import reminders
from reconciler.decide.tellings import lapses, tellings, told
from reconciler.ledger.read import Ledger
from reconciler.model.ledger import Cause, Histories, History
from reconciler.model.limit import Excess
from reconciler.model.notice import Telling
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict
from reconciler.model.repository import Repository
from reconciler.model.task import Key
from reconciler.publish.called_now import called_now

SETTLED = (Verdict.SATISFIED, Verdict.EXEMPT, Verdict.EXPIRED)


@dataclass(frozen=True)
class RowView:
    """One target after the run. outcome: None if the run sent nothing for it; history: as it was before the run.

    telling: what its team is to be told of it in this run; lapsed: why a notice counts no more; reminder: the name of
    one that is to be given now
    """

    decision: Decision
    outcome: Outcome | None = None
    history: History = field(default_factory=History)
    telling: Telling | None = None
    lapsed: Cause | None = None
    reminder: str = ""

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
    """A plan with its outcomes. `rows`: one a decision, in the order of a plan.

    exceeded: the limits that the plan exceeds; here and in the rows accounts are called as krampus.yaml has them now
    ledger: as it was before the run is published; now: when the teams are told
    tellings, lapses, reminders: by (task, target), what its team is to be told, why its notice counts no more, and the
    name of the reminder that is to be given
    """

    repository: Repository
    plan: Plan
    outcomes: Sequence[Outcome]
    ledger: Ledger
    rows: tuple[RowView, ...]
    exceeded: tuple[Excess, ...]
    now: datetime
    tellings: Mapping[Key, Telling]
    lapses: Mapping[Key, Cause]
    reminders: Mapping[Key, str]

    @property
    def histories(self) -> Histories:
        """What the ledger tells of each task and target."""
        return self.ledger.histories


def finished_run(
    repository: Repository, plan: Plan, outcomes: Sequence[Outcome], ledger: Ledger, now: datetime
) -> FinishedRun:
    """The run as publishing reads it: each decision of the plan with its outcome, its history and what is to be told.

    now: when the teams are told (UTC), from which on what they are told is counted
    """
    by_key = {outcome.key: outcome for outcome in outcomes}
    named = called_now(plan, repository.config)
    announced = {} if plan.undo_request else tellings(repository, plan, ledger.histories, now)
    lapsed = {} if plan.undo_request else lapses(repository, plan, ledger.histories)
    given = {} if plan.undo_request else reminders(repository, plan, ledger.histories, announced, now)
    dated = [told(announced, decision) for decision in named.decisions]
    if not plan.undo_request:  # what is foreseen goes by the dates that the teams are told
        dated, _ = foresee(dated, repository.config, ledger.intended_on(plan.at.date()), plan.at)
    rows = tuple(
        RowView(
            decision,
            by_key.get(decision.key),
            ledger.history(decision.key),
            announced.get(decision.key),
            lapsed.get(decision.key),
            given.get(decision.key, ""),
        )
        for decision in dated
    )
    return FinishedRun(repository, plan, outcomes, ledger, rows, named.exceeded, now, announced, lapsed, given)
