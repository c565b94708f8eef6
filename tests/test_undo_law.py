"""Undo is exact: for every kind and `disable`, the facts after it equal those before, over generated resources."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.decide.reversible import applied_calls, take_back
from reconciler.model.call import Call
from reconciler.model.ledger import Event
from reconciler.model.sighting import Resource
from reconciler.resources import catalog
from reconciler.resources.kind import Refused, UndoStep
from tests import generated
from tests.aws import Here, send
from tests.build import TASK, chained, entry
from tests.moto_world import look, make_bucket, make_database, make_function, make_group, make_instance, make_principal
from tests.small_aws import Facts, sent

ARNS = {
    "ec2:instance": "arn:aws:ec2:eu-west-1:111122223333:instance/i-00000000000000001",
    "ec2:security-group": f"arn:aws:ec2:eu-west-1:111122223333:security-group/{generated.GROUP}",
    "ec2:volume": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-00000000000000001",
    "iam:group": "arn:aws:iam::111122223333:group/ops",
    "iam:role": "arn:aws:iam::111122223333:role/app",
    "iam:user": "arn:aws:iam::111122223333:user/bob",
    "lambda:function": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
    "rds:db": "arn:aws:rds:eu-west-1:111122223333:db:orders",
    "s3:bucket": "arn:aws:s3:::acme-assets",
}
STEPS = 3  # runs that the longest way back takes
each_kind = pytest.mark.parametrize("kind", catalog.KINDS)


def resource(kind: str, facts: Facts) -> Resource:
    return Resource(ARNS[kind].replace("/", ":").rsplit(":", 1)[1], json.loads(json.dumps(facts)))


def disabled(kind: str, facts: Facts, options: dict[str, Any]) -> list[Call]:
    verb = catalog.KINDS[kind].verbs["disable"]
    try:
        return verb.calls(resource(kind, facts), verb.options.model_validate(options))
    except Refused:
        return []


def back(kind: str, facts: Facts, *acts: list[Call], fate: Event = Event.APPLIED) -> UndoStep:
    """What takes back these acts, as the ledger tells of them after a round through its lines."""
    told = [
        line
        for number, calls in enumerate(acts)
        for line in (
            entry(Event.INTENDED, target=ARNS[kind], calls=tuple(calls), run=f"r{number}"),
            entry(fate, target=ARNS[kind], calls=tuple(calls) if fate is Event.FAILED else (), run=f"r{number}"),
        )
    ]
    what = applied_calls(chained(*told)).get((TASK, ARNS[kind]))
    return take_back(what, resource(kind, facts)) if what else UndoStep(())


def taken_back(kind: str, facts: Facts, *acts: list[Call], fate: Event = Event.APPLIED) -> Facts:
    """Run after run, until nothing is left to take back."""
    for _ in range(STEPS):
        step = back(kind, facts, *acts, fate=fate)
        if not step.calls:
            assert not step.later
            return facts
        assert all(call.undo for call in step.calls)
        facts = sent(facts, step.calls)
    raise AssertionError("there is no end to it")


def test_every_kind_that_can_be_disabled_is_here() -> None:
    assert set(generated.KINDS) == {name for name, kind in catalog.KINDS.items() if "disable" in kind.verbs}


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_the_facts_after_undo_equal_those_before(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(generated.KINDS[kind])
    calls = disabled(kind, facts, options)

    after = sent(facts, calls)

    assert taken_back(kind, after, calls) == facts
    assert (after != facts) == bool(calls)


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_wherever_the_deed_was_cut_short_undo_leads_back(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(generated.KINDS[kind])
    calls = disabled(kind, facts, options)
    assume(calls)
    cut = sent(facts, calls[: data.draw(st.integers(0, len(calls)))])

    # Whoever does not know how far it came must find out by looking.
    assert taken_back(kind, cut, calls, fate=Event.FAILED) == facts


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_wherever_undo_was_cut_short_a_second_one_finishes(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(generated.KINDS[kind])
    calls = disabled(kind, facts, options)
    after = sent(facts, calls)
    first = back(kind, after, calls).calls

    halfway = sent(after, first[: data.draw(st.integers(0, len(first)))])

    assert taken_back(kind, halfway, calls) == facts


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_what_drifted_back_and_was_done_again_is_taken_back_once(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(generated.KINDS[kind])
    first = disabled(kind, facts, options)
    drifted = sent(facts, first)
    undos = back(kind, drifted, first).calls
    # Somebody takes back some of it; where that goes in steps, only the first of them.
    drifted = sent(drifted, undos[: data.draw(st.integers(0, len(undos)))])
    again = disabled(kind, drifted, options)

    assert taken_back(kind, sent(drifted, again), first, again) == facts


# --- the same through moto, over HTTP

# moto finds no rule for a group that has a description, and takes no egress rule for IPv6 alone away.
IN_MOTO = generated.CIDR | st.sampled_from(generated.LISTS).map(lambda name: {"PrefixListId": name})
over_http = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def leads_back(here: Here, kind: str, name: str, options: dict[str, Any]) -> None:
    """Disable it, run after run; take that back, run after run; and see that all is as before."""
    verb, before = catalog.KINDS[kind].verbs["disable"], look(here, kind, name)
    acted: list[Call] = []
    for _ in range(STEPS):
        try:
            calls = verb.calls(look(here, kind, name), verb.options.model_validate(options))
        except Refused:
            break
        send(here, calls)
        acted = [*acted, *calls]
    for _ in range(STEPS):
        step = catalog.KINDS[kind].undo_calls(look(here, kind, name), acted[::-1])
        send(here, step.calls)
        if not step.later:
            break
    assert look(here, kind, name).facts == before.facts
    assert not catalog.KINDS[kind].undo_calls(look(here, kind, name), acted[::-1]).calls


@over_http
@given(drawn=generated.group(IN_MOTO))
def test_a_security_group_in_aws_is_as_before(here: Here, drawn: generated.Drawn) -> None:
    name, options = make_group(here, drawn)
    leads_back(here, "ec2:security-group", name, options)


@over_http
@given(drawn=generated.bucket())
def test_a_bucket_in_aws_is_as_before(here: Here, drawn: generated.Drawn) -> None:
    leads_back(here, "s3:bucket", make_bucket(here, drawn), drawn[1])


@over_http
@given(drawn=generated.principal("user"), alone=st.booleans())
def test_a_user_in_aws_is_as_before(here: Here, drawn: generated.Drawn, alone: bool) -> None:
    name = make_principal(here, "user", drawn[0])
    leads_back(here, "iam:user", name, {"credentials_only": True} if alone else {})


@pytest.mark.parametrize("who", ["role", "group"])
@over_http
@given(data=st.data())
def test_a_role_or_group_in_aws_is_as_before(here: Here, who: str, data: st.DataObject) -> None:
    facts, _ = data.draw(generated.principal(who))
    leads_back(here, f"iam:{who}", make_principal(here, who, facts), {})


@over_http
@given(drawn=generated.function())
def test_a_function_in_aws_is_as_before(here: Here, drawn: generated.Drawn) -> None:
    leads_back(here, "lambda:function", make_function(here, drawn[0]), {})


@settings(over_http, max_examples=3)
@given(flags=st.lists(st.booleans(), min_size=1, max_size=3), running=st.booleans())
def test_an_instance_and_its_volumes_in_aws_are_as_before(here: Here, flags: list[bool], running: bool) -> None:
    instance, disks = make_instance(here, flags, running=running)
    for disk in disks:
        leads_back(here, "ec2:volume", disk, {})
    leads_back(here, "ec2:instance", instance, {})


@over_http
@given(drawn=generated.database())
def test_a_database_in_aws_is_as_before(here: Here, drawn: generated.Drawn) -> None:
    leads_back(here, "rds:db", make_database(here, drawn[0]), {})
