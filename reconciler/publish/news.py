"""What a run did and found that is worth a comment: each piece of news with an id, so that it is said once. PURE."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from reconciler.model.ledger import Cause
from reconciler.model.notice import News, NewsItem, Telling
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.publish.finished_run import RowView

OPEN = (Verdict.SCHEDULED, Verdict.READY, Verdict.UNDERWAY, Verdict.HELD, Verdict.REFUSED)

CHANGED = {
    Cause.BROUGHT_FORWARD: News.BROUGHT_FORWARD,
    Cause.POSTPONED: News.POSTPONED,
    Cause.HELD: News.HELD,
    Cause.PAUSED: News.HELD,
    Cause.RELEASED: News.RELEASED,
}


def news_of(row: RowView) -> Iterator[NewsItem]:
    """The news of one target, for its team."""
    decision, history, outcome = row.decision, row.history, row.outcome
    if decision.undo_progress:
        yield from _of_undo(row)
    elif history.pending and outcome:
        if not outcome.stale:  # nothing was sent; what has changed there is news of the next run
            yield from _of_act(row, history.pending.hash)
    elif (intent := history.pending or history.unknown_outcome) and decision.done:
        # A run that was cut short, or got no answer, did it, and may or may not have said so.
        yield _item(News.ACTED, intent.hash, decision.target, decision.does)
    else:
        back = history.settled and decision.verdict in OPEN
        if back:
            yield _item(News.DRIFTED, history.last, decision.target, decision.why)
        if not (back and row.telling and row.telling.cause in (None, Cause.HELD, Cause.PAUSED)):
            yield from _to_come(row)  # otherwise that it is back, and why, says it


def _to_come(row: RowView) -> Iterator[NewsItem]:
    decision, history = row.decision, row.history
    if row.telling:
        yield _told(row, row.telling)
    elif row.lapsed is Cause.REFUSED:
        yield _item(News.REFUSED, history.last, decision.target, decision.why)
    elif row.reminder:
        yield _item(News.REMINDED, row.reminder + decision.target, decision.target, _to_be_done(decision), decision.due)


def _of_act(row: RowView, intent: str) -> Iterator[NewsItem]:
    """`intent`: the hash of the line that intended it."""
    decision, outcome = row.decision, row.outcome
    if outcome and outcome.problem:
        if row.history.settled:
            # What drifts back is due at once, so it is found and acted on in the same run.
            yield _item(News.DRIFTED, intent, decision.target, decision.why)
        yield _item(News.FAILED, intent, decision.target, outcome.problem.message)
    else:
        news = News.REPEATED if row.history.settled else News.ACTED
        by = decision.why if decision.allowed_by else ""
        yield _item(news, intent, decision.target, decision.does, by=by)


def _told(row: RowView, telling: Telling) -> NewsItem:
    """With all that a first notice says: another action, or other options, are another announcement."""
    decision, history = row.decision, row.history
    if telling.cause is None:
        about = decision.task + decision.target + telling.digest + history.last
        return _item(News.NOTICED, about, decision.target, due=telling.due)
    message = decision.why if telling.cause in (Cause.HELD, Cause.PAUSED) else _to_be_done(decision)
    # The ledger's last line, and no date: a date that counts from now is another one in each run.
    return _item(CHANGED[telling.cause], history.last, decision.target, message, telling.due)


def _to_be_done(decision: Decision) -> str:
    """What its calls do, after "Krampus will …"; and what is known to hold them on that date."""
    return f"{decision.does}, but {decision.foreseen}" if decision.held_then else decision.does


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


def _item(  # noqa: PLR0913, PLR0917  all that a piece of news says
    news: News, about: str, target: str, message: str = "", due: datetime | None = None, by: str = ""
) -> NewsItem:
    """`about`: what the news follows from, as the hash of a ledger entry: the same in each run that finds it."""
    id = hashlib.sha256(f"{news}\0{about}".encode()).hexdigest()[:12]
    return NewsItem(id, news, target, message, due, by)
