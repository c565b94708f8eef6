"""IAM groups: without policies, or gone; the members are never touched, and never set free of a denial unasked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.sighting import Resource
from reconciler.resources.iam_group import KIND, Delete, Disable, disable, kill, observe
from reconciler.resources.kind import Refused
from tests import moto_iam
from tests.aws import Here, send
from tests.resources.example import Example
from tests.stubbed import Stubbed

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::ü%41 +/*"}],
}
NO_MFA = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def make(here: Here) -> str:
    """A group with policies of all sorts and two members, and another group beside it that shares one of them."""
    iam = here.client("iam")
    moto_iam.add_aws_policy(here.account, "AdministratorAccess", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    policy = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    for name in ("ops", "bystander"):
        iam.create_group(GroupName=name, Path="/teams/")
        iam.put_group_policy(GroupName=name, PolicyName="inline", PolicyDocument=json.dumps(READ, indent=4))
        iam.put_group_policy(GroupName=name, PolicyName="second", PolicyDocument=json.dumps(READ))
        iam.attach_group_policy(GroupName=name, PolicyArn=policy)
        iam.attach_group_policy(GroupName=name, PolicyArn=ADMIN)
    for name in ("ann", "bob"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(UserName=name, GroupName="ops")
    iam.create_user(UserName="cid")
    for name in ("ann", "cid"):
        iam.add_user_to_group(UserName=name, GroupName="bystander")
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    return f"arn:aws:iam::{here.account}:group/teams/ops"


def make_with_a_denial(here: Here) -> str:
    arn = make(here)
    iam = here.client("iam")
    iam.put_group_policy(GroupName="ops", PolicyName="no-mfa", PolicyDocument=json.dumps(NO_MFA))
    return arn


def policies(here: Here, name: str) -> tuple[list[str], list[str]]:
    iam = here.client("iam")
    attached = iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
    inline = iam.list_group_policies(GroupName=name)["PolicyNames"]
    return sorted(entry["PolicyName"] for entry in attached), sorted(inline)


def members(here: Here, name: str) -> list[str]:
    return sorted(user["UserName"] for user in here.client("iam").get_group(GroupName=name)["Users"])


def bystanders_stand(here: Here) -> bool:
    kept = here.client("iam").list_attached_user_policies(UserName="ann")["AttachedPolicies"]
    whole = policies(here, "bystander") == (["AdministratorAccess", "read"], ["inline", "second"])
    return (
        whole and members(here, "bystander") == ["ann", "cid"] and [entry["PolicyName"] for entry in kept] == ["read"]
    )


def left(attached: list[str], inline: list[str]) -> Any:
    """Whether the group has just these policies, and its members."""

    def stands(here: Here, _arn: str) -> bool:
        as_asked = policies(here, "ops") == (attached, inline) and members(here, "ops") == ["ann", "bob"]
        return as_asked and bystanders_stand(here)

    return stands


def gone(here: Here, _arn: str) -> bool:
    iam = here.client("iam")
    groups = [group["GroupName"] for group in iam.list_groups()["Groups"]]
    users = sorted(user["UserName"] for user in iam.list_users()["Users"])
    memberships = iam.list_groups_for_user(UserName="bob")["Groups"]
    return groups == ["bystander"] and users == ["ann", "bob", "cid"] and memberships == [] and bystanders_stand(here)


BOTH = {"policy_arn": ADMIN, "policy_name": "second"}

EXAMPLES = (
    Example("iam:group", "disable", make, left([], [])),
    Example("iam:group", "disable", make, left(["read"], ["inline", "second"]), {"policy_arn": ADMIN}),
    Example("iam:group", "disable", make, left(["AdministratorAccess", "read"], ["inline"]), {"policy_name": "second"}),
    Example("iam:group", "disable", make, left(["read"], ["inline"]), BOTH),
    Example("iam:group", "disable", make_with_a_denial, left([], []), {"force": True}),
    Example("iam:group", "kill", make, gone, {"skip_backup": True}),
    Example("iam:group", "kill", make_with_a_denial, gone, {"force": True, "skip_backup": True}),
)


def group(**facts: object) -> Resource:
    usual = {"id": "AGPA1", "inline": {}, "attached": [], "denying": [], "members": []}
    return Resource("ops", {**usual, **facts})


def look(here: Here, verb: str = "") -> Resource:
    see = (KIND.verbs["kill"].observe if verb == "kill" else None) or observe
    (seen,) = see(here, ["ops", "nobody"])
    return seen


def sent(calls: list[Any]) -> list[tuple[str, ...]]:
    return [(call.operation, *call.arguments.values()) for call in calls]


def test_a_group_is_seen_with_what_it_has(here: Here) -> None:
    make(here)
    seen = look(here, "kill")

    facts = dict(seen.facts)
    assert len(facts.pop("id")) > 15
    assert facts == {
        "path": "/teams/",
        "inline": {"inline": READ, "second": READ},
        "attached": [f"arn:aws:iam::{here.account}:policy/read", ADMIN],
        "denying": [],
        "members": ["ann", "bob"],
    }
    assert seen.created
    assert seen.created.tzinfo


def test_a_namesake_created_later_is_another_group(here: Here) -> None:
    make(here)
    before = look(here, "kill")
    send(here, kill(before, Delete()))
    here.client("iam").create_group(GroupName="ops", Path="/teams/")

    assert look(here).facts["id"] != before.facts["id"]


@pytest.mark.parametrize("options", [Disable(), Disable(policy_arn=ADMIN), Disable(policy_name="inline")])
def test_disable_is_undone_exactly(here: Here, options: Disable) -> None:
    make(here)
    before = look(here, "kill")
    calls = disable(look(here), options)
    send(here, calls)
    assert calls
    assert disable(look(here), options) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    assert look(here, "kill") == before


def test_a_policy_that_the_group_has_not_needs_nothing() -> None:
    other = group(inline={"inline": READ}, attached=["arn:aws:iam::123456789012:policy/read"])

    assert disable(other, Disable(policy_arn=ADMIN)) == []
    assert disable(other, Disable(policy_name="other")) == []


def test_kill_empties_the_group_first_though_moto_would_not_ask_for_it() -> None:
    calls = kill(group(inline={"b": READ, "a": READ}, attached=[ADMIN], members=["ann", "bob"]), Delete())

    assert sent(calls) == [
        ("remove_user_from_group", "ops", "ann"),
        ("remove_user_from_group", "ops", "bob"),
        ("delete_group_policy", "ops", "a"),
        ("delete_group_policy", "ops", "b"),
        ("detach_group_policy", "ops", ADMIN),
        ("delete_group", "ops"),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"inline": {"no-mfa": NO_MFA}},
        {"inline": {"no-mfa": {"Version": "2012-10-17", "Statement": [READ["Statement"][0], NO_MFA["Statement"]]}}},
        {
            "attached": ["arn:aws:iam::123456789012:policy/no-mfa"],
            "denying": ["arn:aws:iam::123456789012:policy/no-mfa"],
        },
    ],
)
def test_a_denial_is_not_taken_from_the_members_unless_forced(facts: dict[str, Any]) -> None:
    guarded = group(**facts)

    with pytest.raises(Refused, match="no-mfa holds back"):
        disable(guarded, Disable())
    with pytest.raises(Refused, match="no-mfa holds back"):
        kill(guarded, Delete())
    assert disable(guarded, Disable(force=True))
    assert kill(guarded, Delete(force=True))


def test_a_denial_that_stays_is_no_reason_to_refuse() -> None:
    guarded = group(inline={"no-mfa": NO_MFA, "read": READ}, attached=["arn:x"], denying=["arn:x"])

    assert sent(disable(guarded, Disable(policy_name="read"))) == [("delete_group_policy", "ops", "read")]


def test_attached_policies_are_read_for_denials(here: Here) -> None:
    make(here)
    iam = here.client("iam")
    policy = iam.create_policy(PolicyName="no-mfa", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="ops", PolicyArn=policy)
    assert look(here).facts["denying"] == []

    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(NO_MFA), SetAsDefault=True)
    assert look(here).facts["denying"] == [policy]


def test_a_policy_that_cannot_be_read_is_not_taken_for_harmless() -> None:
    place = Stubbed("iam")
    attached = [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMIN}]
    detail = {"Path": "/", "GroupName": "ops", "GroupId": "AGPA1234567890123OPS", "AttachedManagedPolicies": attached}
    asked = {"Filter": ["Group"], "MaxItems": 1000}
    place.answers("get_account_authorization_details", asked, {"GroupDetailList": [detail], "IsTruncated": False})
    place.fails("get_policy", "AccessDenied", status=403)

    with pytest.raises(place.client("iam").exceptions.ClientError, match="AccessDenied"):
        list(observe(place, ["ops"]))


@pytest.mark.parametrize("options", [{"policy_arn": "AdministratorAccess"}, {"policy_name": "a b"}, {"policy": "x"}])
def test_options_that_name_no_policy_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Disable(**options)  # type: ignore[arg-type]
