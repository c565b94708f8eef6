"""Plan and outcomes to issues, ledger and report. It runs even after a broken run, and says what it could not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.clients.tracker import Tracker
from reconciler.concerns import Concerns, concerns
from reconciler.entries import afterwards, untold
from reconciler.history import histories
from reconciler.ledger import append, parse
from reconciler.model.ledger import Histories
from reconciler.model.notice import Bulletin, Letter, Told
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.tip import Tip
from reconciler.notices import wanted
from reconciler.operators import operators_issue
from reconciler.record import Book, is_ledger
from reconciler.reminders import owners_issues, reminded
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


def publish(repository: Repository, plan: Plan, outcomes: Sequence[Outcome], doors: Doors) -> Told:
    """Tell the teams, then write down what was done, told and found. Returns what the tracker answered."""
    ledger = parse(doors.book.fetch(is_ledger).files)
    told, for_a_person = histories(ledger), concerns(repository, plan, outcomes, ledger)
    bulletins = _bulletins(repository, for_a_person, told)
    if doors.tracker is None:
        said = [*untold(repository, plan, told), *(key for one in bulletins for key in one.about)]
        answered = Told(dict.fromkeys(said, "the report"))
    else:
        letters: list[Letter] = [*wanted(repository, plan, outcomes, told), *bulletins]
        answered = tell(letters, doors.tracker, doors.renderer, repository.config)
    entries = [
        *afterwards(repository, plan, outcomes, told, answered.delivered),
        *reminded(plan, for_a_person.exemptions, told, answered.delivered),
    ]
    decisions = standing(repository, plan, outcomes, told, answered)
    failed = {outcome.key: outcome.problem.says for outcome in outcomes if outcome.problem}
    readme = doors.renderer.text("report.md.j2", page(repository.config, plan, decisions, failed, for_a_person))

    def build(tip: Tip) -> dict[str, bytes]:
        return {**append(tip.files, entries), README: readme.encode(), REPORT: data(decisions)}

    doors.book.push(build, f"Report run {plan.run}: {_counts(plan, outcomes)}", is_ledger)
    return answered


def _bulletins(repository: Repository, for_a_person: Concerns, told: Histories) -> list[Bulletin]:
    """The issues that are about no single task: the operators', and those of the exemptions' owners."""
    config, owners = repository.config, {one.owner for one in repository.exemptions.values()}
    return [
        operators_issue(config, for_a_person),
        *owners_issues(config, for_a_person.exemptions, owners, told),
    ]


def _counts(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """No names in a commit message: GitHub reads "fixes #1" in one as an order."""
    failed = sum(outcome.problem is not None for outcome in outcomes)
    return f"{len(plan.decisions)} targets, {len(outcomes) - failed} done, {failed} failed"
