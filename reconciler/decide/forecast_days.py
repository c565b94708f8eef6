"""The limits on coming days: day by day, who is due with whom, and what is then too much. PURE.

It goes by numbers, not by sets of targets, so that a day costs no more than its own targets and the accounts that wait;
tests/laws/test_forecast.py holds it against the limits themselves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from reconciler.decide.freezes import Thaws
from reconciler.decide.limits import ACTIONS
from reconciler.ledger.read import Counts
from reconciler.model.config import Guardrails
from reconciler.model.forecast import too_many
from reconciler.model.limit import Excess, LimitKey
from reconciler.model.plan import Decision
from reconciler.model.task import Action, Key, Severity

Share = tuple[Action, str]  # what a limit of an account counts: an action, and the account's number
DAY = timedelta(days=1)
NOBODY: Counts = {}


@dataclass(frozen=True)
class Fate:
    """What becomes on one day of what comes for one action in one account.

    account: its name; came: what comes on that day
    waiting: how many come with it that a limit has held since earlier days
    excess: the limit that holds them, None if they are done; first: the task that goes first on their targets and is
    held, "" if there is none; says: either in words
    """

    day: date
    share: Share
    account: str
    came: Sequence[Decision] = ()
    waiting: int = 0
    excess: Excess | None = None
    first: str = ""
    says: str = ""

    @property
    def done(self) -> bool:
        """Whether they are done on that day."""
        return not (self.excess or self.first)


@dataclass
class _Queue:
    """Who waits, by share and severity; only one task for each target, as the limits see it, and the others behind it.

    names: of the accounts, by number
    behind: by account and target, the task that goes first and those behind it
    coming: by day who comes; freed: those before whom nobody is any more
    """

    shares: dict[Share, dict[Severity, dict[Key, Decision]]] = field(default_factory=dict)
    first: dict[tuple[str, str], Decision] = field(default_factory=dict)
    behind: dict[tuple[str, str], list[Decision]] = field(default_factory=lambda: defaultdict(list))
    coming: dict[date, list[Decision]] = field(default_factory=lambda: defaultdict(list))
    freed: list[Decision] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def join(self, decision: Decision) -> None:
        """Let it wait, or wait behind the task that goes first on its target: the reversible one, as `limits` says."""
        place = (decision.account_id, decision.target)
        self.names[decision.account_id] = decision.account
        leader = self.first.setdefault(place, decision)
        if leader is not decision and _rank(leader) <= _rank(decision):
            self.behind[place].append(decision)
            return
        if leader is not decision:
            self._of(leader).pop(leader.key)
            self.behind[place].append(leader)
            self.first[place] = decision
        self._of(decision)[decision.key] = decision

    def due(self, severities: Set[Severity]) -> dict[Share, int]:
        """How many of each share no freeze holds; shares without any are missing."""
        numbers = {
            share: sum(len(found) for severity, found in waiting.items() if severity in severities)
            for share, waiting in self.shares.items()
        }
        return {share: number for share, number in numbers.items() if number}

    def leave(self, share: Share, severities: Set[Severity]) -> None:
        """They are done."""
        waiting = self.shares[share]
        for severity in [severity for severity in waiting if severity in severities]:
            for decision in waiting.pop(severity).values():
                place = (decision.account_id, decision.target)
                del self.first[place]
                self.freed += self.behind.pop(place, ())
        if not waiting:
            del self.shares[share]

    def released(self) -> list[Decision]:
        """Those before whom nobody is any more; they come anew. Each is given once."""
        freed, self.freed = self.freed, []
        return freed

    def _of(self, decision: Decision) -> dict[Key, Decision]:
        share = self.shares.setdefault((decision.action, decision.account_id), {})
        return share.setdefault(decision.severity, {})


def play(  # noqa: PLR0913, PLR0917  all that the limits of a day go by
    arrivals: Iterable[tuple[date, Decision]],
    waiting: Iterable[Decision],
    guardrails: Guardrails,
    done: Counts,
    thaws: Thaws,
    now: datetime,
) -> Iterator[Fate]:
    """What becomes of all that comes, in the order of the days; and of what waits, if it is let go.

    arrivals: with the day on which each is due and no freeze holds it; waiting: what a limit holds now
    done: what was intended, or is to be done now, on this UTC day
    """
    queue, today = _Queue(), now.date()
    for decision in waiting:
        queue.join(decision)
    for day, decision in arrivals:
        queue.coming[day].append(decision)
    day, tried = today, frozenset[frozenset[Severity]]()
    # The day after this one, what was done today counts no more.
    while queue.coming or (queue.shares and day <= today + DAY):
        came = sorted(queue.coming.pop(day, ()), key=_rank)
        for decision in came:
            queue.join(decision)
        open_on = thaws.open_on(day, now) if queue.shares else frozenset()
        if came or (open_on and open_on not in tried):
            used = done if day == today else NOBODY
            fates = list(_met(queue, came, open_on, day, guardrails, used))
            yield from fates
            tried = frozenset() if came or any(fate.done for fate in fates) else tried
            tried |= frozenset() if used else {open_on}
            for decision in queue.released():
                if thaw := thaws.after(decision.severity, datetime.combine(day + DAY, time(), tzinfo=UTC)):
                    queue.coming[thaw.date()].append(decision)
        day += DAY


def _met(  # noqa: PLR0913, PLR0917  likewise
    queue: _Queue,
    came: Iterable[Decision],
    open_on: frozenset[Severity],
    day: date,
    guardrails: Guardrails,
    done: Counts,
) -> Iterator[Fate]:
    due = queue.due(open_on)
    over = _over(due, queue.names, guardrails, _used(queue, due, open_on, done))
    here: dict[Share, list[Decision]] = defaultdict(list)
    behind: dict[tuple[Share, str], list[Decision]] = defaultdict(list)
    for decision in came:
        leader = queue.first[decision.account_id, decision.target]
        share = (decision.action, decision.account_id)
        (here[share] if leader is decision else behind[share, leader.task]).append(decision)
    said = _said(day, over, here)
    for share, number in due.items():
        excess, new = over.get(share), tuple(here[share])
        if not excess:
            queue.leave(share, open_on)
        if new or not excess:
            says = said[excess.action, excess.account_id] if excess else ""
            yield Fate(day, share, queue.names[share[1]], new, number - len(new), excess, says=says)
    for (share, task), decisions in behind.items():
        # Of those whose leader is done on this day, the next day tells.
        if held := tuple(decision for decision in decisions if (decision.account_id, decision.target) in queue.first):
            yield Fate(
                day,
                share,
                queue.names[share[1]],
                held,
                first=task,
                says=f"the task {task} goes first there, and will be held",
            )


def _said(day: date, over: Mapping[Share, Excess], here: Mapping[Share, Sequence[Decision]]) -> dict[Share, str]:
    """What is told of each limit by action and account, "" for the whole run: one sentence for all that it holds."""
    tasks: dict[Share, Counter[str]] = defaultdict(Counter)
    for share, excess in over.items():
        tasks[excess.action, excess.account_id].update(decision.task for decision in here.get(share, ()))
    excesses = {(excess.action, excess.account_id): excess for excess in over.values()}
    return {
        scope: too_many(day, excess, tasks[scope], excess.due - tasks[scope].total())
        for scope, excess in excesses.items()
        if tasks[scope]
    }


def _used(
    queue: _Queue, due: Mapping[Share, int], open_on: Set[Severity], done: Counts
) -> dict[Share, tuple[int, int]]:
    """Of what was done on the day, how many of each share: in all, and without those that are due again."""
    found = {}
    for share, keys in done.items():
        waiting = queue.shares.get(share, {}) if share in due else {}
        again = {key for severity, decisions in waiting.items() if severity in open_on for key in decisions}
        found[share] = (len(keys), len(keys - again))
    return found


def _over(
    due: Mapping[Share, int], names: Mapping[str, str], rails: Guardrails, used: Mapping[Share, tuple[int, int]]
) -> dict[Share, Excess]:
    """Share -> the limit that holds it: its account's own, or else that of all that is left together."""
    over: dict[Share, Excess] = {}
    for share, number in due.items():
        action, account = share
        excess = _excess(action, account, rails.per_account.of(action), number, used.get(share, (0, 0))[1])
        over |= {share: excess.model_copy(update={"account": names[account]})} if excess else {}
    for action in ACTIONS:
        rest = [share for share in due if share[0] == action and share not in over]
        done = sum(used[share][share in rest] for share in used if share[0] == action)
        total = _excess(action, "", rails.per_run.of(action), sum(due[share] for share in rest), done)
        over |= dict.fromkeys(rest, total) if total else {}
    return over


def _excess(action: Action, account_id: str, limit: int, due: int, done: int) -> Excess | None:
    if not due or due + done <= limit:
        return None
    limited = LimitKey.PER_ACCOUNT if account_id else LimitKey.PER_RUN
    return Excess(
        action=action,
        limited=limited,
        account="",
        account_id=account_id,
        limit=limit,
        due=due,
        done=done,
        allow=due + done,
    )


def _rank(decision: Decision) -> tuple[Action, str, str, str]:
    return decision.action, decision.task, decision.account_id, decision.target
