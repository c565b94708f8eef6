"""Sufficient: the whole main job runs under the generated policies while IAM is enforced, for each kind and action."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.desk import Desk
from tests.privilege.asks import asks
from tests.privilege.evaluate import allowed
from tests.privilege.main_job import main_job
from tests.privilege.reference import READING, access_level
from tests.privilege.roles import make_roles
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES

FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}


@pytest.mark.promise(10)
@pytest.mark.parametrize("example", FIRST.values(), ids=str)
def test_the_main_job_runs_under_exactly_the_generated_policies(desk: Desk, endpoint: str, example: Example) -> None:
    ran = main_job(desk, endpoint, example)
    read, act = ran.policies("krampus-read"), ran.policies("krampus-act")

    # moto has judged who and what; the policies' ARNs and conditions are judged here, call by call.
    assert ran.judged("krampus-read")
    assert any(access_level(action) not in READING for action in ran.judged("krampus-act"))
    assert [ask for sent in ran.looked for ask in asks(sent) if not allowed(read, ask)] == []
    # A plan writes nothing.
    assert {ask.action for sent in ran.looked for ask in asks(sent) if access_level(ask.action) not in READING} == set()
    assert {action for action in ran.judged("krampus-read") if access_level(action) not in READING} == set()
    assert [ask for sent in ran.acted for ask in asks(sent) if not allowed(act, ask)] == []


@pytest.mark.parametrize(
    ("example", "action"),
    [
        (FIRST["ec2:instance", "disable"], "ec2:StopInstances"),
        (FIRST["ec2:instance", "disable"], "ec2:StartInstances"),
        (FIRST["ec2:volume", "kill"], "ec2:DescribeSnapshots"),
        (FIRST["iam:user", "kill"], "iam:DeleteAccessKey"),
        (FIRST["lambda:function", "disable"], "lambda:PutFunctionConcurrency"),
        (FIRST["rds:db", "kill"], "rds:DeleteDBInstance"),
        (FIRST["s3:bucket", "disable"], "s3:PutBucketPublicAccessBlock"),
    ],
    ids=str,
)
def test_the_enforcement_bites(desk: Desk, endpoint: str, example: Example, action: str) -> None:
    with pytest.raises(AssertionError, match=action.split(":")[1]):
        main_job(desk, endpoint, example, lambda here, roles: make_roles(here, less(roles, action)))


def less(roles: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(roles))
    for statement in (one for role in found for policy in role["policies"] for one in policy["Statement"]):
        # IAM takes no empty list.
        statement["Action"] = [one for one in statement["Action"] if one != action] or ["none:Nothing"]
    return found
