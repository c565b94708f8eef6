"""Plan and outcomes to issues, ledger and report. It runs even after a broken run, and says what it could not do."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.ledger.chain import append, parse
from reconciler.ledger.entries import afterwards, taken_back
from reconciler.ledger.heartbeat import FILE as HEARTBEAT
from reconciler.ledger.heartbeat import beat
from reconciler.ledger.history import histories, places
from reconciler.ledger.lease import given_back
from reconciler.ledger.record import is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.config import Config
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.publish.attention import attention_of
from reconciler.publish.claim import Claim
from reconciler.publish.connections import Connections
from reconciler.publish.exemption_reminders import owners_issues, reminder_entries
from reconciler.publish.finished_run import finished_run, rows_of
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.news import undo_news
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.report import report_files
from reconciler.publish.sync_issues import comment_undone, sync
from reconciler.publish.task_issues import task_issues
from reconciler.render.escape import commit


def publish(
    repository: Repository, plan: Plan, outcomes: Sequence[Outcome], connections: Connections, claim: Claim
) -> Delivery:
    """Notify the teams, then write down what was done, notified and found. Returns what the tracker answered.

    `claim`: with the branch as the plan knew it, of a run that has recorded nothing. If another run has written since,
    it raises DoorClosed, and this one notifies nobody and writes nothing. What was recorded is completed in any case.
    """
    config, report_branch = repository.config, connections.report_branch()
    entries = parse(report_branch.fetch(is_run_state).files)
    run = finished_run(repository, plan, outcomes, histories(entries))
    attention = attention_of(run, entries)
    notices = [
        *task_issues(run, connections.home),
        operators_issue(config, attention),
        *owners_issues(repository, attention.exemptions, run.histories),
    ]
    tracker, renderer = connections.tracker(), connections.renderer()
    if tracker:
        writer = IssueWriter(tracker, renderer, config.issues.label, claim.take)
        delivery = sync(notices, writer, config, places(entries))
    else:
        delivery = Delivery({key: "the report" for notice in notices if notice.open for key in notice.about})
    added = [
        *afterwards(repository, plan, outcomes, run.histories, delivery.delivered),
        *reminder_entries(plan, attention.exemptions, run.histories, delivery.delivered),
    ]
    report = report_files(run, attention, delivery, renderer)

    def build(snapshot: BranchSnapshot) -> dict[str, bytes]:
        files = {**append(snapshot.files, added), **report, **beat(snapshot.files, plan.at)}
        return files if claim.base else {**files, **given_back(snapshot.files, plan)}

    message = commit(f"Report run {plan.run}: {_counts(plan, outcomes)}")
    report_branch.push(build, message, _is_read, base=claim.base)
    return delivery


def publish_undo(config: Config, plan: Plan, outcomes: Sequence[Outcome], connections: Connections) -> Delivery:
    """Say in the issues and write to the ledger what was undone. The report is left to the next run, which sees all.

    Returns what the tracker answered.
    """
    report_branch = connections.report_branch()
    entries = parse(report_branch.fetch(is_run_state).files)
    before = histories(entries)
    news, tracker = undo_news(rows_of(plan, outcomes, before)), connections.tracker()
    delivery = Delivery()
    if tracker and news:
        writer = IssueWriter(tracker, connections.renderer(), config.issues.label)
        delivery = comment_undone(news, writer, config, places(entries))
    added = taken_back(plan, outcomes, before)
    if added:
        report_branch.push(
            lambda snapshot: {**append(snapshot.files, added), **given_back(snapshot.files, plan)},
            commit(f"Undo, run {plan.run}: {_counts(plan, outcomes)}"),
            is_run_state,
        )
    return delivery


def _is_read(path: str) -> bool:
    return is_run_state(path) or path == HEARTBEAT


def _counts(plan: Plan, outcomes: Sequence[Outcome]) -> str:
    """What a commit message says of a run: counts, and no names."""
    failed, stale = sum(outcome.failed for outcome in outcomes), sum(outcome.stale for outcome in outcomes)
    done = len(outcomes) - failed - stale
    return f"{len(plan.decisions)} targets, {done} done, {failed} failed{f', {stale} stale' if stale else ''}"
