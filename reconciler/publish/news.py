"""What a run did and found that is worth a comment: each piece of news with an id, so that it is said once. PURE."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

from reconciler.model.notice import News, NewsItem
from reconciler.model.plan import UndoProgress, Verdict
from reconciler.model.task import Order
from reconciler.publish.finished_run import RowView

OPEN = (Verdict.SCHEDULED, Verdict.READY, Verdict.UNDERWAY, Verdict.HELD, Verdict.REFUSED)


def news_of(row: RowView, order: Order | None) -> Iterator[NewsItem]:
    """The news of one target, for its team. `order`: the one of which this run notifies the team, None if of none."""
    decision, history, outcome = row.decision, row.history, row.outcome
    if decision.undo_progress:
        yield from _of_undo(row)
    elif history.pending and outcome:
        if outcome.stale:
            return  # nothing was sent; what has changed there is news of the next run
        if history.settled:
            # What drifts back is due at once, so it is found and acted on in the same run.
            yield _item(News.DRIFTED, history.pending.hash, decision.target, decision.why)
        if outcome.problem:
            yield _item(News.FAILED, history.pending.hash, decision.target, outcome.problem.message)
        else:
            yield _item(News.ACTED, history.pending.hash, decision.target, decision.does)
    elif (intent := history.pending or history.unknown_outcome) and decision.done:
        # A run that was cut short, or got no answer, did it, and may or may not have said so.
        yield _item(News.ACTED, intent.hash, decision.target, decision.does)
    elif history.settled and decision.verdict in OPEN:
        yield _item(News.DRIFTED, history.last, decision.target, decision.why)
    elif order:
        # With what the team is told: another action, or other options, are another announcement.
        about = decision.task + decision.target + order.notice + history.last
        yield _item(News.NOTICED, about, decision.target)


def undo_news(rows: Iterable[RowView]) -> dict[str, list[NewsItem]]:
    """By task id: what is worth a comment of an undo, whether the task is still there or not."""
    news: dict[str, list[NewsItem]] = defaultdict(list)
    for row in rows:
        news[row.decision.task].extend(_of_undo(row))
    return {task: items for task, items in news.items() if items}


def _of_undo(row: RowView) -> Iterator[NewsItem]:
    decision, pending = row.decision, row.history.pending
    if pending is None or (row.outcome and row.outcome.stale):
        return  # nothing was sent
    if row.outcome and row.outcome.problem:
        yield _item(News.FAILED, pending.hash, decision.target, row.outcome.problem.message)
    elif row.outcome and decision.undo_progress is UndoProgress.COMPLETE:
        yield _item(News.RESTORED, pending.hash, decision.target, decision.why)
    elif pending.undo and decision.undo_progress is UndoProgress.ALREADY_UNDONE:
        # A run that was cut short did it, and may or may not have said so.
        yield _item(News.RESTORED, pending.hash, decision.target, pending.detail)


def _item(news: News, about: str, target: str, message: str = "") -> NewsItem:
    """`about`: what the news follows from, as the hash of a ledger entry: the same in each run that finds it."""
    return NewsItem(hashlib.sha256(f"{news}\0{about}".encode()).hexdigest()[:12], news, target, message)
