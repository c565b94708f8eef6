"""Roles in moto that trust whom `krampus policy` prints, for `krampus doctor` to read."""

from __future__ import annotations

import json
from typing import Any

from tests.aws import Here
from tests.desk import Desk

OWN = ("--repository", "acme@1001/cloud@2002")
# A job's variables of the same repository.
JOB = {"GITHUB_REPOSITORY": "acme/cloud", "GITHUB_REPOSITORY_ID": "2002", "GITHUB_REPOSITORY_OWNER_ID": "1001"}


def printed(desk: Desk, *options: str) -> dict[tuple[str, str], dict[str, Any]]:
    """By account and role, the trust policy that the command prints."""
    result = desk.krampus("policy", "--format", "json", *(options or OWN))
    assert result.exit_code == 0, result.output
    return {(one["id"], role["name"]): role["trust"] for one in json.loads(result.stdout) for role in one["roles"]}


def make_roles(desk: Desk, endpoint: str, *options: str) -> None:
    """In each account of krampus.yaml."""
    for (account, name), trust in printed(desk, *options).items():
        Here(endpoint, account).client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))


def retrust(endpoint: str, account: str, role: str, trust: dict[str, Any]) -> None:
    """Another trust policy for a role."""
    client = Here(endpoint, account).client("iam")
    client.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
