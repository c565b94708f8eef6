"""What accounts are called decides nothing: under any names the plan is the same, but for the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.decide.undo import undo, undoing
from reconciler.load.renamed import called_as
from reconciler.model.config import Config
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Plan
from reconciler.model.repository import Repository
from reconciler.model.sighting import Live
from reconciler.model.target import Target
from reconciler.model.undo_request import UndoRequest
from reconciler.publish.called_now import called_now
from reconciler.resources.catalog import resolve
from tests.build import (
    DEFAULTS,
    IDS,
    NOW,
    TASK,
    chained,
    config,
    entry,
    ledger_of,
    order,
    repository,
    reviewed,
    running,
    stopped,
    told,
)
from tests.build import stop as call
from tests.laws.build import decided, share

DAY = timedelta(days=1)
# Among them each other's, and those that were there: an exchange is the worst of renamings.
NAMES = st.permutations([*IDS, "shop", "a", "z9"]).map(lambda names: dict(zip(IDS, names, strict=False)))
WHERE = st.sampled_from(sorted(IDS))
EVENTS = st.sampled_from((Event.NOTICED, Event.INTENDED, Event.APPLIED, Event.FAILED, Event.SETTLED))
LINES = st.lists(st.tuples(EVENTS, st.integers(1, 4), st.integers(0, 30)), max_size=12)


def called(names: Mapping[str, str]) -> Config:
    """The configuration in which the accounts are called so."""
    return config(accounts={names[name]: account for name, account in DEFAULTS["accounts"].items()})


def world(places: Sequence[str], rails: Mapping[str, Any]) -> Repository:
    """Four instances; a few must be more than the limits allow."""
    orders = [order(number, where) for number, where in enumerate(places, 1)]
    return repository(*orders, guardrails=rails)


def lines(places: Sequence[str], drawn: Sequence[tuple[Event, int, int]]) -> list[Entry]:
    """What the ledger tells of them, in order of time."""
    made = [(entry(event, number, NOW - timedelta(hours=hours), places[number - 1])) for event, number, hours in drawn]
    notices = [told(number, 9, where) for number, where in enumerate(places, 1)]
    return [*notices, *sorted(made, key=lambda one: one.at)]


def plain(plan: Plan, under: Config) -> tuple[Any, ...]:
    """A plan with the accounts called as in this configuration. What is foreseen is said anew by who publishes it."""
    it = called_now(plan, under)
    decisions = [one.model_copy(update={"foreseen": ""}) for one in it.decisions]
    return decisions, sorted(one.model_dump_json() for one in it.exceeded), plan.summary


def looked(repo: Repository, up: Sequence[bool]) -> Live:
    return {
        one.target: running(number) if runs else stopped(number)
        for number, (one, runs) in enumerate(zip(repo.orders, up, strict=True), 1)
    }


@pytest.mark.promise(2, 8)
@share(0.5)
@given(NAMES, st.tuples(*[WHERE] * 4), LINES, st.integers(0, 3), st.tuples(*[st.booleans()] * 4))
def test_the_plan_is_the_same(
    names: Mapping[str, str],
    places: Sequence[str],
    drawn: Sequence[tuple[Event, int, int]],
    limit: int,
    up: Sequence[bool],
) -> None:
    rails = {"per_account": {"disable": limit}, "per_run": {"disable": limit + 1}}
    before, entries = world(places, rails), lines(places, drawn)
    after = called_as(before, called(names))

    first = decided(before, entries, looked(before, up))
    second = decided(after, entries, looked(after, up))

    assert plain(first, after.config) == plain(second, after.config)
    assert {one.account: one.account_id for one in second.decisions}.items() <= {
        names[name]: number for name, number in IDS.items()
    }.items()


@pytest.mark.promise(5)
@share(0.5)
@given(NAMES, st.tuples(*[WHERE] * 4), LINES)
def test_the_undo_is_the_same(
    names: Mapping[str, str], places: Sequence[str], drawn: Sequence[tuple[Event, int, int]]
) -> None:
    entries = [*lines(places, drawn), entry(Event.INTENDED, 1, account=places[0], calls=(call(),))]
    before = reviewed(repository(), *entries)
    after = called_as(before, called(names))
    past = {
        key: replace(was, target=replace(was.target, account=after.config.names[was.target.account_id]))
        for key, was in before.past.items()
        if not isinstance(was, str)
    }

    first, second = (undone(each, entries) for each in (before, replace(after, past=past)))

    assert plain(first, after.config) == plain(second, after.config)


def undone(repo: Repository, entries: Sequence[Entry]) -> Plan:
    ledger, request = ledger_of(*chained(*entries)), UndoRequest(task=TASK, by="Ada")
    work = undoing(repo, ledger, request, NOW)
    targets = {look.target for looks in work.looks.values() for look in looks}
    return undo(work, repo.config, {target: stopped(_number(target)) for target in targets}, NOW)


def _number(target: Target) -> int:
    return int(resolve(target.arn)[1][2:], 16)
