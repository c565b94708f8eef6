"""Which issues should stand, and what changes that takes. PURE."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from reconciler.ledger.entries import awaiting_notice
from reconciler.model.issue import issue_key
from reconciler.model.ledger import Histories, History
from reconciler.model.notice import Item, News, Notice, Row
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, UndoProgress, Verdict
from reconciler.model.repository import Repository
from reconciler.model.target import Arn
from reconciler.model.task import Task
from reconciler.publish.aws_cli import manual_commands
from reconciler.publish.exemption_draft import free_name, last_day
from reconciler.resources.catalog import KINDS

OPEN = (Verdict.SCHEDULED, Verdict.READY, Verdict.UNDERWAY, Verdict.HELD, Verdict.REFUSED)


def desired_notices(repository: Repository, plan: Plan, outcomes: Iterable[Outcome], told: Histories) -> list[Notice]:
    """One notice for each task and team that has targets in enforced accounts; watched ones are reported only."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    fresh = awaiting_notice(repository, plan, told)
    groups: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for one in plan.decisions:
        if repository.config.accounts[one.account].enforce and one.task in repository.tasks:
            groups[one.task, one.team].append(one)
    notices = []
    for (task, team), decisions in sorted(groups.items()):
        rows = tuple(
            sorted((_row(repository, one, by_key.get(one.key)) for one in decisions), key=lambda row: row.settled)
        )
        news = tuple(_news(decisions, by_key, told, set(fresh)))
        notices.append(_notice(repository, (task, team), rows, news, plan.at))
    return notices


def undo_news(plan: Plan, outcomes: Iterable[Outcome], told: Histories) -> dict[str, list[Item]]:
    """By task: what is worth a comment of an undo, whether the task is still there or not."""
    by_key = {outcome.key: outcome for outcome in outcomes}
    news: dict[str, list[Item]] = defaultdict(list)
    for one in plan.decisions:
        news[one.task].extend(_restored(one, told.get(one.key, History()), by_key.get(one.key)))
    return {task: items for task, items in news.items() if items}


def _notice(
    repository: Repository, about: tuple[str, str], rows: tuple[Row, ...], news: tuple[Item, ...], now: datetime
) -> Notice:
    task, team = about
    content: Task = repository.tasks[task]
    config = repository.config
    home = config.teams[team]
    order = next(order for order in repository.orders if order.task == task)
    return Notice(
        key=issue_key(config.installation, task, team, home.home),
        repository=home.home,
        team=team,
        mention=home.mention or "",
        task=task,
        title=content.title,
        reason=content.reason,
        action=content.action,
        severity=content.severity,
        finding=content.finding or "",
        file=order.file,
        options=", ".join(f"{name}: {value}" for name, value in content.options.items()),
        rows=rows,
        open=_open(rows),
        author=repository.authors.get(order.file, ""),
        exemption=free_name(task, repository.exemptions),
        until=last_day(rows, order.grace, config.guardrails, now),
        news=news,
        labels=(config.issues.label, f"severity:{content.severity}"),
    )


def _open(rows: Sequence[Row]) -> bool | None:
    if any(row.verdict in OPEN for row in rows):
        return True
    # Absence of evidence closes nothing.
    return None if any(row.verdict is Verdict.UNSEEN for row in rows) else False


def _row(repository: Repository, one: Decision, outcome: Outcome | None) -> Row:
    kind = KINDS[one.kind]
    done = outcome is not None and outcome.problem is None
    return Row(
        target=one.target,
        account=f"{one.account} ({repository.config.accounts[one.account].id})",
        region=one.region,
        kind=one.kind,
        title=kind.title,
        name=Arn.parse(one.target).name,
        # What is taken back is exempt from now on: nothing is left that its team should do.
        verdict=Verdict.EXEMPT if done and one.undo_progress is UndoProgress.COMPLETE else one.verdict,
        why=one.why,
        due=one.due,
        does="take back what it did" if one.undo_progress else kind.verbs[one.action].does,
        undoable=bool(one.calls) and all(call.undo is not None for call in one.calls),
        display_name=one.display_name,
        commands=() if one.undo_progress else manual_commands(one),
        acted=done,
        problem=outcome.problem.message if outcome and outcome.problem and outcome.failed else "",
        left=outcome.problem.message if outcome and outcome.problem and outcome.stale else "",
    )


def _news(
    decisions: Sequence[Decision],
    outcomes: Mapping[tuple[str, str], Outcome],
    told: Histories,
    fresh: set[tuple[str, str]],
) -> Iterator[Item]:
    for one in decisions:
        history, outcome = told.get(one.key, History()), outcomes.get(one.key)
        if one.undo_progress:
            yield from _restored(one, history, outcome)
        elif history.pending and outcome:
            if outcome.stale:
                continue  # nothing was done; what is the matter with it is news of the next run
            if history.settled:
                # What drifts back is due at once, so that it is found and set about in the same run.
                yield Item(_id(News.DRIFTED, history.pending.hash), News.DRIFTED, one.target, one.why)
            event = News.FAILED if outcome.problem else News.ACTED
            says = outcome.problem.message if outcome.problem else KINDS[one.kind].verbs[one.action].does
            yield Item(_id(event, history.pending.hash), event, one.target, says)
        elif (made := history.pending or history.unknown_outcome) and one.done:
            # A run that was cut short, or got no answer, did it, and may or may not have said so.
            yield Item(_id(News.ACTED, made.hash), News.ACTED, one.target, KINDS[one.kind].verbs[one.action].does)
        elif history.settled and one.verdict in OPEN:
            yield Item(_id(News.DRIFTED, history.last), News.DRIFTED, one.target, one.why)
        elif one.key in fresh:
            yield Item(_id(News.TOLD, one.task + one.target + history.last), News.TOLD, one.target)


def _restored(one: Decision, history: History, outcome: Outcome | None) -> Iterator[Item]:
    if history.pending and outcome and outcome.problem:
        yield Item(_id(News.FAILED, history.pending.hash), News.FAILED, one.target, outcome.problem.message)
    elif history.pending and outcome and one.undo_progress is UndoProgress.COMPLETE:
        yield Item(_id(News.RESTORED, history.pending.hash), News.RESTORED, one.target, one.why)
    elif history.pending and history.pending.undo and one.undo_progress is UndoProgress.ALREADY_UNDONE:
        # A run that was cut short did it, and may or may not have said so.
        yield Item(_id(News.RESTORED, history.pending.hash), News.RESTORED, one.target, history.pending.detail)


def _id(news: News, about: str) -> str:
    return hashlib.sha256(f"{news}\0{about}".encode()).hexdigest()[:12]
