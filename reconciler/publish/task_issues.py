"""The issues of the tasks: one for each task and team, with all targets that the team has in it. PURE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict

from reconciler.model.config import Config
from reconciler.model.issue import issue_key
from reconciler.model.notice import News, Notice, Plain, PlainData
from reconciler.model.plan import Verdict
from reconciler.model.repository import Repository
from reconciler.model.repository_url import RepositoryUrl
from reconciler.model.task import Order
from reconciler.publish.aws_cli import manual_commands
from reconciler.publish.exemption_draft import ExemptionTerms, exemption_draft, free_name, last_day
from reconciler.publish.finished_run import FinishedRun, RowView
from reconciler.publish.news import OPEN, news_of
from reconciler.publish.views import decision_view
from reconciler.render.links import to_file

URGENT = (News.ACTED, News.REPEATED, News.FAILED, News.DRIFTED, News.RESTORED, News.HELD)


def task_issues(run: FinishedRun, home: RepositoryUrl) -> list[Notice]:
    """One notice for each task and team that has targets in enforced accounts; watched ones are reported only.

    `home`: where the links in it lead.
    """
    repository = run.repository
    orders = {order.task: order for order in reversed(repository.orders)}
    groups: dict[tuple[str, str], list[RowView]] = defaultdict(list)
    for row in run.rows:
        if _is_told(row, repository.config) and not _gone(row, repository, orders):
            groups[row.decision.task, row.decision.team].append(row)
    return [
        _issue(run, orders[task], team, sorted(rows, key=lambda row: row.settled), home)
        for (task, team), rows in sorted(groups.items())
    ]


def untold(run: FinishedRun) -> list[str]:
    """Of what calls were sent for although its task or its team has been removed since: that nobody is told there."""
    tasks = {order.task for order in run.repository.orders}
    return [
        f"{row.decision.target}: {gone}, so no team was told what was done to it"
        for row in run.rows
        if row.outcome and not row.outcome.stale and (gone := _gone(row, run.repository, tasks))
    ]


def _is_told(row: RowView, config: Config) -> bool:
    """Whether its account is enforced; what was acted on was, even if the account has been removed since."""
    account = config.accounts.get(row.decision.account)
    return account.enforce if account else row.outcome is not None


def _gone(row: RowView, repository: Repository, tasks: Collection[str]) -> str:
    """What of it has been removed since the plan was made, "" if nothing. `tasks`: those that order anything."""
    if row.decision.task not in tasks or row.decision.task not in repository.tasks:
        return f"the task '{row.decision.task}' has been removed"
    return "" if row.decision.team in repository.config.teams else f"the team '{row.decision.team}' has been removed"


def _issue(run: FinishedRun, order: Order, team: str, rows: Sequence[RowView], home: RepositoryUrl) -> Notice:
    task, config = run.repository.tasks[order.task], run.repository.config
    where = config.teams[team]
    news = tuple(item for row in rows for item in news_of(row))
    return Notice(
        key=issue_key(config.installation, order.task, team, where.home),
        repository=where.home,
        mention=where.mention or "",
        title=task.title,
        template="issue.md.j2",
        content=_content(run, order, team, rows, home),
        open=_open(rows),
        labels=(config.issues.label, f"severity:{task.severity}"),
        news=news,
        about=tuple(row.key for row in rows),
        urgent=any(item.news in URGENT for item in news),
        due=min((row.decision.due for row in rows if row.decision.due), default=None),
        severity=task.severity,
    )


def _content(run: FinishedRun, order: Order, team: str, rows: Sequence[RowView], home: RepositoryUrl) -> PlainData:
    repository, task = run.repository, run.repository.tasks[order.task]
    report = repository.config.report
    expires = last_day((row.decision.due for row in rows), order.grace, repository.config.guardrails, run.plan.at)
    terms = ExemptionTerms(free_name(order.task, repository.exemptions), team, order.task, expires)
    exemption = exemption_draft([row.decision.target for row in rows if not row.settled], terms, home)
    return {
        "task": {
            "file": order.file,
            "link": to_file(home, order.file),
            "reason": task.reason,
            "action": task.action,
            "severity": task.severity,
            "finding": task.finding or "",
            "options": ", ".join(f"{name}: {value}" for name, value in task.options.items()),
            "author": repository.authors.get(order.file, ""),
        },
        "undoable": _undoable(rows),
        "rows": [_row(row) for row in rows],
        "exemption": asdict(exemption) if exemption else None,
        "report": to_file(home, f"{report.prefix}README.md", report.branch),
    }


def _open(rows: Sequence[RowView]) -> bool | None:
    if any(row.verdict in OPEN for row in rows):
        return True
    # Absence of evidence closes nothing.
    return None if any(row.verdict is Verdict.UNSEEN for row in rows) else False


def _undoable(rows: Sequence[RowView]) -> str:
    """How much of what is still to be done can be undone: `all`, `some` or `none` of it; "" if nothing is."""
    coming = [row.decision for row in rows if row.decision.calls and not (row.settled or row.decision.undo_progress)]
    undoable = {decision.undoable for decision in coming}
    return "some" if len(undoable) > 1 else "all" if True in undoable else "none" if undoable else ""


def _row(row: RowView) -> dict[str, Plain]:
    decision = row.decision
    return decision_view(decision) | {
        "account": f"{decision.account} ({decision.account_id})",
        "verdict": row.verdict.value,
        "settled": row.settled,
        "commands": manual_commands(decision),
        "sent": row.sent,
        "failure": row.failure,
        "skipped": row.skipped,
    }
