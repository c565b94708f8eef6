"""What AWS lists of all at once is what it lists of each: the facts are the same, and a refusal is no absence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.observe.shared_reads import Memory, SharedPlace
from reconciler.resources.catalog import KINDS
from reconciler.resources.shared import scaling
from reconciler.resources.shared.iam_credentials import CREDENTIALS, LISTS_ALL
from reconciler.resources.shared.iam_denials import DENYING
from tests.aws import Here, seen_by
from tests.privilege.recorded import recorded
from tests.resources.ec2_instance import make_member
from tests.resources.paged import halves, late, paged
from tests.stubbed import Stubbed

SERVICE = CREDENTIALS[-1]
OPERATION = "list_service_specific_credentials"
HELD = st.dictionaries(st.integers(0, 3), st.sampled_from(("Active", "Inactive", "Expired")), max_size=3)
USERS = st.dictionaries(st.sampled_from(("ann", "Bob", "bo", "bobby", "o.b+1", "cid")), HELD, min_size=2)


def entry(user: str, number: int, status: str) -> dict[str, Any]:
    return {
        "UserName": user,
        "Status": status,
        "ServiceUserName": f"{user}-at-123456789012",
        "CreateDate": "2020-01-01T00:00:00Z",
        "ServiceName": "codecommit.amazonaws.com",
        "ServiceSpecificCredentialId": f"ACCA{user.encode().hex():0>16}{number}",
    }


def users(names: Iterable[str]) -> list[Resource]:
    return [Resource(name, {}) for name in names]


def read(place: Stubbed, names: Sequence[str]) -> dict[str, dict[str, str]]:
    return {user.name: user.facts[SERVICE.noun] for user in SERVICE.read(place, users(names))}


def answer_each(place: Stubbed, held: dict[str, list[dict[str, Any]]], names: Iterable[str]) -> None:
    for name in names:
        place.answers(OPERATION, {"UserName": name}, {"ServiceSpecificCredentials": held.get(name, [])})


def drawn_entries(drawn: dict[str, dict[int, str]]) -> dict[str, list[dict[str, Any]]]:
    return {user: [entry(user, *one) for one in held.items()] for user, held in drawn.items()}


@given(drawn=USERS, others=USERS, cut=st.integers(0, 9))
def test_service_specific_credentials_of_all_users_are_those_of_each(
    drawn: dict[str, dict[int, str]], others: dict[str, dict[int, str]], cut: int
) -> None:
    held = {**drawn_entries({f"not-{name}": some for name, some in others.items()}), **drawn_entries(drawn)}
    whole = [one for entries in held.values() for one in entries]
    first, second = whole[:cut], whole[cut:]
    asked = {"AllUsers": True, "MaxItems": 1000}
    with Stubbed("iam") as place:
        place.answers(OPERATION, asked, {"ServiceSpecificCredentials": first, "IsTruncated": True, "Marker": "more"})
        place.answers(OPERATION, {**asked, "Marker": "more"}, {"ServiceSpecificCredentials": second})
        of_all = read(place, list(drawn))
    with Stubbed("iam") as place:
        each: dict[str, dict[str, str]] = {}
        for name in drawn:
            answer_each(place, held, [name])
            each |= read(place, [name])

    assert of_all == each


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidInput", "NoSuchEntity", "ValidationError"])
def test_where_aws_does_not_list_those_of_all_each_user_is_asked_about(code: str) -> None:
    held = drawn_entries({"ann": {}, "bob": {1: "Active"}})
    with Stubbed("iam") as place:
        place.fails(OPERATION, code)
        answer_each(place, held, ["ann", "bob"])

        assert read(place, ["ann", "bob"]) == {"ann": {}, "bob": {held["bob"][0][SERVICE.id]: "Active"}}


@pytest.mark.parametrize("code", ["Throttling", "ServiceFailure", "InvalidAction", "ExpiredToken"])
def test_a_list_of_all_that_cannot_be_read_is_not_taken_for_none(code: str) -> None:
    with Stubbed("iam") as place:
        place.fails(OPERATION, code)

        with pytest.raises(place.client("iam").exceptions.ClientError, match=code):
            read(place, ["ann", "bob"])


def test_where_nobody_says_that_aws_lists_all_each_user_is_asked_about() -> None:
    with Stubbed("iam") as place:
        place.partition = "aws-iso"
        answer_each(place, {}, ["ann", "bob"])

        assert read(place, ["ann", "bob"]) == {"ann": {}, "bob": {}}
    assert "aws-iso" not in LISTS_ALL


@pytest.mark.parametrize("action", ["disable", "kill"])
def test_users_are_seen_together_as_each_is_seen_alone(here: Here, action: Action) -> None:
    kind, iam = KINDS["iam:user"], here.client("iam")
    names = ["ann", "bob", "cid"]
    for number, name in enumerate(names):
        iam.create_user(UserName=name)
        for _ in range(number):
            iam.create_access_key(UserName=name)
            iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    alone = [seen for name in names for seen in seen_by(kind, action, here, [name])]

    assert seen_by(kind, action, here, [*names, "nobody"]) == alone
    assert [len(seen.facts["service_specific_credential"]) for seen in alone] == [0, 1, 2]
    for cut in (late, halves):
        with paged(cut) as pages:
            assert seen_by(kind, action, here, names) == alone
        assert pages.unread == ()


def make_members(here: Here, members: int, alone: int) -> list[str]:
    make_member(here)
    autoscaling, ec2 = here.client("autoscaling"), here.client("ec2")
    autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=members, DesiredCapacity=members)
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=alone, MaxCount=alone)
    pages = ec2.get_paginator("describe_instances").paginate().search("Reservations[].Instances[].InstanceId")
    return sorted(pages)


def test_a_page_of_members_does_for_many_instances_if_it_has_all(here: Here) -> None:
    names = make_members(here, 3, scaling.TOGETHER)
    kind = KINDS["ec2:instance"]
    alone = [seen for name in (names[0], names[-1]) for seen in seen_by(kind, "disable", here, [name])]

    with recorded(here.account) as sent:
        seen = seen_by(kind, "disable", here, names)

    assert [one.operation for one in sent].count("DescribeAutoScalingInstances") == 1
    assert sum(bool(one.facts["group"]) for one in seen) == 3
    assert [one for one in sorted(seen, key=lambda one: one.name) if one.name in (names[0], names[-1])] == alone


def test_a_first_page_with_more_to_come_says_nothing_of_those_that_it_lacks() -> None:
    names = [f"i-{number:017}" for number in range(scaling.TOGETHER + 1)]
    member = {
        "InstanceId": names[-1],
        "AutoScalingGroupName": "web",
        "AvailabilityZone": "eu-west-1a",
        "LifecycleState": "InService",
        "HealthStatus": "HEALTHY",
        "ProtectedFromScaleIn": False,
    }
    with Stubbed("autoscaling") as place:
        operation, managed = "describe_auto_scaling_instances", {"IncludeManagedResources": True}
        place.answers(operation, {"MaxRecords": 50, **managed}, {"AutoScalingInstances": [], "NextToken": "more"})
        place.answers(operation, {"InstanceIds": names[:-1], **managed}, {"AutoScalingInstances": []})
        place.answers(operation, {"InstanceIds": names[-1:], **managed}, {"AutoScalingInstances": [member]})
        asked = {"AutoScalingGroupNames": ["web"], **managed}
        place.answers("describe_auto_scaling_groups", asked, {"AutoScalingGroups": []})

        found = scaling.memberships(place, dict.fromkeys(names, ""))

    assert {name for name, facts in found.items() if facts["group"]} == {names[-1]}


def test_a_policy_that_many_groups_have_is_read_once_in_all_batches_of_a_pass(here: Here) -> None:
    iam = here.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    policy = iam.create_policy(PolicyName="deny", PolicyDocument=document)["Policy"]["Arn"]
    for name in ("a", "b", "c"):
        iam.create_group(GroupName=name)
        iam.attach_group_policy(GroupName=name, PolicyArn=policy)

    with recorded(here.account) as sent, ThreadPoolExecutor(2) as pool:
        place, kind = SharedPlace(here, Memory(), pool, Memory()), KINDS["iam:group"]
        seen = [one for names in ("ab", "c") for one in kind.look(place, list(names), lambda _: (DENYING,))]

    assert [one.facts["denying"] for one in seen] == [[policy]] * 3
    assert [one.operation for one in sent] == ["GetAccountAuthorizationDetails", "GetPolicy", "GetPolicyVersion"]
