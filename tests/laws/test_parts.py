"""A look at what an order needs, and at nothing else, changes no verdict, no call and no digest: of every kind.

So reads that are no longer made decide nothing. What a verb does not declare it is not shown: it would fail, loudly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.model.sighting import Resource
from reconciler.model.target import GLOBAL
from reconciler.model.task import Action, Order
from reconciler.observe.named import observe
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Refused, Underway, Verb
from reconciler.resources.needs import parts_needed
from tests.aws import Here
from tests.build import look_of, repository, told
from tests.laws.build import decided, looking, notice_of, order_of, share
from tests.privilege.recorded import recorded
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES

WITH_PARTS = [name for name in CASES if KINDS[name].parts]
# One of those that are made alike: each is tried with all actions and options of its kind.
MADE = {(one.kind, one.make): one for one in EXAMPLES if one.kind in WITH_PARTS}
USUAL: tuple[dict[str, Any], ...] = ({}, {"skip_backup": True}, {"force": True, "skip_backup": True})


def said(verb: Verb, resource: Resource, options: Mapping[str, Any]) -> object:
    """All that comes of a verb."""
    given = verb.options.model_validate(dict(options))
    try:
        calls = verb.needed(resource, given)
    except (Refused, Underway) as why:
        return type(why), str(why)
    return [call.canonical for call in calls], list(verb.notes(resource, given)) if calls else []


def takes(verb: Verb, options: Mapping[str, Any]) -> bool:
    try:
        verb.options.model_validate(dict(options))
    except ValidationError:
        return False
    return True


def all_options(kind: str, action: Action) -> Iterator[Mapping[str, Any]]:
    """Those of the cases, and what is common to many kinds, as far as the verb takes them."""
    verb, cases = KINDS[kind].verbs[action], CASES[kind]
    given = [one.options for one in (*cases.examples, *cases.more) if one.action == action]
    usual = [one for one in USUAL if takes(verb, one)]
    seen: list[Mapping[str, Any]] = []
    for options in [*given, *usual]:
        if options not in seen:
            seen.append(options)
            yield options


def due(kind: str, action: Action, options: Mapping[str, Any], task: str) -> Order:
    return order_of(kind, action, options, task=task)


def states(kind: str, here: Here, example: Example) -> Iterator[Resource]:
    """How an example stands at first, with all parts of the kind."""
    name = resolve(example.make(here))[1]
    looked = KINDS[kind].look(here, [name], lambda _: KINDS[kind].parts)
    bare = KINDS[kind].look(here, [name], lambda _: ())
    for resource, base in zip(looked, bare, strict=True):
        declared = {fact for part in KINDS[kind].parts for fact in part.facts}
        assert resource.facts.keys() - base.facts.keys() <= declared, "a part brings facts that it does not declare"
        assert {**resource.facts, **base.facts} == dict(resource.facts), "a part changes what it was not asked for"
        yield resource


@pytest.mark.parametrize("example", MADE.values(), ids=str)
def test_each_action_says_the_same_of_its_parts_as_of_everything(here: Here, example: Example) -> None:
    kind = KINDS[example.kind]
    for resource in states(example.kind, here, example):
        for action, verb in kind.verbs.items():
            for options in all_options(example.kind, action):
                narrow = kind.narrowed(resource, kind.parts_for(action, options))
                assert set(kind.parts_for(action, options)) <= set(verb.parts)
                assert said(verb, narrow, options) == said(verb, resource, options), (action, options)
                needed = parts_needed(kind, action, options, resource)  # none of what stands as asked already
                assert needed in ((), kind.parts_for(action, options))
                assert said(verb, kind.narrowed(resource, needed), options) == said(verb, resource, options)
        told_by_one_alone(example.kind, resource)


def told_by_one_alone(kind: str, resource: Resource) -> None:
    """Of many tasks with different needs each is decided as if it were alone, and had been looked at for it alone."""
    actions: list[Action] = list(KINDS[kind].verbs)
    wanted = [(action, options) for action in actions for options in all_options(kind, action)]
    orders = [due(kind, action, options, f"t{number}") for number, (action, options) in enumerate(wanted)]
    resource = replace(resource, name=orders[0].target.name, created=None)
    notices = [
        told(days=30, task=one.task, target=one.target.arn, action=one.action, digest=notice_of(one)) for one in orders
    ]
    together = {one.task: one for one in decided(repository(*orders), notices, looking(orders, resource)).decisions}
    for one in orders:
        parts = KINDS[kind].parts_for(one.action, one.options)
        narrow = KINDS[kind].narrowed(resource, parts)
        (alone,) = decided(repository(one), notices, looking([one], narrow)).decisions
        shared = together[one.task]
        same = ("seen", "verdict", "calls", "identity", "notes", "display_name", "owners")
        if shared.reason.value not in {"over_limit", "other_task_first"}:
            assert [getattr(alone, each) for each in same] == [getattr(shared, each) for each in same]


@pytest.mark.parametrize("name", [one for one in WITH_PARTS if CASES[one].generated])
@share(0.5)
@given(data=st.data())
def test_a_disable_says_the_same_whatever_the_state(name: str, data: st.DataObject) -> None:
    generated, kind = CASES[name].generated, KINDS[name]
    assert generated
    facts, options = data.draw(generated.drawn)
    resource = Resource("one", facts, region="eu-west-1")

    narrow = kind.narrowed(resource, kind.parts_for("disable", options))

    assert said(kind.verbs["disable"], narrow, options) == said(kind.verbs["disable"], resource, options)


@pytest.mark.parametrize("name", CASES)
def test_what_is_the_places_is_asked_once_however_many_are_looked_at(here: Here, name: str) -> None:
    kind, absent = KINDS[name], CASES[name].arn
    made = CASES[name].examples[0].make(here)
    arns = [made, *(f"{absent[:-3]}{number:03}" for number in range(5))]
    region = GLOBAL if ":::" in absent or name.startswith("iam:") else here.region
    base = order_of(name, "disable" if "disable" in kind.verbs else "kill", {})
    looks = [
        look_of(replace(base, target=replace(base.target, arn=arn, name=resolve(arn)[1], region=region)))
        for arn in arns
    ]
    with recorded(here.account) as sent:
        live = observe(looks, Looking(here))

    assert [one.resource is not None for one in (live[look.target] for look in looks)] == [True, *[False] * 5]
    wide = {f"{one.service}.{one.name.replace('_', '')}" for one in kind.reads if one.on == ("*",)}
    asked = [f"{one.service}.{one.operation}".lower() for one in sent]
    assert {one: asked.count(one) for one in wide if asked.count(one) > 1} == {}


class Looking:
    """Eyes in this one account."""

    def __init__(self, here: Here) -> None:
        self._here = here

    def look(self, _account: str, region: str, see: Any) -> Any:
        return see(replace(self._here, region=self._here.region if region == GLOBAL else region))


def test_an_undo_sees_all_that_its_action_may_go_by() -> None:
    for kind in KINDS.values():
        for action, verb in kind.verbs.items():
            assert tuple(kind.parts_for(action, None)) == verb.parts
