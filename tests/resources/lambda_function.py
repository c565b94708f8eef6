"""Cases of Lambda functions."""

from __future__ import annotations

import io
import uuid
import zipfile
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.model.task import Action
from reconciler.resources.lambda_function import KIND
from tests.aws import Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.stubbed import Stubbed

BYSTANDER = "bystander"


def create(here: Here, name: str) -> None:
    """A function with a published version, an alias, and a mapping to each; moto wants a role and a zip."""
    iam, client, sqs = here.client("iam"), here.client("lambda"), here.client("sqs")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    given: dict[str, Any] = {"Role": role, "Code": {"ZipFile": code.getvalue()}, "Runtime": "python3.12"}
    client.create_function(FunctionName=name, Handler="index.handler", Tags={"team": "web"}, Publish=True, **given)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    source = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for which, enabled in ((name, True), (f"{name}:live", True), (name, False)):
        client.create_event_source_mapping(FunctionName=which, EventSourceArn=source, Enabled=enabled)


def make(here: Here) -> str:
    name = f"orders-{uuid.uuid4().hex[:8]}"
    create(here, name)
    # A bystander whose name begins like the target's.
    create(here, f"{name}-{BYSTANDER}")
    here.client("lambda").put_function_concurrency(FunctionName=f"{name}-{BYSTANDER}", ReservedConcurrentExecutions=3)
    return f"arn:aws:lambda:{here.region}:{here.account}:function:{name}"


def make_reserved(here: Here) -> str:
    arn = make(here)
    here.client("lambda").put_function_concurrency(FunctionName=named(arn), ReservedConcurrentExecutions=7)
    return arn


def named(arn: str) -> str:
    return arn.rsplit(":", 1)[1]


def states(here: Here, name: str) -> list[str]:
    """The states of the mappings of a function, its versions and aliases."""
    mappings = here.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return sorted(m["State"] for m in mappings if m["FunctionArn"].split(":")[6] == name)


def reserved(here: Here, name: str) -> object:
    answer = here.client("lambda").get_function_concurrency(FunctionName=name)
    return answer.get("ReservedConcurrentExecutions")


def untouched(here: Here, arn: str) -> bool:
    other = f"{named(arn)}-{BYSTANDER}"
    return states(here, other) == ["Disabled", "Enabled", "Enabled"] and reserved(here, other) == 3


def closed(here: Here, arn: str) -> bool:
    paused = states(here, named(arn)) == ["Disabled"] * 3
    return paused and reserved(here, named(arn)) == 0 and untouched(here, arn)


def gone(here: Here, arn: str) -> bool:
    names = [function["FunctionName"] for function in here.client("lambda").list_functions()["Functions"]]
    return named(arn) not in names and states(here, named(arn)) == [] and untouched(here, arn)


EXAMPLES = (
    Example("lambda:function", "disable", make, closed),
    Example("lambda:function", "disable", make_reserved, closed),
    Example("lambda:function", "kill", make, gone, {"skip_backup": True}),
    Example("lambda:function", "kill", make_reserved, gone, {"skip_backup": True}),
)

NUMBERS = count()


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """With whatever is reserved for it, and mappings in mixed states."""
    states = draw(st.lists(st.sampled_from(("Enabled", "Disabled")), max_size=4))
    mappings = [{"uuid": f"u{number}", "state": state} for number, state in enumerate(states)]
    return {"reserved": draw(st.none() | st.integers(0, 50)), "mappings": mappings, "edge": []}, {}


def change(facts: Facts, call: Call) -> None:
    given = call.arguments
    if call.operation == "update_event_source_mapping":
        (mapping,) = (one for one in facts["mappings"] if one["uuid"] == given["UUID"])
        mapping["state"] = "Enabled" if given["Enabled"] else "Disabled"
    else:
        facts["reserved"] = given.get("ReservedConcurrentExecutions")


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """A function with mappings to queues of its own."""
    (facts, options), number = drawn, next(NUMBERS)
    client, sqs, name = here.client("lambda"), here.client("sqs"), f"orders-{number}"
    role = here.client("iam").create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    given = {"Role": role, "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}, "Runtime": "python3.12"}
    client.create_function(FunctionName=name, Handler="index.handler", **given)
    for index, mapping in enumerate(facts["mappings"]):
        queue = sqs.create_queue(QueueName=f"{name}-{index}")["QueueUrl"]
        source = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        enabled = mapping["state"] == "Enabled"
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=source, Enabled=enabled)
    if facts["reserved"] is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=facts["reserved"])
    return name, options


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("lambda").tag_resource(Resource=arn, Tags={key: value})


def at_the_edge(action: Action) -> list[Call]:
    """A function in the one region where CloudFront is asked, and what would be sent."""
    with Stubbed("lambda", "cloudfront", region="us-east-1") as place:
        place.answers("get_function_concurrency", {"FunctionName": "orders"}, {})
        place.answers("list_event_source_mappings", {}, {"EventSourceMappings": []})
        (found,) = KIND.observe(place, ["orders"])
    verb = KIND.verbs[action]
    return verb.needed(found, verb.options(**({"skip_backup": True} if action == "kill" else {})))


CASES = Cases(
    not_in_moto=at_the_edge,
    tag=tag,
    arn="arn:aws:lambda:eu-west-1:111122223333:function:orders",
    unrecorded={"lambda.GetFunctionConcurrency": {}},
    examples=EXAMPLES,
    by_itself={
        "lambda.ListFunctions": {"Functions[].LastModified": "2030-01-01T00:00:00.000+0000", "Functions[].CodeSize": 7},
        "lambda.ListEventSourceMappings": {"EventSourceMappings[].LastProcessingResult": "PROBLEM: too many calls"},
    },
    generated=Generated(drawn(), change, make_drawn),
    passing=tuple({"mappings": [{"uuid": "u9", "state": state}]} for state in ("Enabling", "Disabling", "Updating")),
    asked={
        "cloudfront.ListDistributions": on(),
        "lambda.ListEventSourceMappings": on(),
        **each(
            (
                *("lambda.DeleteFunction", "lambda.DeleteFunctionConcurrency", "lambda.GetFunctionConcurrency"),
                "lambda.PutFunctionConcurrency",
            ),
            on("arn:{p}:lambda:{r}:{a}:function:{FunctionName}"),
        ),
        **each(
            ("lambda.DeleteEventSourceMapping", "lambda.UpdateEventSourceMapping"),
            on("arn:{p}:lambda:{r}:{a}:event-source-mapping:{UUID}"),
        ),
    },
)
