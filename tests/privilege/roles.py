"""Roles in moto with exactly the generated policies, and whoever may assume them."""

from __future__ import annotations

import json
from typing import Any

import boto3

from tests.aws import Here
from tests.desk import Desk

RUNNER = "arn:aws:iam::123456789012:user/runner"


def generated(desk: Desk, account: str = "website-prod") -> list[dict[str, Any]]:
    """What `krampus policy --used` prints for this repository, as data."""
    trusted = ("--trusted", RUNNER)
    result = desk.krampus("policy", "--used", "--format", "json", "--account", account, *trusted)
    assert result.exit_code == 0, result.output
    (entry,) = json.loads(result.stdout)
    roles: list[dict[str, Any]] = entry["roles"]
    return roles


def make_roles(here: Here, roles: list[dict[str, Any]]) -> None:
    """In the account, by IAM's own calls."""
    iam = here.client("iam")
    for role in roles:
        iam.create_role(RoleName=role["name"], AssumeRolePolicyDocument=json.dumps(role["trust"]))
        for number, document in enumerate(role["policies"], 1):
            name, text = f"{role['name']}-{number}", json.dumps(document)
            made = iam.create_policy(PolicyName=name, Path="/krampus/", PolicyDocument=text)["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=role["name"], PolicyArn=made)


def make_runner(endpoint: str) -> dict[str, str]:
    """Whoever runs Krampus, in an account of its own: it may assume roles, and nothing else. Its environment."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    iam = boto3.client("iam", region_name="us-east-1", endpoint_url=endpoint, **keys)
    iam.create_user(UserName="runner")
    statement = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": ["arn:aws:iam::*:role/krampus-*"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="runner", PolicyName="run", PolicyDocument=document)
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
