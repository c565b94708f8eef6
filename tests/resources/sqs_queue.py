"""Cases of SQS queues."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import WEB, Here
from tests.privilege.ask import Asked, each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options

NUMBERS = count()
URL = f"https://sqs.eu-west-1.amazonaws.com/{WEB}/jobs"


def statement(sid: str, who: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": "sqs:SendMessage", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def create(here: Here, name: str, document: dict[str, Any] | None = None) -> str:
    given = {"Attributes": {"Policy": json.dumps(document)}} if document else {}
    here.client("sqs").create_queue(QueueName=name, **given)
    return f"arn:aws:sqs:{here.region}:{here.account}:{name}"


def make_public(here: Here) -> str:
    """Open to everybody and to its own account, beside one that nobody names."""
    mine = statement("mine", {"AWS": f"arn:aws:iam::{here.account}:root"})
    create(here, "orders-2", policy(statement("all", "*")))
    return create(here, "orders", policy(statement("all", "*"), mine))


def make_all_public(here: Here) -> str:
    create(here, "orders-2", policy(statement("all", "*")))
    return create(here, "orders", policy(statement("all", {"AWS": "*"})))


def sids(here: Here, name: str) -> list[str]:
    """The statements of its policy."""
    sqs = here.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return [one["Sid"] for one in json.loads(attributes.get("Policy") or '{"Statement": []}')["Statement"]]


def closed(here: Here, _arn: str) -> bool:
    return sids(here, "orders") == ["mine"] and sids(here, "orders-2") == ["all"]


def empty(here: Here, _arn: str) -> bool:
    return sids(here, "orders") == [] and sids(here, "orders-2") == ["all"]


def gone(here: Here, _arn: str) -> bool:
    urls = here.client("sqs").list_queues()["QueueUrls"]
    return [url.rsplit("/", 1)[1] for url in urls] == ["orders-2"]


EXAMPLES = (
    Example("sqs:queue", "disable", make_public, closed),
    Example("sqs:queue", "disable", make_all_public, empty),
    Example("sqs:queue", "kill", make_public, gone, {"skip_backup": True}),
)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """With no policy, or statements for everybody and for others."""
    who = st.sampled_from(("*", {"AWS": "*"}, {"AWS": f"arn:aws:iam::{WEB}:root"}, {"Service": "sns.amazonaws.com"}))
    one = st.builds(lambda number, principal: statement(f"s{number}", principal), st.integers(0, 99), who)
    some = st.lists(one, min_size=1, max_size=4, unique_by=lambda each: each["Sid"])
    return {"url": URL, "policy": draw(st.none() | some.map(lambda found: policy(*found)))}, {}


def change(facts: Facts, call: Call) -> None:
    written = call.arguments["Attributes"]["Policy"]
    facts["policy"] = json.loads(written) if written else None


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    name = f"jobs-{next(NUMBERS)}"
    create(here, name, drawn[0]["policy"])
    return name, drawn[1]


def _named(sent: Any) -> dict[str, Any]:
    given = sent.arguments
    return {"Queue": given.get("QueueName") or str(given["QueueUrl"]).rsplit("/", 1)[1]}


QUEUE = Asked(("arn:{p}:sqs:{r}:{a}:{Queue}",), named=_named)
CASES = Cases(
    arn=f"arn:aws:sqs:eu-west-1:{WEB}:jobs",
    unrecorded={"sqs.GetQueueUrl": {"QueueUrl": URL}, "sqs.ListQueueTags": {}},
    examples=EXAMPLES,
    generated=Generated(drawn(), change, make_drawn),
    asked={
        "sqs.ListQueues": on("arn:{p}:sqs:{r}:{a}:*"),
        **each(
            (
                *("sqs.DeleteQueue", "sqs.GetQueueAttributes", "sqs.GetQueueUrl", "sqs.ListDeadLetterSourceQueues"),
                *("sqs.ListQueueTags", "sqs.SetQueueAttributes"),
            ),
            QUEUE,
        ),
    },
)
