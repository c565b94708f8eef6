"""Cases of SQS queues."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.resources.shared.resource_policy import parse
from tests.aws import Here
from tests.privilege.ask import Asked, Sent, each
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must

BYSTANDER = "bystander"
NUMBERS = count()


def statement(sid: str, who: Any, **condition: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": "sqs:SendMessage", "Resource": "*", **condition}


OPEN = statement("open", "*")
MINE = statement("mine", {"AWS": "arn:aws:iam::123456789012:root"})
TOPIC = statement("topic", "*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:123456789012:alerts"}})
DENIAL = {**statement("tls", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}), "Effect": "Deny"}


def create(here: Here, name: str, *statements: dict[str, Any]) -> str:
    """Its URL."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""
    given = {"Policy": policy} if policy else {}
    if name.endswith(".fifo"):
        given["FifoQueue"] = "true"
    return str(here.client("sqs").create_queue(QueueName=name, Attributes=given, tags={"team": "web"})["QueueUrl"])


def make(here: Here, *statements: dict[str, Any], name: str = "orders") -> str:
    """A queue, and a bystander that is open to everybody."""
    create(here, name, *statements)
    create(here, BYSTANDER, OPEN)
    return f"arn:aws:sqs:{here.region}:{here.account}:{name}"


def make_open(here: Here) -> str:
    """It lets in everybody, beside those who may."""
    return make(here, OPEN, MINE, TOPIC, DENIAL)


def make_all_open(here: Here) -> str:
    """Nothing of its policy is left when it is closed."""
    return make(here, OPEN, name="orders.fifo")


def allowed(here: Here, name: str) -> list[str]:
    """The Sids of its policy."""
    sqs = here.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    policy = json.loads(attributes.get("Policy") or '{"Statement": []}')
    return [one["Sid"] for one in policy["Statement"]]


def closed(here: Here, arn: str) -> bool:
    left = [] if arn.endswith(".fifo") else ["mine", "topic", "tls"]
    return allowed(here, arn.rsplit(":", 1)[1]) == left and allowed(here, BYSTANDER) == ["open"]


def gone(here: Here, arn: str) -> bool:
    names = [url.rsplit("/", 1)[1] for url in here.client("sqs").list_queues()["QueueUrls"]]
    return arn.rsplit(":", 1)[1] not in names and BYSTANDER in names


EXAMPLES = (
    Example("sqs:queue", "disable", make_open, closed),
    Example("sqs:queue", "disable", make_all_open, closed),
    Example("sqs:queue", "kill", make_open, gone, {"skip_backup": True}),
)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """With a policy of some of these statements, or without one."""
    statements = draw(st.lists(st.sampled_from((OPEN, MINE, TOPIC, DENIAL)), unique_by=str))
    policy = parse(json.dumps({"Version": "2012-10-17", "Statement": statements})) if statements else None
    return {"url": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders", "policy": policy}, {}


def change(facts: Facts, call: Call) -> None:
    must(call.operation == "set_queue_attributes" and call.arguments["QueueUrl"] == facts["url"])
    given = call.arguments["Attributes"]
    must(given.keys() == {"Policy"})
    facts["policy"] = parse(given["Policy"]) if given["Policy"] else None


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    (facts, options), name = drawn, f"orders-{next(NUMBERS)}"
    create(here, name, *(facts["policy"] or {"Statement": []})["Statement"])
    return name, options


def named(sent: Sent) -> dict[str, str]:
    """The queue's name, which most calls give within its URL."""
    given = sent.arguments
    return {"name": given.get("QueueName") or given["QueueUrl"].rsplit("/", 1)[1]}


def tag(here: Here, arn: str, key: str, value: str) -> None:
    sqs = here.client("sqs")
    sqs.tag_queue(QueueUrl=sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"], Tags={key: value})


CASES = Cases(
    tag=tag,
    arn="arn:aws:sqs:eu-west-1:111122223333:orders",
    unrecorded={
        "sqs.GetQueueUrl": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"},
    },
    examples=EXAMPLES,
    by_itself={
        "sqs.GetQueueAttributes": {
            "Attributes.ApproximateNumberOfMessages": "4711",
            "Attributes.ApproximateNumberOfMessagesNotVisible": "17",
        },
    },
    generated=Generated(drawn(), change, make_drawn),
    persons=({"policy": {"Version": "2012-10-17", "Statement": [statement("theirs", "*")]}},),
    asked=each(
        (
            *("sqs.DeleteQueue", "sqs.GetQueueAttributes", "sqs.GetQueueUrl", "sqs.ListDeadLetterSourceQueues"),
            "sqs.SetQueueAttributes",
        ),
        Asked(("arn:{p}:sqs:{r}:{a}:{name}",), named=named),
    ),
)
