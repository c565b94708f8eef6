"""Cases of IAM groups."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests import moto_iam
from tests.aws import Here
from tests.resources.example import Cases, Drawn, Example, Generated, Options
from tests.resources.shared.iam import PRINCIPAL, asked, change, make_principal

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


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A group, and which of its policies is meant."""
    facts = draw(PRINCIPAL)
    narrow = draw(st.sampled_from(("", *facts["inline"], *facts["attached"])))
    option = {"policy_arn": narrow} if narrow.startswith("arn:") else {"policy_name": narrow}
    return {**facts, "denying": []}, option if narrow else {}


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The group; all its policies are meant."""
    return make_principal(here, "group", drawn[0]), {}


CASES = Cases(
    arn="arn:aws:iam::111122223333:group/ops",
    examples=EXAMPLES,
    by_itself={},
    generated=Generated(drawn(), change, make_drawn),
    asked=asked("group", "RemoveUserFromGroup"),
)
