"""Plan and outcomes to issues, ledger and report. It runs even after a broken run, and says what it could not do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.errors import DoorClosed, OtherRun, TrackerRefused
from reconciler.ledger.claim import Claim
from reconciler.ledger.entries import after_run, after_undo, reminded
from reconciler.model.ledger import Event
from reconciler.model.notice import Delivery
from reconciler.publish.attention import Attention, attention_of
from reconciler.publish.connections import Connections
from reconciler.publish.exemption_reminders import owners_issues, reminder_entries
from reconciler.publish.finished_run import FinishedRun
from reconciler.publish.issue_writer import IssueWriter
from reconciler.publish.news import undo_news
from reconciler.publish.operators_issue import operators_issue
from reconciler.publish.report import report_files
from reconciler.publish.standing_limits import standing_entries
from reconciler.publish.sync_issues import comment_undone, sync
from reconciler.publish.task_issues import task_issues, untold
from reconciler.publish.written import write

ENDS = (Event.SETTLED, Event.EXEMPTED)


def publish(run: FinishedRun, connections: Connections, claim: Claim) -> Delivery:
    """Notify the teams, then write down what was done, notified and found. Returns what the tracker answered.

    `claim`: with the branch as the plan knew it, of a run that has recorded nothing. If another run has written since,
    it raises DoorClosed, and this one notifies nobody and writes nothing. What was recorded is completed in any case,
    whatever becomes of issues and report: what was done to AWS must not be forgotten.
    """
    attention = attention_of(run)
    delivery, report, finished = Delivery(), dict[str, bytes](), False
    unwritten: list[str] = []
    try:
        delivery = _delivered(lambda: _notify(run, attention, connections, claim), claim)
        delivery = replace(delivery, refused=(*delivery.refused, *untold(run)), at=connections.clock())
        report = report_files(run, attention, delivery, connections.renderer())
        finished = True
    finally:
        if finished or not claim.base:
            unwritten = _write(run, attention, delivery, report, claim)
    return replace(delivery, refused=(*delivery.refused, *unwritten))


def publish_undo(run: FinishedRun, connections: Connections, claim: Claim) -> Delivery:
    """Say in the issues and write to the ledger what was undone. The report is left to the next run, which sees all.

    Returns what the tracker answered. `claim`, and DoorClosed, as for `publish`: what another run has intended since is
    that run's to complete.
    """
    plan, ledger = run.plan, run.ledger
    delivery, finished, unwritten = Delivery(), False, list[str]()
    try:
        delivery = _delivered(lambda: _say_undone(run, connections, claim), claim)
        finished = True
    finally:
        added = after_undo(plan, run.outcomes, ledger.histories)
        if added and (finished or not claim.base):
            unwritten = write(ledger, added, {}, claim, f"Undo, run {plan.run}: {_counts(run)}")
    return replace(delivery, refused=(*delivery.refused, *unwritten))


def _delivered(notify: Callable[[], Delivery], claim: Claim) -> Delivery:
    """What the tracker answered; of a run that has recorded its plan, also that it could not be asked at all."""
    try:
        return notify()
    except OtherRun:
        raise  # before the first word was written
    except (DoorClosed, TrackerRefused) as refused:
        if claim.base:
            raise DoorClosed(str(refused)) from refused
        return Delivery(refused=(f"no issue was written: {refused}",))


def _notify(run: FinishedRun, attention: Attention, connections: Connections, claim: Claim) -> Delivery:
    config, ledger = run.repository.config, run.ledger
    notices = [
        *task_issues(run, connections.home),
        *owners_issues(run.repository, attention.exemptions, ledger.histories),
    ]
    tracker = connections.tracker()
    if not tracker:
        shown = (*notices, operators_issue(config, attention))
        return Delivery({key: "the report" for notice in shown if notice.open for key in notice.about})
    written = after_run(run.plan, run.outcomes, ledger.histories, {}, {}, Delivery())
    ended = {entry.key for entry in written if entry.event in ENDS}
    writer = IssueWriter(tracker, connections.renderer(), config.issues.label, claim.take)
    return sync(notices, writer, config, ledger.links, ended, lambda behind: operators_issue(config, attention, behind))


def _say_undone(run: FinishedRun, connections: Connections, claim: Claim) -> Delivery:
    config, news, tracker = run.repository.config, undo_news(run.rows), connections.tracker()
    if not (tracker and news):
        return Delivery()
    writer = IssueWriter(tracker, connections.renderer(), config.issues.label, claim.take)
    return comment_undone(news, writer, config, run.ledger.links)


def _write(
    run: FinishedRun, attention: Attention, delivery: Delivery, report: Mapping[str, bytes], claim: Claim
) -> list[str]:
    """Ledger, heartbeat and report; returns what was refused. `report`: empty if none could be made: the old stays."""
    plan, ledger = run.plan, run.ledger
    added = [
        *after_run(plan, run.outcomes, ledger.histories, run.tellings, run.lapses, delivery),
        *reminded(plan, run.reminders, delivery),
        *reminder_entries(plan, attention.exemptions, ledger.histories, delivery.delivered),
        *standing_entries(plan, attention.standing, ledger.histories, delivery.delivered),
    ]
    return write(ledger, added, report, claim, f"Report run {plan.run}: {_counts(run)}")


def _counts(run: FinishedRun) -> str:
    """What a commit message says of a run: counts, and no names."""
    failed, stale = sum(outcome.failed for outcome in run.outcomes), sum(outcome.stale for outcome in run.outcomes)
    done = len(run.outcomes) - failed - stale
    return f"{len(run.plan.decisions)} targets, {done} done, {failed} failed{f', {stale} stale' if stale else ''}"
