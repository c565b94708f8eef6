"""Plan and outcomes to issues, ledger and report. It runs even after a broken run, and says what it could not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.claim import Claiming
from reconciler.clients.tracker import Tracker
from reconciler.entries import afterwards, untold
from reconciler.history import histories
from reconciler.lease import given_back, taken
from reconciler.ledger import append, parse
from reconciler.model.ledger import Histories
from reconciler.model.notice import Told
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.tip import Tip
from reconciler.notices import wanted
from reconciler.record import Book, is_ledger
from reconciler.report import data, page, standing
from reconciler.tell import tell

if TYPE_CHECKING:
    from reconciler.render import Renderer

README, REPORT = "README.md", "report.json"


@dataclass(frozen=True)
class Doors:
    """What publishing needs of the outside. No tracker: the report itself is the notice."""

    book: Book
    tracker: Tracker | None
    renderer: Renderer


def publish(
    repository: Repository, plan: Plan, outcomes: Sequence[Outcome], doors: Doors, base: Tip | None = None
) -> Told:
    """Tell the teams, then write down what was done, told and found. Returns what the tracker answered.

    `base`: the branch as the plan knew it, of a run that has recorded nothing. If another run has written since, it
    raises DoorClosed, and this one tells nobody and writes nothing. What was recorded gets its fate in any case.
    """
    told = histories(parse(doors.book.fetch(is_ledger).files))
    claiming = _claiming(plan, doors, base)
    answered = _tell(repository, plan, outcomes, told, replace(doors, tracker=claiming or doors.tracker))
    if claiming and claiming.won:
        base = None
    entries = afterwards(repository, plan, outcomes, told, answered.delivered)
    decisions = standing(repository, plan, outcomes, told, answered)
    failed = {outcome.key: outcome.problem.says for outcome in outcomes if outcome.problem and outcome.failed}
    readme = doors.renderer.text("report.md.j2", page(repository.config, plan, decisions, failed))

    def build(tip: Tip) -> dict[str, bytes]:
        files = {**append(tip.files, entries), README: readme.encode(), REPORT: data(decisions)}
        return files if base else {**files, **given_back(tip.files, plan)}

    doors.book.push(build, f"Report run {plan.run}: {_counts(plan, outcomes)}", is_ledger, base=base)
    return answered


def _tell(repository: Repository, plan: Plan, outcomes: Sequence[Outcome], told: Histories, doors: Doors) -> Told:
    if doors.tracker is None:
        return Told(dict.fromkeys(untold(repository, plan, told), "the report"))
    notices = wanted(repository, plan, outcomes, told)
    return tell(notices, doors.tracker, doors.renderer, repository.config)


def _claiming(plan: Plan, doors: Doors, base: Tip | None) -> Claiming | None:
    """For a run that has not pushed yet: a tracker that lets it tell only if it wins the branch."""
    if doors.tracker is None or base is None:
        return None
    message = f"Begin to tell, run {plan.run}"
    return Claiming(doors.tracker, lambda: doors.book.push(lambda _tip: taken(plan), message, is_ledger, base=base))


def _counts(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """No names in a commit message: GitHub reads "fixes #1" in one as an order."""
    failed, stale = sum(outcome.failed for outcome in outcomes), sum(outcome.stale for outcome in outcomes)
    done = len(outcomes) - failed - stale
    return f"{len(plan.decisions)} targets, {done} done, {failed} failed{f', {stale} stale' if stale else ''}"
