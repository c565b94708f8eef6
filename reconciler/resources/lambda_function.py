"""Lambda functions: `disable` pauses what polls for it and lets it run no more, `kill` deletes it for good.

A function of Lambda@Edge runs in copies, which no concurrency reaches and which keep AWS from deleting it; only its
CloudFront distributions let them go (CloudFront Developer Guide, "Restrictions on Lambda@Edge" and "Delete Lambda@Edge
functions and replicas"). Two things are left to AWS, which says so as the call fails: it refuses a concurrency of 0
while provisioned concurrency exists, and to delete a function of which copies are left for some hours still.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Kill, Kind, Names, Options, UndoStep, Verb, undo_of, unknown
from reconciler.resources.place import Place
from reconciler.resources.shared import lambda_ties as ties
from reconciler.resources.shared.arns import MAPPING
from reconciler.resources.shared.reads import answer, pages

ARN = ArnPattern("arn:{partition}:lambda:{region}:{account}:function:{name}")
WRONG = "InvalidParameterValueException"
PROVISIONED = Meaning(WRONG, "provisioned concurrency", Trouble.STATE, "delete its provisioned concurrency first")
CLOUDFRONT = "take it out of its CloudFront distributions; AWS gives the copies up some hours later"
REPLICATED = Meaning(WRONG, "replicated function", Trouble.STATE, CLOUDFRONT)
on_function = partial(Operation, "lambda", target="FunctionName", on=(ARN.glob,))

LIST = Operation("lambda", "list_functions")
CONCURRENCY = on_function("get_function_concurrency", none=("ResourceNotFoundException",))
RESUME = Operation("lambda", "update_event_source_mapping", given={"Enabled": True}, on=(MAPPING,))
PAUSE = replace(RESUME, given={"Enabled": False}, undo=(RESUME,))
# Back in the pool that all functions without a number of their own share.
UNRESERVE = on_function("delete_function_concurrency")
RESERVE = on_function("put_function_concurrency", errors=(PROVISIONED,))
CLOSE = replace(RESERVE, given={"ReservedConcurrentExecutions": 0}, undo=(RESERVE, UNRESERVE))
DELETE_MAPPING = Operation("lambda", "delete_event_source_mapping", on=(MAPPING,), destroys=True)
DELETE = on_function("delete_function", errors=(REPLICATED,), gone=("ResourceNotFoundException",), destroys=True)
SETTLED = ("Enabled", "Disabled")
# Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
KEPT = (
    "events that are sent to it asynchronously meanwhile are kept for up to six hours, and run as soon as it may again"
)


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """GetFunction is left alone: it hands out the code and the environment, and GetFunctionConcurrency tells enough."""
    family = ARN.format(partition=place.partition, region=place.region, account=place.account, name="")
    for name in pages(place, LIST, "Functions[].FunctionName") if names is None else names:
        said = answer(place, CONCURRENCY, FunctionName=name)
        if said is None:
            continue
        mappings = place.once("mappings", partial(ties.mappings, place, family))
        edges = place.once("edges", partial(ties.edges, place)) if place.region == ties.EDGE else {}
        # 0 is not the same as none.
        number = said.get("ReservedConcurrentExecutions")
        yield Resource(name, {"reserved": number, "mappings": mappings.get(name, []), "edge": edges.get(name, [])})


def disable(function: Resource, _options: Options) -> list[Call]:
    """Pause its event source mappings, or their pollers would fail and discard messages; then let it run no more."""
    ties.not_at_the_edge(function, "no concurrency stops its copies there")
    ties.check(function, SETTLED)
    enabled = [mapping["uuid"] for mapping in function.facts["mappings"] if mapping["state"] == "Enabled"]
    before = function.facts["reserved"]
    restore = UNRESERVE(function) if before is None else RESERVE(function, ReservedConcurrentExecutions=before)
    return [*(PAUSE(function, UUID=uuid) for uuid in enabled), *([] if before == 0 else [CLOSE(function, restore)])]


def kill(function: Resource, _options: Kill) -> list[Call]:
    """Pause its event source mappings; then delete it with all versions and aliases, and them. AWS keeps no copy.

    They would outlive it, and nothing makes them again: as long as AWS may refuse to delete it, they stay.
    """
    ties.not_at_the_edge(function, "AWS deletes no function that has copies there")
    ties.check(function, (*SETTLED, "Deleting"))
    states = {mapping["uuid"]: mapping["state"] for mapping in function.facts["mappings"]}
    if enabled := [uuid for uuid, state in states.items() if state == "Enabled"]:
        return [PAUSE(function, UUID=uuid) for uuid in enabled]
    left = [uuid for uuid, state in states.items() if state == "Disabled"]
    # Without a qualifier it is the function as a whole.
    return [DELETE(function), *(DELETE_MAPPING(function, UUID=uuid) for uuid in left)]


def notes(function: Resource, _options: Options) -> Iterable[str]:
    """What becomes of what is sent to it meanwhile."""
    return () if function.facts["reserved"] == 0 else (KEPT,)


def before(_function: Resource, call: Call) -> Mapping[str, Any]:
    """It had the number that would be put back, or none; or it was closed, and the mapping that was paused was not."""
    if call.operation == PAUSE.name:
        return {"reserved": 0, "edge": [], "mappings": [{"uuid": str(call.arguments["UUID"]), "state": "Enabled"}]}
    number = call.undo.arguments.get("ReservedConcurrentExecutions") if call.undo else None
    return {"reserved": None if number is None else int(number), "mappings": [], "edge": []}


def undo_calls(function: Resource, calls: Sequence[Call]) -> UndoStep:
    """Let it run as before, then its mappings; a number or a mapping that was changed since is left as it is."""
    ties.check(function, SETTLED)
    states = {mapping["uuid"]: mapping["state"] for mapping in function.facts["mappings"]}
    closed = function.facts["reserved"] == 0
    paused = [call for call in calls if states.get(call.arguments.get("UUID")) == "Disabled"]
    return undo_of([*(call for call in calls if closed and call.operation == CLOSE.name), *paused])


KIND = Kind(
    name="lambda:function",
    title="Lambda function",
    arn=ARN,
    # No qualifier: a version or an alias is not the function.
    pattern=r"[a-zA-Z0-9_-]{1,64}",
    observe=observe,
    reads=(CONCURRENCY, ties.MAPPINGS, ties.DISTRIBUTIONS),
    lists=(LIST,),
    verbs={
        "disable": Verb(
            disable,
            "disable the function's event source mappings and set its concurrency to 0",
            (PAUSE, CLOSE),
            stuck_after=timedelta(minutes=10),
            notes=notes,
        ),
        "kill": Verb(
            kill,
            "delete the function with its event source mappings",
            (PAUSE, DELETE_MAPPING, DELETE),
            options=Kill,
            stuck_after=timedelta(minutes=10),
        ),
    },
    # Each is asked by itself; what it hangs on is read once for all of a region.
    batch=1,
    tagged="apart",
    # AWS tells only when it was last modified.
    dated=False,
    before=before,
    undo_calls=undo_calls,
    identity=unknown,
)
