"""SQS queues: `disable` takes the statements for everybody out of its policy, `kill` deletes it with its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Kind, Names, Options, Part, Refused, Verb
from reconciler.resources.place import Place
from reconciler.resources.shared.reads import answer, pages, with_facts
from reconciler.resources.shared.resource_policy import parse, text
from reconciler.resources.shared.settings import Setting, close, stood, undo_settings

ARN = ArnPattern("arn:{partition}:sqs:{region}:{account}:{name}")
GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")  # on the wire, and as newer endpoints say it
on_queue = partial(Operation, "sqs", target=lambda queue: {"QueueUrl": queue.facts["url"]}, on=(ARN.glob,))

LIST = Operation("sqs", "list_queues")
URL = on_queue("get_queue_url", none=GONE)
ATTRIBUTES = on_queue("get_queue_attributes", none=GONE)
SOURCES = on_queue("list_dead_letter_source_queues")
WRITE = on_queue("set_queue_attributes")
DELETE = on_queue("delete_queue", gone=GONE, destroys=True)


def _policy(attributes: Mapping[str, str]) -> Mapping[str, Any] | None:
    return parse(attributes["Policy"]) if attributes.get("Policy") else None


def _attributes(_queue: Resource, policy: Mapping[str, Any] | None) -> dict[str, str]:
    return {"Policy": text(policy) if policy else ""}  # an empty policy is none


POLICY = Setting("policy", replace(WRITE, undo=(WRITE,)), None, "Attributes", _attributes, _policy)


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """One by one. URLs are AWS's to build: some partitions and old queues have others."""
    urls = pages(place, LIST, "QueueUrls[]", PaginationConfig={"PageSize": 1000}) if names is None else ()
    for name in names or (url.rsplit("/", 1)[1] for url in urls):
        known = answer(place, URL, QueueName=name, QueueOwnerAWSAccountId=place.account)
        found = known and answer(place, ATTRIBUTES, QueueUrl=known["QueueUrl"], AttributeNames=["All"])
        if found:
            facts = {"url": known["QueueUrl"], "policy": _policy(found["Attributes"])}
            created = datetime.fromtimestamp(float(found["Attributes"]["CreatedTimestamp"]), UTC)
            yield Resource(name, facts, created)


def read_sources(place: Place, queues: Sequence[Resource]) -> Iterator[Resource]:
    """The queues that send here what they cannot handle."""
    for queue in queues:
        yield with_facts(queue, sources=sorted(pages(place, SOURCES, "queueUrls[]", QueueUrl=queue.facts["url"])))


def disable(queue: Resource, _options: Options) -> list[Call]:
    """Let in nobody but whom its policy names; who may by an own policy of his account still does."""
    return close(queue, POLICY)


def kill(queue: Resource, _options: Kill) -> list[Call]:
    """Delete it. AWS takes up to a minute, and frees the name only then."""
    if queue.facts["sources"]:
        sources = ", ".join(queue.facts["sources"])
        raise Refused(f"it is the dead-letter queue of {sources}; give them another one first")
    return [DELETE(queue)]


KIND = Kind(
    name="sqs:queue",
    title="SQS queue",
    arn=ARN,
    pattern=r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo",
    observe=observe,
    reads=(URL, ATTRIBUTES),
    lists=(LIST,),
    verbs={
        "disable": Verb(disable, "remove public statements from the queue's policy", (POLICY.put,)),
        "kill": Verb(
            kill,
            "delete the queue with its messages",
            (DELETE,),
            options=Kill,
            parts=(Part(("sources",), (SOURCES,), read_sources),),
        ),
    },
    batch=1,
    tagged="apart",
    before=lambda _queue, call: stood(call, POLICY),
    undo_calls=undo_settings(POLICY),
)
