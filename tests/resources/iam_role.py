"""Cases of IAM roles."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests import moto_iam
from tests.aws import Here
from tests.privilege.ask import on
from tests.resources.example import Cases, Drawn, Example, Generated, Options
from tests.resources.shared.iam import DENIABLE, PRINCIPAL, asked, change, make_principal

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


def make(here: Here) -> str:
    """A role with one of everything, and another one beside it."""
    iam = here.client("iam")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    for name in ("deploy", "bystander"):
        iam.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(READ, indent=4))
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        iam.create_instance_profile(InstanceProfileName=f"{name}-profile")
        iam.add_role_to_instance_profile(InstanceProfileName=f"{name}-profile", RoleName=name)
    return f"arn:aws:iam::{here.account}:role/ci/deploy"


def make_where_aws_denies(here: Here) -> str:
    moto_iam.deny_all(here.account)
    return make(here)


def attached(here: Here, name: str) -> list[str]:
    policies = here.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return sorted(policy["PolicyName"] for policy in policies)


def inline(here: Here, name: str) -> list[str]:
    return sorted(here.client("iam").list_role_policies(RoleName=name)["PolicyNames"])


def bystander_stands(here: Here) -> bool:
    profile = here.client("iam").get_instance_profile(InstanceProfileName="bystander-profile")["InstanceProfile"]
    untouched = attached(here, "bystander") == ["read"] and inline(here, "bystander") == ["inline"]
    return untouched and [role["RoleName"] for role in profile["Roles"]] == ["bystander"]


def denied_inline(here: Here, _arn: str) -> bool:
    document = here.client("iam").get_role_policy(RoleName="deploy", PolicyName="KrampusQuarantine")["PolicyDocument"]
    denied = document["Statement"] == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]
    untouched = attached(here, "deploy") == ["read"] and inline(here, "deploy") == ["KrampusQuarantine", "inline"]
    return denied and untouched and bystander_stands(here)


def denied_attached(here: Here, _arn: str) -> bool:
    denied = attached(here, "deploy") == ["AWSDenyAll", "read"] and inline(here, "deploy") == ["inline"]
    return denied and bystander_stands(here)


def gone(here: Here, _arn: str) -> bool:
    iam = here.client("iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    profile = iam.get_instance_profile(InstanceProfileName="deploy-profile")["InstanceProfile"]
    return "deploy" not in roles and profile["Roles"] == [] and bystander_stands(here)


EXAMPLES = (
    Example("iam:role", "disable", make, denied_inline),
    Example("iam:role", "disable", make_where_aws_denies, denied_attached),
    Example("iam:role", "kill", make, gone, {"skip_backup": True}),
    Example("iam:role", "kill", make_where_aws_denies, gone, {"skip_backup": True}),
)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A role with policies, where AWS has one that denies everything, or not."""
    return {**draw(PRINCIPAL), "deny_all": draw(DENIABLE), "path": "/", "profiles": []}, {}


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    return make_principal(here, "role", drawn[0]), {}


CASES = Cases(
    arn="arn:aws:iam::111122223333:role/app",
    examples=EXAMPLES,
    by_itself={},
    generated=Generated(drawn(), change, make_drawn),
    asked={
        **asked("role"),
        "iam.RemoveRoleFromInstanceProfile": on("arn:{p}:iam::{a}:instance-profile/{InstanceProfileName}"),
    },
)
