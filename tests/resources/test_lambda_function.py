"""Lambda functions: paused at every entrance and taken back exactly, deleted without leaving pollers behind."""

from __future__ import annotations

import re

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Options, Underway
from reconciler.resources.lambda_function import KIND, disable, kill, observe
from tests.aws import Here, send
from tests.resources.example import Example
from tests.resources.lambda_function import EXAMPLES, gone, make, named
from tests.stubbed import Stubbed


def function(*states: str, reserved: int | None = None) -> Resource:
    mappings = [{"uuid": f"mapping-{number}", "state": state} for number, state in enumerate(states)]
    return Resource("orders", {"reserved": reserved, "mappings": mappings, "edge": []})


def test_observe_tells_a_concurrency_of_none_from_one_of_0(here: Here) -> None:
    name = named(make(here))
    (before,) = observe(here, [name])
    here.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    (after,) = observe(here, [name])

    assert (before.facts["reserved"], after.facts["reserved"]) == (None, 0)


def test_observe_leaves_out_what_does_not_exist(here: Here) -> None:
    name = named(make(here))

    assert [seen.name for seen in observe(here, ["absent", name])] == [name]
    assert list(observe(here, ["absent"])) == []


def test_a_refusal_is_never_absence() -> None:
    with Stubbed("lambda") as place:
        place.fails("get_function_concurrency", "AccessDeniedException", status=403)
        with pytest.raises(place.client("lambda").exceptions.ClientError, match="AccessDeniedException"):
            list(observe(place, ["orders"]))


def test_observe_reads_every_page_of_mappings_and_those_of_aliases() -> None:
    ours = f"arn:aws:lambda:{Stubbed.region}:{Stubbed.account}:function:orders"
    first = [{"UUID": "b" * 36, "State": "Enabled", "FunctionArn": f"{ours}:live"}]
    second = [
        {"UUID": "a" * 36, "State": "Disabled", "FunctionArn": ours},
        {"UUID": "c" * 36, "State": "Enabled", "FunctionArn": f"{ours}-too"},
        {"UUID": "d" * 36, "State": "Enabled", "FunctionArn": ours.replace(Stubbed.account, "111122223333")},
    ]
    with Stubbed("lambda") as place:
        place.answers("get_function_concurrency", {"FunctionName": "orders"}, {"ReservedConcurrentExecutions": 5})
        place.answers("list_event_source_mappings", {}, {"EventSourceMappings": first, "NextMarker": "more"})
        place.answers("list_event_source_mappings", {"Marker": "more"}, {"EventSourceMappings": second})
        (seen,) = observe(place, ["orders"])

    expected = [{"uuid": "a" * 36, "state": "Disabled"}, {"uuid": "b" * 36, "state": "Enabled"}]
    assert seen.facts == {"reserved": 5, "mappings": expected, "edge": []}


def test_nothing_more_is_asked_about_a_function_that_does_not_exist() -> None:
    with Stubbed("lambda") as place:
        place.fails("get_function_concurrency", "ResourceNotFoundException", status=404)
        assert list(observe(place, ["absent"])) == []


def test_disable_pauses_the_pollers_before_it_lets_the_function_run_no_more() -> None:
    calls = disable(function("Enabled", "Disabled"), Options())

    assert [call.operation for call in calls] == ["update_event_source_mapping", "put_function_concurrency"]
    assert calls[0].arguments == {"UUID": "mapping-0", "Enabled": False}


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "disable"], ids=lambda e: e.make.__name__)
def test_disable_stands_and_its_undo_restores_the_facts_exactly(here: Here, example: Example) -> None:
    arn = example.make(here)
    (before,) = observe(here, [named(arn)])
    calls = disable(before, Options())
    send(here, calls)
    (after,) = observe(here, [named(arn)])

    assert disable(after, Options()) == []
    assert example.stands(here, arn)
    send(here, [call.undo for call in reversed(calls) if call.undo])
    (restored,) = observe(here, [named(arn)])
    assert restored.facts == before.facts
    assert len([call for call in calls if call.undo]) == len(calls)


def test_a_function_without_reserved_concurrency_gets_none_back() -> None:
    (call,) = disable(function(), Options())

    assert call.undo
    assert (call.undo.operation, call.undo.arguments) == ("delete_function_concurrency", {"FunctionName": "orders"})


@pytest.mark.parametrize("state", ["Creating", "Enabling", "Disabling", "Updating"])
def test_a_mapping_that_is_changing_is_waited_for(state: str) -> None:
    with pytest.raises(Underway, match=f"mapping-1 is {state.lower()}"):
        disable(function("Enabled", state), Options())
    with pytest.raises(Underway, match=f"mapping-1 is {state.lower()}"):
        kill(function("Enabled", state), Kill())


def test_a_mapping_that_is_going_away_delays_disable_only() -> None:
    with pytest.raises(Underway, match="deleting"):
        disable(function("Deleting"), Options())
    assert [call.operation for call in kill(function("Deleting"), Kill())] == ["delete_function"]


def test_kill_ends_no_mapping_before_aws_has_let_the_function_go(here: Here) -> None:
    arn = make(here)
    runs = []
    for _ in range(2):
        (seen,) = observe(here, [named(arn)])
        runs.append(kill(seen, Kill()))
        send(here, runs[-1])

    first, second = ([call.operation for call in calls] for calls in runs)
    assert first == ["update_event_source_mapping"] * 2
    assert all(call.undo for call in runs[0])
    assert second == ["delete_function", *["delete_event_source_mapping"] * 3]
    assert runs[1][0].arguments == {"FunctionName": named(arn)}
    assert list(observe(here, [named(arn)])) == []
    assert gone(here, arn)


@pytest.mark.parametrize("name", ["orders:live", "orders:1", "orders:$LATEST", "", "a" * 65, "orders*"])
def test_a_version_or_an_alias_is_not_a_function(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
    assert re.fullmatch(KIND.pattern, "Orders_2-eu")
