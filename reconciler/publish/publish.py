"""Plan and outcomes to issues, ledger and report. It runs even after a broken run, and says what it could not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.clients.process import this_process
from reconciler.ledger.chain import append, parse
from reconciler.ledger.entries import afterwards, awaiting_notice, taken_back
from reconciler.ledger.heartbeat import FILE as HEARTBEAT
from reconciler.ledger.heartbeat import beat
from reconciler.ledger.history import histories, places
from reconciler.ledger.lease import given_back, taken
from reconciler.ledger.record import Book, is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.config import Config
from reconciler.model.ledger import Histories
from reconciler.model.notice import Bulletin, Delivery, Letter
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.publish.attention import Attention, attention_of
from reconciler.publish.claim import ClaimOnFirstWrite
from reconciler.publish.exemption_reminders import owners_issues, reminder_entries
from reconciler.publish.notices import desired_notices, undo_news
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.report import data, decisions_after_run, page
from reconciler.publish.sync_issues import comment_undone, sync
from reconciler.publish.tracker import Tracker
from reconciler.render.escape import commit

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

README, REPORT = "README.md", "report.json"


@dataclass(frozen=True)
class Doors:
    """What publishing needs of the outside. No tracker: the report itself is the notice."""

    report_branch: Book
    tracker: Tracker | None
    renderer: Renderer


def publish(
    repository: Repository,
    plan: Plan,
    outcomes: Sequence[Outcome],
    connections: Doors,
    base: BranchSnapshot | None = None,
) -> Delivery:
    """Tell the teams, then write down what was done, told and found. Returns what the tracker answered.

    `base`: the branch as the plan knew it, of a run that has recorded nothing. If another run has written since, it
    raises DoorClosed, and this one tells nobody and writes nothing. What was recorded gets its fate in any case.
    """
    ledger = parse(connections.report_branch.fetch(is_run_state).files)
    told, for_a_person = histories(ledger), attention_of(repository, plan, outcomes, ledger)
    bulletins = _bulletins(repository, for_a_person, told)
    claiming = _claiming(plan, connections, base)
    tracker = claiming or connections.tracker
    if tracker is None:
        said = [*awaiting_notice(repository, plan, told), *(key for one in bulletins for key in one.about)]
        answered = Delivery(dict.fromkeys(said, "the report"))
    else:
        letters: list[Letter] = [*desired_notices(repository, plan, outcomes, told), *bulletins]
        answered = sync(letters, tracker, connections.renderer, repository.config, places(ledger))
    if claiming and claiming.won:
        base = None
    entries = [
        *afterwards(repository, plan, outcomes, told, answered.delivered),
        *reminder_entries(plan, for_a_person.exemptions, told, answered.delivered),
    ]
    decisions = decisions_after_run(repository, plan, outcomes, told, answered)
    failed = {outcome.key: outcome.problem.message for outcome in outcomes if outcome.problem and outcome.failed}
    shown = page(repository.config, decisions, failed, for_a_person) | {"deferred": len(answered.deferred)}
    readme = connections.renderer.text("report.md.j2", shown)

    def build(snapshot: BranchSnapshot) -> dict[str, bytes]:
        files = {**append(snapshot.files, entries), README: readme.encode(), REPORT: data(decisions)}
        files |= beat(snapshot.files, plan.at)
        return files if base else {**files, **given_back(snapshot.files, plan)}

    connections.report_branch.push(
        build, commit(f"Report run {plan.run}: {_counts(plan, outcomes)}"), _is_read, base=base
    )
    return answered


def _is_read(path: str) -> bool:
    return is_run_state(path) or path == HEARTBEAT


def _bulletins(repository: Repository, for_a_person: Attention, told: Histories) -> list[Bulletin]:
    """The issues that are about no single task: the operators', and those of the exemptions' owners."""
    config, owners = repository.config, {one.owner for one in repository.exemptions.values()}
    return [
        operators_issue(config, for_a_person),
        *owners_issues(config, for_a_person.exemptions, owners, told),
    ]


def publish_undo(config: Config, plan: Plan, outcomes: Sequence[Outcome], connections: Doors) -> Delivery:
    """Tell the teams what was taken back, and write that down. The report is left to the next run, which sees all."""
    ledger = parse(connections.report_branch.fetch(is_run_state).files)
    told = histories(ledger)
    news = undo_news(plan, outcomes, told)
    answered = Delivery()
    if connections.tracker and news:
        answered = comment_undone(news, connections.tracker, connections.renderer, config, places(ledger))
    entries = taken_back(plan, outcomes, told)
    if entries:
        connections.report_branch.push(
            lambda snapshot: {**append(snapshot.files, entries), **given_back(snapshot.files, plan)},
            commit(f"Take back, run {plan.run}: {_counts(plan, outcomes)}"),
            is_run_state,
        )
    return answered


def _claiming(plan: Plan, connections: Doors, base: BranchSnapshot | None) -> ClaimOnFirstWrite | None:
    """For a run that has not pushed yet: a tracker that lets it tell only if it wins the branch."""
    if connections.tracker is None or base is None:
        return None
    message = commit(f"Begin to tell, run {plan.run}")
    return ClaimOnFirstWrite(
        connections.tracker,
        lambda: connections.report_branch.push(
            lambda _tip: taken(plan, this_process()), message, is_run_state, base=base
        ),
    )


def _counts(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """No names in a commit message, only counts."""
    failed, stale = sum(outcome.failed for outcome in outcomes), sum(outcome.stale for outcome in outcomes)
    done = len(outcomes) - failed - stale
    return f"{len(plan.decisions)} targets, {done} done, {failed} failed{f', {stale} stale' if stale else ''}"
