"""What the laws share: the main job's stages, each called in one place, so that a law names none of their parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hypothesis import settings

from reconciler.apply.recheck import recheck
from reconciler.decide.rules import decide
from reconciler.decide.tellings import lapses, tellings
from reconciler.ledger.entries import after_run, intended
from reconciler.model.ledger import Entry, Event
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live, Resource, Sighting
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Action, Order
from reconciler.publish.attention import attention_of
from reconciler.publish.finished_run import finished_run
from reconciler.resources.catalog import resolve
from tests.build import COMMIT, IDS, NOW, chained, entry, histories, ledger_of, order, reviewed, seen, stop
from tests.resources.examples import CASES

Key = tuple[str, str]


def share(part: float) -> settings:
    """As many examples as this part of what the profile tries."""
    return settings(max_examples=max(1, int(settings.default.max_examples * part)))  # type: ignore[union-attr]  # a profile is always loaded


def notice_of(order: Order) -> str:
    """The digest of what its team is told."""
    return order.notice


def order_of(kind: str, action: Action, options: Mapping[str, Any], **over: Any) -> Order:
    """To do this to a resource of any kind."""
    arn = Arn.parse(CASES[kind].arn)
    target = Target(CASES[kind].arn, "web", IDS["web"], arn.region or GLOBAL, kind, resolve(CASES[kind].arn)[1])
    return order(target=target, action=action, options=options, **over)


def resource_of(kind: str, facts: Mapping[str, Any], region: str = "") -> Resource:
    """What is seen of the resource of `order_of`."""
    return Resource(resolve(CASES[kind].arn)[1], json.loads(json.dumps(facts)), region=region)


def decided(
    repository: Repository, entries: Sequence[Entry] = (), live: Live | None = None, now: datetime = NOW
) -> Plan:
    """The plan; every target runs, if nothing is said of them."""
    looked = seen(repository.orders) if live is None else live
    return decide(reviewed(repository, *entries), ledger_of(*chained(*entries)), looked, now, COMMIT)


def looking(orders: Iterable[Order], resource: Resource) -> Live:
    """This is seen of each of them."""
    return {one.target: Sighting(resource=resource) for one in orders}


def by_key(plan: Plan) -> dict[Key, Decision]:
    """(task, target) -> its decision."""
    return {one.key: one for one in plan.decisions}


def recorded(plan: Plan, entries: Sequence[Entry]) -> list[Entry]:
    """What is written before the first call."""
    return intended(plan, histories(chained(*entries)))


def told_and_found(
    repository: Repository,
    plan: Plan,
    outcomes: Sequence[Outcome],
    entries: Sequence[Entry],
    delivered: Mapping[Key, str],
) -> list[Entry]:
    """What is written at the end of a run."""
    before = histories(chained(*entries))
    announced = tellings(repository, plan, before, plan.at)
    return after_run(plan, outcomes, before, announced, lapses(repository, plan, before), Delivery(delivered))


def over_limits(repository: Repository, plan: Plan, entries: Sequence[Entry]) -> list[tuple[str, list[Key]]]:
    """What a person is told of limits at the end of a run that has recorded its plan: why, and of which targets."""
    ledger = ledger_of(*chained(*entries, *recorded(plan, entries)))
    run = finished_run(repository, plan, (), ledger, plan.at)
    return [(one.why, [each.key for each in one.decisions]) for one in attention_of(run).over]


def undo_intent(number: int, account: str = "web", at: datetime = NOW, **over: Any) -> Entry:
    """The intent to start an instance again that was stopped."""
    back = stop(number).reversed
    return entry(Event.INTENDED, number, at, account, undo=True, calls=(back,), **over)


class Reader:
    """A second look: whatever is asked for, these resources are seen."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._resources = list(resources)

    def look(self, _account: str, _region: str, _see: Callable[..., Any]) -> list[Resource]:
        """The same for every place."""
        return self._resources


def looked_again(
    repository: Repository,
    plan: Plan,
    entries: Sequence[Entry],
    resources: Iterable[Resource],
    now: datetime = NOW,
) -> tuple[set[Key], dict[Key, Outcome]]:
    """What is still to be done after the second look, and what is left alone, with why."""
    still, left = recheck(repository, plan, ledger_of(*chained(*entries)), Reader(resources), now)
    return {one.key for one in still.ready}, {one.key: one for one in left}
