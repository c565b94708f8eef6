"""SQS queues: what of a policy goes, and what is lost with a queue."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Options, Refused
from reconciler.resources.sqs_queue import GONE, KIND, disable, kill, observe
from tests.aws import Here, seen_by
from tests.resources.sqs_queue import BYSTANDER, DENIAL, MINE, OPEN, TOPIC, create, make_open
from tests.stubbed import Stubbed

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"


def queue(*statements: dict[str, Any], **facts: Any) -> Resource:
    policy = {"Version": "2012-10-17", "Statement": list(statements)} if statements else None
    return Resource("orders", {"url": URL, "policy": policy, **facts})


def written(*statements: dict[str, Any]) -> dict[str, Any]:
    """The statements of the policy that disabling such a queue writes, and those that undoing it does."""
    (call,) = disable(queue(*statements), Options())
    assert call.undo
    texts = [one.arguments["Attributes"]["Policy"] for one in (call, call.undo)]
    after, before = [json.loads(text)["Statement"] if text else None for text in texts]
    return {"after": after, "before": before}


def test_statements_for_everybody_go_and_all_others_stay() -> None:
    assert written(OPEN, MINE, TOPIC, DENIAL) == {"after": [MINE, TOPIC, DENIAL], "before": [OPEN, MINE, TOPIC, DENIAL]}
    # An empty text takes the policy away.
    assert written(OPEN) == {"after": None, "before": [OPEN]}
    assert disable(queue(MINE, TOPIC, DENIAL), Options()) == disable(queue(), Options()) == []


@pytest.mark.promise(5)
def test_a_policy_that_was_changed_since_is_not_overwritten() -> None:
    calls = disable(queue(OPEN, MINE), Options())

    assert KIND.undo_calls(queue(MINE), calls).calls == [calls[0].reversed]
    assert not KIND.undo_calls(queue(OPEN, MINE), calls).calls
    with pytest.raises(Refused, match="policy changed since"):
        KIND.undo_calls(queue(MINE, DENIAL), calls)


def test_messages_are_lost_only_if_the_task_says_so() -> None:
    verb = KIND.verbs["kill"]

    with pytest.raises(Refused, match="`skip_backup: true`"):
        verb.needed(queue(sources=[]), Kill())
    (call,) = verb.needed(queue(sources=[]), Kill(skip_backup=True))
    assert call.arguments == {"QueueUrl": URL}
    assert call.undo is None
    assert "with its messages" in verb.does


def test_a_dead_letter_queue_is_not_killed_while_others_use_it(here: Here) -> None:
    arn = make_open(here)
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    url = here.client("sqs").get_queue_url(QueueName=BYSTANDER)["QueueUrl"]
    here.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    (found,) = seen_by(KIND, "kill", here, ["orders"])

    with pytest.raises(Refused, match=f"the dead-letter queue of .*{BYSTANDER}"):
        kill(found, Kill(skip_backup=True))


@pytest.mark.parametrize("code", GONE)
def test_only_aws_own_codes_are_an_absence(code: str) -> None:
    named = {"QueueName": "orders", "QueueOwnerAWSAccountId": Stubbed.account}
    with Stubbed("sqs") as place:
        place.fails("get_queue_url", code)
        assert list(observe(place, ["orders"])) == []

        place.answers("get_queue_url", named, {"QueueUrl": URL})
        place.fails("get_queue_attributes", code)  # deleted in the meantime
        assert list(observe(place, ["orders"])) == []

        # A queue of another account.
        place.fails("get_queue_url", "AccessDenied", 403)
        with pytest.raises(place.client("sqs").exceptions.ClientError, match="AccessDenied"):
            list(observe(place, ["orders"]))


def test_urls_are_taken_as_aws_gives_them(here: Here) -> None:
    url = create(here, "orders", MINE)

    (found,) = observe(here, ["orders"])

    assert found.facts["url"] == url


@pytest.mark.parametrize("name", ["a" * 81, "orders.fifo.fifo", "orders/1", "a" * 76 + ".fifo", "*"])
def test_what_aws_refuses_as_a_name_is_none(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
    assert re.fullmatch(KIND.pattern, "Orders_2-eu.fifo")
