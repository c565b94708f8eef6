"""What IAM is asked for a call, looked up in what the kinds' cases have from AWS's documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.call import Call
from tests.privilege.ask import Ask, Asked, Sent
from tests.resources.examples import CASES
from tests.sdk import offline

SHOWN = "tag:GetResources"
ASKED: dict[str, Asked] = {
    **{name: asked for cases in CASES.values() for name, asked in cases.asked.items()},
    # The tags of what lists none: of any kind.
    "resourcegroupstaggingapi.GetResources": Asked(actions=(SHOWN,)),
}


def asks(sent: Sent) -> Iterator[Ask]:
    """All that IAM is asked before AWS does it; KeyError for a call that nobody has looked up."""
    name = f"{sent.service}.{sent.operation}"
    asked = ASKED[name]
    context = asked.context(sent)
    for action in asked.actions or (f"{sent.service}:{sent.operation}",):
        for template in asked.arns or ("*",):
            yield from (Ask(action, arn, context) for arn in _arns(template, sent, asked))
    yield from asked.besides(sent)


def sent(call: Call, account: str, region: str = "eu-west-1") -> Sent:
    """A planned call as botocore would send it."""
    client = offline(call.service, "us-east-1")
    operation = client.meta.method_to_api_mapping[call.operation]
    return Sent(call.service, operation, call.arguments, account, region)


def _arns(template: str, sent: Sent, asked: Asked) -> Iterator[str]:
    given = asked.named(sent)
    name = next((key for key in given if f"{{{key}}}" in template), "")
    many = [{}] if not name else [{name: value} for value in _listed(given[name])]
    for one in many:
        places = {"p": sent.partition, "r": sent.region, "a": sent.account, **given, **one}
        yield template.format(**places)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
