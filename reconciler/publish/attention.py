"""What of a run needs a person: held by a limit, stuck, failing, or not to be seen. PURE.

No clock and no counter of runs is in it: while nothing changes, it says the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.decide.limits import Excess, excesses
from reconciler.model.ledger import Entry
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict
from reconciler.model.reason import INTENDED_HOLDS
from reconciler.model.repository import Repository
from reconciler.model.sighting import Trouble
from reconciler.publish.exemption_reminders import Ending, endings


@dataclass(frozen=True)
class AttentionItem:
    """Targets that need a person for one and the same reason; a way out if there is one to offer."""

    why: str
    decisions: tuple[Decision, ...]
    account: str = ""
    excess: Excess | None = None


@dataclass(frozen=True)
class Attention:
    """over: held by a limit; unseen: by account and reason; held: stuck, given up or restless; failed: in this run.

    exemptions: those that end soon, have ended, or match nothing
    """

    over: tuple[AttentionItem, ...] = ()
    unseen: tuple[AttentionItem, ...] = ()
    held: tuple[AttentionItem, ...] = ()
    failed: tuple[AttentionItem, ...] = ()
    exemptions: tuple[Ending, ...] = ()

    def __bool__(self) -> bool:
        return any((self.over, self.unseen, self.held, self.failed, self.exemptions))


def attention_of(
    repository: Repository, plan: Plan, outcomes: Iterable[Outcome], entries: Sequence[Entry]
) -> Attention:
    """What the run leaves to a person. `entries`: the whole ledger, for what was done on the same day."""
    config = repository.config
    failures = {outcome.key: says for outcome in outcomes if (says := _failure(outcome))}
    ones = plan.decisions
    held = [one for one in ones if one.verdict is Verdict.HELD and not one.over_limit]
    return Attention(
        over=tuple(_over(one, ones) for one in excesses(ones, config, entries, plan.at)),
        unseen=_grouped((one, one.why) for one in ones if one.verdict is Verdict.UNSEEN),
        held=_grouped((one, one.why) for one in held if one.reason not in INTENDED_HOLDS),
        failed=_grouped((one, failures[one.key]) for one in ones if one.key in failures),
        exemptions=endings(repository, plan.at),
    )


def _failure(outcome: Outcome) -> str:
    """Why it failed; what only changed since it was planned did not."""
    problem = outcome.problem
    return problem.message if problem and problem.trouble is not Trouble.STALE else ""


def _over(excess: Excess, ones: Iterable[Decision]) -> AttentionItem:
    held = tuple(
        one
        for one in ones
        if one.limit is excess.limited and one.action == excess.action and excess.account in ("", one.account)
    )
    return AttentionItem(excess.why, held, excess.account, excess)


def _grouped(ones: Iterable[tuple[Decision, str]]) -> tuple[AttentionItem, ...]:
    """One account that cannot be entered is one concern, however many targets it has."""
    alike: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for one, why in ones:
        alike[one.account, why].append(one)
    return tuple(AttentionItem(why, tuple(found), account) for (account, why), found in sorted(alike.items()))
