"""The case of one target: everything that the rules may look at, laid out before them. PURE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from reconciler.decide.due import due, ripe
from reconciler.decide.limits import Protecting
from reconciler.ledger.standing import standing_notice
from reconciler.model.call import Call
from reconciler.model.config import Account, Config
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import History, StandingNotice
from reconciler.model.sighting import Resource, Sighting
from reconciler.model.task import Order
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused, Underway, Verb
from reconciler.resources.shared.backups import counted
from reconciler.resources.shared.owners import not_ours


@dataclass(frozen=True)
class Case:
    """What is ordered, seen, told and configured; and what the verb says to it: the calls still needed, or why none.

    `exemptions` are those that speak of this target, in force or not; `protecting` tells what protects it; `brought` is
    when the order came to main, None if git was not asked; `quieted` is when Krampus last stopped what writes to it, or
    let it write again (`Verb.quiets`).
    """

    order: Order
    sighting: Sighting
    history: History
    exemptions: Sequence[Exemption]
    protecting: Protecting
    config: Config
    now: datetime
    brought: datetime | None = None
    quieted: datetime | None = None
    calls: tuple[Call, ...] = ()
    refused: str = ""
    underway: str = ""
    notes: tuple[str, ...] = ()

    @property
    def account(self) -> Account:
        """The target's account."""
        return self.config.accounts[self.order.target.account]

    @property
    def verb(self) -> Verb:
        """The action of the target's kind."""
        return KINDS[self.order.target.kind].verbs[self.order.action]

    @cached_property
    def notice(self) -> StandingNotice | None:
        """The notice that counts; None if none does."""
        return standing_notice(self.history, self.order, self.exemptions, self.config, self.brought, self.now)

    @cached_property
    def ripe(self) -> datetime:
        """The earliest moment by the files and the floor of notice, freezes and what was told aside."""
        moment = ripe(self.order, self.config.guardrails, self.notice, self.now)
        if self.notice is None:
            return moment
        return max(moment, self.notice.told_at + self.config.guardrails.floor(self.order.severity))

    @cached_property
    def due(self) -> datetime:
        """The date, as its team was or will be told; if nobody has been told yet, as if that happened now."""
        return due(self.order, self.config.guardrails, self.notice, self.now)

    @property
    def seen(self) -> Resource | None:
        """What its verb is shown: of backups, those alone that were begun since its team was told, and it was quiet."""
        resource, fact = self.sighting.resource, self.verb.backups
        if resource is None or not fact:
            return resource
        told_at = self.notice.told_at if self.notice else None
        return counted(resource, fact, told_at and max(told_at, self.quieted or told_at), self.now)

    @property
    def identity(self) -> str:
        """What tells the resource that was seen from another of its name; "" if nothing does."""
        resource = self.sighting.resource
        return KINDS[self.order.target.kind].identity(resource) if resource else ""


def changing(case: Case) -> str:
    """Why what changes again and again right before the act is tried no more."""
    return f"it changed between the plan and the act {case.history.stale} times in a row; a person must look"


def told_on(team: str, at: datetime) -> str:
    """Why a target waits, once its team has been told."""
    return f"{team} was notified on {at:%Y-%m-%d %H:%M} UTC"


def with_planned_calls(case: Case) -> Case:
    """The same case with what its verb says to what was seen."""
    seen = case.seen
    if seen is None:
        return case
    try:
        options = case.verb.options.model_validate(dict(case.order.options))
        verb = case.verb
        calls = tuple(verb.needed(seen, options))
        if calls and seen.operator:
            return replace(case, refused=not_ours(seen.operator))
        return replace(case, calls=calls, notes=tuple(verb.notes(seen, options)) if calls else ())
    except Refused as refused:
        return replace(case, refused=str(refused))
    except Underway as underway:
        return replace(case, underway=str(underway))
