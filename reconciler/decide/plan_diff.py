"""What a pull request changes: the decisions of its files beside those of the files that it changes. PURE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.decide.looks import looks
from reconciler.ledger.read import Ledger
from reconciler.model.plan import Decision
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Look, Problem, Sighting, Trouble

# What moves by itself, only says how it looks, is called (an account is its number) or who else manages it, or says
# what `held_then` says.
ASIDE = {"seen", "display_name", "account", "foreseen", "owners"}
ELSEWHERE = Sighting(problem=Problem(Trouble.OTHER, "its account is another in the files that were there before"))


@dataclass(frozen=True)
class Change:
    """One target of one task that the files change. before: None if it is new; after: None if it is asked no more."""

    before: Decision | None
    after: Decision | None

    @property
    def decision(self) -> Decision:
        """The decision to show: what is to come, or else what there was."""
        return next(decision for decision in (self.after, self.before) if decision)


def changes(before: Sequence[Decision], after: Sequence[Decision]) -> list[Change]:
    """What differs, in the order of the plan; what is asked no more comes last."""
    was, now = {decision.key: decision for decision in before}, {decision.key: decision for decision in after}
    changed = [
        Change(was.get(decision.key), decision)
        for decision in after
        if decision.key not in was or _differ(was[decision.key], decision)
    ]
    return [*changed, *(Change(decision, None) for decision in before if decision.key not in now)]


def visible(repository: Repository, base: Repository, ledger: Ledger, now: datetime) -> Iterator[Look]:
    """What the base's orders need looked at, as far as the repository's accounts reach."""
    ours = {name: account.id for name, account in repository.config.accounts.items()}
    theirs = {name: account.id for name, account in base.config.accounts.items()}
    for look in looks(base, ledger, now):
        if ours.get(look.target.account) == theirs[look.target.account]:
            yield look


def with_the_rest(base: Repository, live: Live) -> Live:
    """The sightings, and for what was not looked at because its account is no more: that it was not."""
    return {**{order.target: ELSEWHERE for order in base.orders}, **live}


def _differ(was: Decision, now: Decision) -> bool:
    return was.model_dump(exclude=ASIDE) != now.model_dump(exclude=ASIDE)
