"""Which policies of a group deny something: without one, its members may do more than with it. Not a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Part
from reconciler.resources.place import Place
from reconciler.resources.shared import arns
from reconciler.resources.shared.reads import answer, with_facts
from reconciler.resources.shared.resource_policy import statements

POLICIES = (arns.POLICY, arns.AWS_POLICY)
GET_POLICY = Operation("iam", "get_policy", on=POLICIES)
GET_VERSION = Operation("iam", "get_policy_version", on=POLICIES)


def denies(document: Mapping[str, Any]) -> bool:
    """Whether a policy denies anything."""
    return any(each["Effect"] == "Deny" for each in statements(document))


def read_denying(place: Place, groups: Sequence[Resource]) -> Iterator[Resource]:
    """Which attached policies deny something; of each that is asked once, however many groups have it."""
    attached = sorted({arn for group in groups for arn in group.facts["attached"]})
    answers = place.side_by_side(lambda arn: place.once(arn, lambda: _denies_attached(place, arn)), attached)
    denying = dict(zip(attached, answers, strict=True))
    for group in groups:
        yield with_facts(group, denying=[arn for arn in group.facts["attached"] if denying[arn]])


def _denies_attached(place: Place, arn: str) -> bool:
    version = answer(place, GET_POLICY, PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return denies(answer(place, GET_VERSION, PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


DENYING = Part(("denying",), (GET_POLICY, GET_VERSION), read_denying)
