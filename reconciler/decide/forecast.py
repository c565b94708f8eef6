"""What will come on which day, and what will hold it then, if nothing changes until then. PURE.

Nobody knows at which hours runs will be made, so all that is due on a UTC day is taken to meet its limits together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.decide.forecast_days import Fate, Share, play
from reconciler.decide.freezes import PAUSED, Thaws
from reconciler.ledger.read import Counts
from reconciler.model.config import Config
from reconciler.model.forecast import Coming, moment_in_words
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.task import Key

HORIZON = timedelta(days=366)
# What this module says; whatever else holds a decision then, a rule of its own has said.
OURS = (Reason.PAUSED, Reason.FROZEN, Reason.OVER_LIMIT, Reason.OTHER_TASK_FIRST)
PAUSE = f"{PAUSED}, and nothing is done until that ends"
Holds = Mapping[Key, tuple[Reason, str]]  # task and target -> what will hold it, and that in words


@dataclass(frozen=True)
class _Arrival:
    """A target that comes at a moment. thaw: from when no freeze holds it, None if that is not known."""

    decision: Decision
    at: datetime
    thaw: datetime | None


def foresee(
    decisions: Sequence[Decision], config: Config, done: Counts, now: datetime
) -> tuple[list[Decision], tuple[Coming, ...]]:
    """The same decisions with what will hold them when they are due, and what comes on which day of the year ahead.

    Of a decision that a rule of its own will hold, that is said already. `done`: what was intended on the same UTC day.
    """
    arrivals = _arrivals(decisions, Thaws(config.guardrails), now)
    coming = [(max(one.thaw, one.at).date(), one.decision) for one in arrivals if one.thaw]
    held = [decision for decision in decisions if decision.over_limit]
    used = _with_ready(done, decisions)
    fates = list(play(coming, held, config.guardrails, used, Thaws(config.guardrails), now))
    holds = _holds(arrivals, fates, paused=config.paused)
    rows = [*_ruled_out(decisions), *_moved(decisions), *_frozen(arrivals)]
    rows += [_coming(fate) for fate in fates if _is_coming(fate, now, paused=config.paused)]
    if config.paused:
        rows = [_paused(row) for row in rows]
    rows.sort(key=lambda row: (row.day, row.account, row.action, row.held or ""))
    return [_foreseen(decision, holds) for decision in decisions], tuple(rows)


def _arrivals(decisions: Iterable[Decision], thaws: Thaws, now: datetime) -> list[_Arrival]:
    """What comes within the year, in the order of time."""
    found = [(at, decision) for decision in decisions if (at := _comes(decision, now)) and at <= now + HORIZON]
    found.sort(key=lambda each: each[0])
    return [_Arrival(decision, at, thaws.after(decision.severity, at)) for at, decision in found]


def _comes(decision: Decision, now: datetime) -> datetime | None:
    """When a target is due, or would be but for a freeze or the pause; None if that is not known."""
    if decision.verdict is Verdict.SCHEDULED and (not decision.held_then or decision.held_then in OURS):
        return decision.due
    if decision.undo_progress:
        return None  # it is bounded by nothing
    return now if decision.reason in (Reason.FROZEN, Reason.PAUSED, Reason.OTHER_TASK_FIRST) else None


def _with_ready(done: Counts, decisions: Iterable[Decision]) -> Counts:
    """What is used of this day's limits once what is due now is done too."""
    used = defaultdict(set, {share: set(keys) for share, keys in done.items()})
    for decision in decisions:
        if decision.verdict is Verdict.READY and not decision.undo_progress:
            used[decision.action, decision.account_id].add(decision.key)
    return used


def _holds(arrivals: Iterable[_Arrival], fates: Iterable[Fate], *, paused: bool) -> Holds:
    """What holds each target first, and all that holds it in words."""
    limits = {
        decision.key: (Reason.OTHER_TASK_FIRST if fate.first else Reason.OVER_LIMIT, fate.says)
        for fate in fates
        if fate.says
        for decision in fate.came
    }
    return {
        one.decision.key: (found[0][0], "; ".join(says for _, says in found))
        for one in arrivals
        if (found := list(_in_turn(one, limits, paused=paused)))
    }


def _in_turn(one: _Arrival, limits: Holds, *, paused: bool) -> Iterator[tuple[Reason, str]]:
    waits = one.decision.verdict is Verdict.SCHEDULED  # of another, what holds it now is said already
    if paused and waits:
        yield Reason.PAUSED, PAUSE
    elif one.thaw != one.at and waits:
        yield Reason.FROZEN, _until("it", one.thaw)
    if limit := limits.get(one.decision.key):
        yield limit if not paused else (limit[0], f"if that ends before, {limit[1]}")


def _foreseen(decision: Decision, holds: Holds) -> Decision:
    held_then, says = holds.get(decision.key, (None, ""))
    if decision.held_then is held_then and decision.foreseen == says:
        return decision
    if not held_then and decision.held_then not in OURS:
        return decision
    return decision.model_copy(update={"held_then": held_then, "foreseen": says})


def _is_coming(fate: Fate, now: datetime, *, paused: bool) -> bool:
    """Not if all of it is held already, and stays so: it would be said of each day anew."""
    known = all(decision.verdict is not Verdict.SCHEDULED for decision in fate.came)
    return not (known and (paused or (fate.first and fate.day == now.date())))


def _coming(fate: Fate) -> Coming:
    action, account_id = fate.share
    held = Reason.OTHER_TASK_FIRST if fate.first else Reason.OVER_LIMIT if fate.excess else None
    return Coming(
        day=fate.day,
        action=action,
        account=fate.account,
        account_id=account_id,
        due=len(fate.came),
        tasks=_tasks(fate.came),
        waiting=fate.waiting,
        held=held,
        excess=fate.excess,
        says=fate.says,
    )


def _frozen(arrivals: Iterable[_Arrival]) -> Iterator[Coming]:
    """What is due on a day on which a freeze holds it; if it is let go on the same day, nothing is said."""
    found: dict[tuple[date, Share, datetime | None], list[Decision]] = defaultdict(list)
    for one in arrivals:
        if one.decision.verdict is Verdict.SCHEDULED and (not one.thaw or one.thaw.date() > one.at.date()):
            found[one.at.date(), (one.decision.action, one.decision.account_id), one.thaw].append(one.decision)
    for (day, share, thaw), decisions in found.items():
        yield _row(day, share, decisions, Reason.FROZEN, _until("them", thaw)).model_copy(update={"until": thaw})


def _moved(decisions: Iterable[Decision]) -> Iterator[Coming]:
    """What would be due on a day but for a freeze that moves its date to another."""
    found: dict[tuple[date, Share, datetime], list[Decision]] = defaultdict(list)
    for decision in decisions:
        begin, due = decision.frozen_from, decision.due
        if begin and due and begin.date() < due.date():
            found[begin.date(), (decision.action, decision.account_id), due].append(decision)
    for (day, share, due), alike in found.items():
        yield _row(day, share, alike, Reason.FROZEN, _until("them", due)).model_copy(update={"until": due})


def _ruled_out(decisions: Iterable[Decision]) -> Iterator[Coming]:
    """What a rule of its own will hold when it is due."""
    found: dict[tuple[date, Share, Reason, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.held_then and decision.held_then not in OURS and decision.due:
            share = (decision.action, decision.account_id)
            found[decision.due.date(), share, decision.held_then, decision.foreseen].append(decision)
    for (day, share, reason, says), alike in found.items():
        yield _row(day, share, alike, reason, says)


def _row(day: date, share: Share, decisions: Sequence[Decision], held: Reason, says: str) -> Coming:
    action, account_id = share
    return Coming(
        day=day,
        action=action,
        account=decisions[0].account,
        account_id=account_id,
        due=len(decisions),
        tasks=_tasks(decisions),
        held=held,
        says=says,
    )


def _tasks(decisions: Iterable[Decision]) -> dict[str, int]:
    return dict(sorted(Counter(decision.task for decision in decisions).items()))


def _paused(row: Coming) -> Coming:
    """The same if Krampus is still paused on that day."""
    says = f"{PAUSE}; if that ends before, {row.says}" if row.excess else PAUSE
    return row.model_copy(update={"held": Reason.PAUSED, "says": says})


def _until(whom: str, thaw: datetime | None) -> str:
    return f"a freeze will hold {whom} then{f', until {moment_in_words(thaw)}' if thaw else ''}"
