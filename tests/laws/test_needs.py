"""What stands as asked by what is seen of it already is asked nothing more; and nothing else is taken to stand so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.sighting import Resource
from reconciler.observe.named import observe
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Kind, Part, Refused, Underway, Verb
from reconciler.resources.needs import parts_needed
from tests.aws import Here, send
from tests.build import look_of
from tests.laws.build import order_of, share
from tests.laws.test_parts import Looking, said
from tests.privilege.recorded import recorded
from tests.resources.examples import CASES

WITH_PARTS = [name for name in CASES if KINDS[name].parts]
NOTHING: object = ([], [])


@pytest.mark.parametrize("name", [one for one in WITH_PARTS if CASES[one].generated])
@share(0.5)
@given(data=st.data())
def test_what_disable_is_not_asked_about_it_would_say_nothing_to(name: str, data: st.DataObject) -> None:
    generated, kind = CASES[name].generated, KINDS[name]
    assert generated
    facts, options = data.draw(generated.drawn)
    resource = Resource("one", facts, region="eu-west-1")

    needed = parts_needed(kind, "disable", options, resource)

    assert said(kind.verbs["disable"], kind.narrowed(resource, needed), options) == said(
        kind.verbs["disable"], resource, options
    )
    if kind.parts_for("disable", options) and not needed:
        assert said(kind.verbs["disable"], resource, options) == NOTHING


LOOKING: Mapping[str, Callable[[Mapping[str, Any]], object]] = {
    "at it": lambda facts: facts["part"],
    "whether it is there": lambda facts: "part" in facts,
    "with a substitute": lambda facts: facts.get("part", 1),
    "at all of them": list,
    "how many": len,
    "at a copy": lambda facts: {**facts},
}


def looking(how: str) -> Callable[[Resource, Any], list[Any]]:
    """A verb that looks at its facts in this way, and asks for nothing."""

    def calls(resource: Resource, _options: Any) -> list[Any]:
        LOOKING[how](resource.facts)
        return []

    return calls


def refuses(_resource: Resource, _options: Any) -> list[Any]:
    raise Refused("no")


def waits(_resource: Resource, _options: Any) -> list[Any]:
    raise Underway("yet")


def kind_of(calls: Callable[[Resource, Any], list[Any]]) -> Kind:
    part = Part(("part",), (), lambda _place, resources: resources)
    kind = KINDS["ec2:instance"]
    return Kind(
        kind.name, kind.title, kind.arn, kind.pattern, kind.observe, (), {"disable": Verb(calls, "", (), parts=(part,))}
    )


@pytest.mark.parametrize("calls", [*map(looking, LOOKING), refuses, waits, lambda *_: [1]])
@pytest.mark.parametrize("facts", [{"state": "on"}, {"state": "on", "part": 1}])
def test_an_action_that_looks_at_a_part_in_whatever_way_or_has_more_to_say_needs_it(
    calls: Callable[[Resource, Any], list[Any]], facts: dict[str, Any]
) -> None:
    kind = kind_of(calls)
    assert parts_needed(kind, "disable", {}, Resource("i", facts)) == kind.parts
    assert parts_needed(kind, "disable", None, Resource("i", facts)) == kind.parts


def test_an_action_that_asks_for_nothing_and_looks_at_no_part_needs_none() -> None:
    kind = kind_of(lambda resource, _: [] if resource.facts["state"] == "on" else [1])
    assert parts_needed(kind, "disable", {}, Resource("i", {"state": "on"})) == ()
    assert parts_needed(kind, "disable", None, Resource("i", {"state": "on"})) == kind.parts


@pytest.mark.parametrize(
    ("name", "asked"),
    [("ec2:instance", {"ec2.DescribeInstances"}), ("ec2:security-group", {"ec2.DescribeSecurityGroupRules"})],
)
def test_what_was_disabled_costs_one_question_a_pass(here: Here, name: str, asked: set[str]) -> None:
    kind, example = KINDS[name], CASES[name].examples[0]
    arn = example.make(here)
    order = order_of(name, "disable", {})
    target = replace(order.target, arn=arn, name=resolve(arn)[1], region=here.region)
    look, verb = look_of(replace(order, target=target)), kind.verbs["disable"]

    def seen() -> Resource:
        resource = observe([look], Looking(here))[look.target].resource
        assert resource
        return resource

    send(here, verb.needed(seen(), verb.options()))
    with recorded(here.account) as sent:
        assert verb.needed(seen(), verb.options()) == []
    assert {f"{one.service}.{one.operation}" for one in sent} == asked
