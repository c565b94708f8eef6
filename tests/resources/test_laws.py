"""Laws over every kind and action: what any kind must keep, however it is written."""

from __future__ import annotations

import json
import re
from datetime import datetime

import boto3
import pytest
from botocore.validate import ParamValidator

from reconciler.iam.actions import actions_of
from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.model.target import Arn
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused, Underway
from tests.aws import Here, send
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES

ROUNDS = 8  # how many runs the longest work takes in the examples
# What ends a resource without keeping anything; delete_db_instance can keep a snapshot, as its arguments say.
UNSAVED = {"delete_volume", "terminate_instances"}


def look(here: Here, example: Example, arn: str) -> Resource | None:
    kind = KINDS[example.kind]
    see = kind.verbs[example.action].observe or kind.observe
    return next(iter(see(here, [Arn.parse(arn).name])), None)


def asked(example: Example, resource: Resource) -> list[Call]:
    verb = KINDS[example.kind].verbs[example.action]
    try:
        return verb.needed(resource, verb.options.model_validate(dict(example.options)))
    except Underway:
        return []


def carry_out(here: Here, example: Example, arn: str) -> list[Call]:
    """Run after run until nothing is left to do; all calls that it took."""
    sent: list[Call] = []
    for _ in range(ROUNDS):
        resource = look(here, example, arn)
        calls = asked(example, resource) if resource else []
        if not calls:
            return sent
        send(here, calls)
        sent += calls
    raise AssertionError(f"{example} is not done after {ROUNDS} runs")


def test_every_kind_and_action_has_an_example() -> None:
    shown = {(example.kind, example.action) for example in EXAMPLES}

    assert shown == {(name, action) for name, kind in KINDS.items() for action in kind.verbs}


@pytest.mark.promise(6, 7)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_it_comes_to_stand_as_asked_and_then_asks_for_nothing(here: Here, example: Example) -> None:
    arn = example.make(here)
    assert re.fullmatch(KINDS[example.kind].pattern, Arn.parse(arn).name)

    assert carry_out(here, example, arn)

    assert example.stands(here, arn)


@pytest.mark.promise(5)
@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.action == "disable"], ids=str)
def test_undo_restores_the_facts_exactly(here: Here, example: Example) -> None:
    arn = example.make(here)
    before = look(here, example, arn)
    sent = carry_out(here, example, arn)

    assert all(call.undo for call in sent)
    send(here, [call.undo for call in reversed(sent) if call.undo])

    after = look(here, example, arn)
    assert before and after
    assert after.facts == before.facts


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_facts_and_calls_are_json_and_stay_the_same_for_two_looks(here: Here, example: Example) -> None:
    arn = example.make(here)
    first, second = look(here, example, arn), look(here, example, arn)
    assert first and second

    assert json.loads(json.dumps(first.facts)) == first.facts
    assert first.digest == second.digest
    assert first.created is None or (isinstance(first.created, datetime) and first.created.tzinfo is not None)
    for call in asked(example, first):
        assert Call.model_validate_json(call.model_dump_json()) == call


@pytest.mark.promise(4)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_call_and_its_undo_pass_the_sdks_own_validation(here: Here, example: Example) -> None:
    seen = look(here, example, example.make(here))
    assert seen
    for call in asked(example, seen):
        for one in (call, call.undo):
            if one:
                client = boto3.client(one.service, region_name="eu-west-1")
                shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[one.operation])
                report = ParamValidator().validate(one.arguments, shape.input_shape)
                assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.action == "kill"], ids=str)
def test_no_kill_ends_what_no_backup_keeps_unless_the_task_says_so(here: Here, example: Example) -> None:
    verb = KINDS[example.kind].verbs["kill"]
    bare = {key: value for key, value in example.options.items() if key not in ("skip_backup", "backup")}
    seen = look(here, example, example.make(here))
    assert seen

    if verb.backup and example.kind != "ec2:instance":
        assert not {call.operation for call in verb.needed(seen, verb.options(**bare))} & UNSAVED
    else:
        with pytest.raises(Refused, match="`skip_backup: true`"):
            verb.needed(seen, verb.options(**bare))


@pytest.mark.parametrize("name", KINDS)
def test_an_absent_name_yields_nothing(here: Here, name: str) -> None:
    absent = {
        "ec2:instance": "i-0123456789abcdef0",
        "ec2:security-group": "sg-0123456789abcdef0",
        "ec2:volume": "vol-0123456789abcdef0",
    }.get(name, "never-made")
    for see in (KINDS[name].observe, *(verb.observe for verb in KINDS[name].verbs.values() if verb.observe)):
        assert list(see(here, [absent])) == []


@pytest.mark.parametrize("name", KINDS)
def test_a_wildcard_is_no_name(name: str) -> None:
    for wild in ("*", "i-*", "sg-*", "vol-????????", "a*", "", " "):
        assert not re.fullmatch(KINDS[name].pattern, wild)


@pytest.mark.promise(10)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_calls_and_undos_take_only_declared_permissions(here: Here, example: Example) -> None:
    verb = KINDS[example.kind].verbs[example.action]
    sent = carry_out(here, example, example.make(here))

    assert {action for call in sent for action in actions_of(call)} <= set(verb.permissions)
    assert {action for call in sent if call.undo for action in actions_of(call.undo)} <= set(verb.undo)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_kind_tells_when_its_resources_were_created_exactly_if_it_says_so(here: Here, example: Example) -> None:
    seen = look(here, example, example.make(here))
    assert seen

    assert (seen.created is not None) is KINDS[example.kind].dated
