"""Laws over every kind and action: what any kind must keep, however it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime

import pytest
from botocore.validate import ParamValidator

from reconciler.model.call import Call
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Refused, unknown
from tests.aws import Here, seen_by
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES, module_of
from tests.resources.trial import Trials
from tests.sdk import offline

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)
each_kill = pytest.mark.parametrize("example", [one for one in EXAMPLES if one.action == "kill"], ids=str)


def test_every_kind_has_its_cases_in_a_file_of_its_own() -> None:
    missing = [f"{name}: write {module_of(name).replace('.', '/')}.py" for name in KINDS if name not in CASES]

    assert not missing, (
        f"{missing}; its CASES say how to make one and what AWS asks, as tests/resources/example.py has it"
    )


@pytest.mark.parametrize("name", CASES)
def test_the_cases_of_a_kind_are_whole(name: str) -> None:
    kind, cases = KINDS[name], CASES[name]

    assert {example.kind for example in (*cases.examples, *cases.more)} == {name}
    assert {example.action for example in cases.examples} == set(kind.verbs), "each action needs an example"
    assert bool(cases.generated) is ("disable" in kind.verbs), "`disable` is proven on generated resources"
    assert re.fullmatch(kind.pattern, resolve(cases.arn)[1])
    declared = "kill" in kind.verbs and kind.verbs["kill"].backup
    assert bool(cases.keeps) is bool(declared), "a backup needs the call in `keeps` that takes it, and only a backup"


@pytest.mark.promise(6, 7)
@each_example
def test_it_comes_to_stand_as_asked_and_then_asks_for_nothing(trials: Trials, example: Example) -> None:
    trial = trials(example)

    assert re.fullmatch(KINDS[example.kind].pattern, resolve(trial.arn)[1])
    assert trial.sent
    assert trial.ended
    assert trial.stands


@pytest.mark.promise(5)
@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.action == "disable"], ids=str)
def test_undo_restores_the_facts_exactly(trials: Trials, example: Example) -> None:
    trial = trials(example)

    assert all(call.undo for call in trial.sent)
    assert trial.undone
    assert trial.undone.facts == trial.first.facts


@each_example
def test_facts_and_calls_are_json_and_stay_the_same_for_two_looks(trials: Trials, example: Example) -> None:
    trial = trials(example)
    first, second = trial.first, trial.second

    assert json.loads(json.dumps(first.facts)) == first.facts
    assert first.digest == second.digest
    assert first.created is None or (isinstance(first.created, datetime) and first.created.tzinfo is not None)
    for call in trial.sent:
        assert Call.model_validate_json(call.model_dump_json()) == call


@pytest.mark.promise(4)
@each_example
def test_every_call_and_its_undo_pass_the_sdks_own_validation(trials: Trials, example: Example) -> None:
    for call in trials(example).sent:
        for one in (call, call.undo):
            if one:
                client = offline(one.service, "eu-west-1")
                shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[one.operation])
                report = ParamValidator().validate(one.arguments, shape.input_shape)
                assert not report.has_errors(), report.generate_report()


def unsaved(example: Example, calls: Sequence[Call], end: Call) -> list[str]:
    """The calls among these that end it, as `end` does, before a backup is taken, and take none themselves."""
    keeps, saved, found = set(CASES[example.kind].keeps), False, []
    for call in calls:
        saved = saved or bool(keeps & {call.operation, *call.arguments})
        found += [call.operation] if call.operation == end.operation and not saved else []
    return found


@each_kill
def test_no_kill_ends_what_no_backup_keeps_unless_the_task_says_so(trials: Trials, example: Example) -> None:
    verb, trial = KINDS[example.kind].verbs["kill"], trials(example)
    bare = verb.options(
        **{key: value for key, value in example.options.items() if key not in ("skip_backup", "backup")}
    )

    if not verb.backup:
        with pytest.raises(Refused, match="`skip_backup: true`"):
            verb.needed(trial.first, bare)
    elif not example.kept_elsewhere:
        try:
            calls = verb.needed(trial.first, bare)
        except Refused as refused:
            calls = []
            assert "skip_backup: true" in str(refused)
        assert not unsaved(example, calls, trial.sent[-1])


@each_kill
def test_every_kill_takes_the_backup_it_declares_before_it_ends_anything(trials: Trials, example: Example) -> None:
    trial, skipped = trials(example), example.options.get("skip_backup") or example.kept_elsewhere

    if KINDS[example.kind].verbs["kill"].backup:
        assert bool(unsaved(example, trial.sent, trial.sent[-1])) is bool(skipped)


@pytest.mark.parametrize("name", CASES)
def test_an_absent_name_yields_nothing(here: Here, name: str) -> None:
    absent = resolve(CASES[name].arn)[1]
    for action in KINDS[name].verbs:
        assert seen_by(KINDS[name], action, here, [absent]) == []


@each_example
def test_what_aws_may_hide_as_managed_by_a_service_is_asked_for_too(trials: Trials, example: Example) -> None:
    for sent in trials(example).looks:
        shape = offline(sent.service, "eu-west-1").meta.service_model.operation_model(sent.operation).input_shape
        if "IncludeManagedResources" in shape.members:
            assert sent.arguments.get("IncludeManagedResources") is True, sent.operation


@pytest.mark.parametrize("name", KINDS)
def test_a_wildcard_is_no_name(name: str) -> None:
    for wild in ("*", "i-*", "sg-*", "vol-????????", "a*", "", " "):
        assert not re.fullmatch(KINDS[name].pattern, wild)


@pytest.mark.promise(10)
@each_example
def test_calls_and_undos_take_only_declared_permissions(trials: Trials, example: Example) -> None:
    verb = KINDS[example.kind].verbs[example.action]
    sent = trials(example).sent

    assert {(call.service, call.operation) for call in sent} <= {one.key for one in verb.operations}
    undos = [call.undo for call in sent if call.undo]
    assert {(undo.service, undo.operation) for undo in undos} <= {one.key for one in verb.undo_operations}


@pytest.mark.promise(5)
@each_example
def test_what_can_be_undone_its_kind_makes_again_of_what_it_tells_of_before(trials: Trials, example: Example) -> None:
    trial, kind = trials(example), KINDS[example.kind]
    resources = [one for one in (trial.first, trial.last) if one]

    for call in trial.sent:
        if call.undo:
            assert all(kind.makes(example.action, example.options, one, call) for one in resources), call
            assert kind.operation(call.undo, example.action, trial.first.name, undo=True)
        assert kind.operation(call, example.action, trial.first.name, undo=False)


@each_example
def test_a_kind_tells_when_its_resources_were_created_exactly_if_it_says_so(trials: Trials, example: Example) -> None:
    assert (trials(example).first.created is not None) is KINDS[example.kind].dated


@each_example
def test_a_resource_is_told_from_another_of_its_name_and_stays_the_same_when_it_is_acted_on(
    trials: Trials, example: Example
) -> None:
    trial, kind = trials(example), KINDS[example.kind]
    assert (kind.identity(trial.first) == "") is (kind.identity is unknown)
    assert trial.last is None or kind.identity(trial.last) == kind.identity(trial.first)
