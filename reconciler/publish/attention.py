"""Collects the targets of a run that need manual attention: over a limit, stuck, failing, or not to be seen. PURE.

No clock and no counter of runs is in it: while nothing changes, it says the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.config import Config
from reconciler.model.limit import Excess, LimitKey
from reconciler.model.notice import Plain, PlainData
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import INTENDED_HOLDS, Reason
from reconciler.publish.exemption_reminders import Ending, ending_view, endings
from reconciler.publish.finished_run import FinishedRun
from reconciler.publish.standing_limits import StandingLimit, standing_limit

ITEMS = 20  # reasons of one sort that an issue lists
TARGETS = 50  # of each, likewise: what an issue can hold, however much there is
Limited = tuple[LimitKey, str, str]  # a limit, its action, and the number of its account


@dataclass(frozen=True)
class AttentionItem:
    """Targets of one account ("" for the whole run) that need attention for one and the same reason.

    excess: the limit that holds them, and by how much it is exceeded; since: since when
    """

    why: str
    decisions: tuple[Decision, ...]
    account: str = ""
    excess: Excess | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Attention:
    """over: held by a limit; unseen: by account and reason; held: stuck, given up or restless; failed: in this run.

    taken_back: undone in an emergency, and held; exemptions: those that end soon, have ended, or match nothing
    missing: what is known of lines that the ledger lost
    standing: how long each limit of `over` has held
    """

    over: tuple[AttentionItem, ...] = ()
    unseen: tuple[AttentionItem, ...] = ()
    held: tuple[AttentionItem, ...] = ()
    failed: tuple[AttentionItem, ...] = ()
    taken_back: tuple[AttentionItem, ...] = ()
    exemptions: tuple[Ending, ...] = ()
    standing: tuple[StandingLimit, ...] = ()
    missing: str = ""

    def __bool__(self) -> bool:
        return any((self.over, self.unseen, self.held, self.failed, self.taken_back, self.exemptions, self.missing))


def attention_of(run: FinishedRun) -> Attention:
    """What the run leaves to people."""
    decisions, rails = [row.decision for row in run.rows], run.repository.config.guardrails
    by_limit = _held(decisions)
    limits = [
        standing_limit(excess, by_limit.get(_about(excess), ()), rails, run.histories, run.plan.at)
        for excess in run.exceeded
    ]
    held = [decision for decision in decisions if decision.verdict is Verdict.HELD and not decision.over_limit]
    undone = [decision for decision in held if decision.reason is Reason.TAKEN_BACK]
    others = [decision for decision in held if decision.reason not in {*INTENDED_HOLDS, Reason.TAKEN_BACK}]
    return Attention(
        over=tuple(
            AttentionItem(each.excess.why, tuple(each.held), each.excess.account, each.excess, each.since)
            for each in limits
        ),
        unseen=_grouped((decision, decision.why) for decision in decisions if decision.verdict is Verdict.UNSEEN),
        held=_grouped((decision, decision.why) for decision in others),
        failed=_grouped((row.decision, row.failure) for row in run.rows if row.failure),
        taken_back=_grouped((decision, decision.why) for decision in undone),
        exemptions=endings(run.repository, run.plan.at),
        standing=tuple(limits),
    )


def attention_view(attention: Attention, config: Config) -> PlainData:
    """It for a template: the first items of each list, each with its first targets; `excess` on what a limit holds.

    more: of each list, how many items it leaves out; count: how many targets an item has
    """
    lists = {
        "over": attention.over,
        "unseen": attention.unseen,
        "held": attention.held,
        "failed": attention.failed,
        "taken_back": attention.taken_back,
    }
    return {
        **{name: [_item_view(item, config) for item in found[:ITEMS]] for name, found in lists.items()},
        "missing": attention.missing.splitlines(),
        "exemptions": [ending_view(ending) for ending in attention.exemptions[:TARGETS]],
        "more": {name: max(0, len(found) - ITEMS) for name, found in lists.items()},
        "more_exemptions": max(0, len(attention.exemptions) - TARGETS),
    }


def limits_view(over: Sequence[AttentionItem]) -> list[PlainData]:
    """What a limit holds, for a template that does not name the targets."""
    return [
        {"account": item.account, "excess": _excess_view(item.excess), "since": item.since}
        for item in over
        if item.excess
    ]


def _item_view(item: AttentionItem, config: Config) -> dict[str, Plain]:
    excess = item.excess
    account = config.accounts.get(item.account)
    return {
        "why": item.why,
        "account": item.account,
        "watched": account is not None and not account.enforce,
        "targets": [
            {"target": one.target, "task": one.task, "account": one.account} for one in item.decisions[:TARGETS]
        ],
        "count": len(item.decisions),
        "excess": _excess_view(excess) if excess else None,
        "since": item.since,
    }


def _excess_view(excess: Excess) -> dict[str, Plain]:
    return {
        "action": excess.action,
        "key": excess.key,
        "limit": excess.limit,
        "due": excess.due,
        "done": excess.done,
        "needed": excess.needed,
        "allow": excess.allow,
    }


def _held(decisions: Iterable[Decision]) -> Mapping[Limited, Sequence[Decision]]:
    """What each limit holds: that of an account, or that of the whole run, of which the account is ""."""
    found: dict[Limited, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.limit:
            for account_id in (decision.account_id, ""):
                found[decision.limit, decision.action, account_id].append(decision)
    return found


def _about(excess: Excess) -> Limited:
    return excess.limited, excess.action, excess.account_id


def _grouped(found: Iterable[tuple[Decision, str]]) -> tuple[AttentionItem, ...]:
    """One account that cannot be entered is one item, however many targets it has."""
    alike: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision, why in found:
        alike[decision.account, why].append(decision)
    return tuple(AttentionItem(why, tuple(decisions), account) for (account, why), decisions in sorted(alike.items()))
