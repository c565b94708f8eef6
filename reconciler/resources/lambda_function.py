"""Lambda functions: `disable` pauses what polls for it and lets it run no more, `kill` deletes it for good.

Two things are left to AWS, which says so as the call fails: it refuses a concurrency of 0 while provisioned concurrency
exists, and to delete a function that CloudFront still replicates. A concurrency of 0 does not reach such replicas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import PLANNED, Kill, Kind, Options, Place, Scope, Underway, UndoStep, Verb, undo_of
from reconciler.resources.shared.arns import FUNCTION, MAPPING


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """GetFunction is left alone: it hands out the code and the environment, and GetFunctionConcurrency tells enough."""
    client = place.client("lambda")
    family = f"arn:{place.partition}:lambda:{place.region}:{place.account}:function:"
    reserved = dict(_reserved(client, names))
    mappings = _mappings(client, family) if reserved else {}
    for name, number in reserved.items():
        facts = {"reserved": number, "mappings": mappings.get(name, [])}
        yield Resource(name, facts, tags=client.list_tags(Resource=family + name).get("Tags", {}))


def disable(function: Resource, _options: Options) -> list[Call]:
    """Pause its event source mappings, or their pollers would fail and discard messages; then let it run no more."""
    _wait_for(function, settled=("Enabled", "Disabled"))
    enabled = [mapping["uuid"] for mapping in function.facts["mappings"] if mapping["state"] == "Enabled"]
    return [*(_pause(uuid) for uuid in enabled), *_close(function)]


def kill(function: Resource, _options: Kill) -> list[Call]:
    """Delete its event source mappings, which would outlive it, then all versions and aliases. AWS keeps no copy."""
    _wait_for(function, settled=("Enabled", "Disabled", "Deleting"))
    left = [mapping["uuid"] for mapping in function.facts["mappings"] if mapping["state"] != "Deleting"]
    calls = [Call(service="lambda", operation="delete_event_source_mapping", arguments={"UUID": uuid}) for uuid in left]
    # Without a qualifier it is the function as a whole.
    return [*calls, Call(service="lambda", operation="delete_function", arguments={"FunctionName": function.name})]


def undo_calls(function: Resource, calls: Sequence[Call]) -> UndoStep:
    """Let it run as before, then its mappings; a number or a mapping that was changed since is left as it is."""
    _wait_for(function, settled=("Enabled", "Disabled"))
    states = {mapping["uuid"]: mapping["state"] for mapping in function.facts["mappings"]}
    closed = function.facts["reserved"] == 0
    return undo_of(
        call
        for call in calls
        if (
            closed if call.operation == "put_function_concurrency" else states.get(call.arguments["UUID"]) == "Disabled"
        )
    )


def _reserved(client: Any, names: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """Those that exist, and the concurrency that is reserved for each: 0 is not the same as none."""
    for name in names:
        try:
            answer = client.get_function_concurrency(FunctionName=name)
        except client.exceptions.ResourceNotFoundException:
            continue
        yield name, answer.get("ReservedConcurrentExecutions")


def _mappings(client: Any, family: str) -> dict[str, list[dict[str, str]]]:
    """All mappings by function: asked for one function, AWS does not promise those of its versions and aliases."""
    found = defaultdict(list)
    for page in client.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            arn = mapping.get("FunctionArn", "")
            if arn.startswith(family):
                name = arn.removeprefix(family).split(":")[0]
                found[name].append({"uuid": mapping["UUID"], "state": mapping["State"]})
    return {name: sorted(mappings, key=lambda mapping: mapping["uuid"]) for name, mappings in found.items()}


def _wait_for(function: Resource, settled: Sequence[str]) -> None:
    # AWS refuses to change a mapping while it is changing.
    for mapping in function.facts["mappings"]:
        if mapping["state"] not in settled:
            raise Underway(f"event source mapping {mapping['uuid']} is {mapping['state'].lower()}")


def _pause(uuid: str) -> Call:
    back = Call(service="lambda", operation="update_event_source_mapping", arguments={"UUID": uuid, "Enabled": True})
    arguments = {"UUID": uuid, "Enabled": False}
    return Call(service="lambda", operation="update_event_source_mapping", arguments=arguments, undo=back)


def _close(function: Resource) -> list[Call]:
    which, before = {"FunctionName": function.name}, function.facts["reserved"]
    if before == 0:
        return []
    if before is None:
        # Back in the pool that all functions without a number of their own share.
        back = Call(service="lambda", operation="delete_function_concurrency", arguments=which)
    else:
        old = {**which, "ReservedConcurrentExecutions": before}
        back = Call(service="lambda", operation="put_function_concurrency", arguments=old)
    arguments = {**which, "ReservedConcurrentExecutions": 0}
    return [Call(service="lambda", operation="put_function_concurrency", arguments=arguments, undo=back)]


KIND = Kind(
    name="lambda:function",
    title="Lambda function",
    # No qualifier: a version or an alias is not the function.
    pattern=r"[a-zA-Z0-9_-]{1,64}",
    observe=observe,
    permissions=("lambda:GetFunctionConcurrency", "lambda:ListEventSourceMappings", "lambda:ListTags"),
    verbs={
        "disable": Verb(
            disable,
            does="pause the function's event source mappings and let it run no more",
            manual_commands=(PLANNED,),
            permissions=("lambda:UpdateEventSourceMapping", "lambda:PutFunctionConcurrency"),
            undo=(
                "lambda:UpdateEventSourceMapping",
                "lambda:PutFunctionConcurrency",
                "lambda:DeleteFunctionConcurrency",
            ),
            stuck_after=timedelta(minutes=10),
        ),
        "kill": Verb(
            kill,
            does="delete the function with its event source mappings",
            manual_commands=(PLANNED,),
            permissions=("lambda:DeleteEventSourceMapping", "lambda:DeleteFunction"),
            options=Kill,
            stuck_after=timedelta(minutes=10),
        ),
    },
    scopes=(
        Scope(
            (
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:GetFunctionConcurrency",
                "lambda:ListTags",
                "lambda:PutFunctionConcurrency",
            ),
            (FUNCTION,),
        ),
        Scope(("lambda:UpdateEventSourceMapping", "lambda:DeleteEventSourceMapping"), (MAPPING,)),
    ),
    # One look asks once or twice a function and reads all mappings; AWS answers 15 such questions a second.
    batch=25,
    # AWS tells only when it was last modified.
    dated=False,
    undo_calls=undo_calls,
)
