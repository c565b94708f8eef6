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
# `make test` keeps one whose undo is of several calls, and one that takes several runs.
ALWAYS = (FIRST["iam:user", "disable"], FIRST["ec2:volume", "kill"])


def _mark(example: Example) -> tuple[pytest.MarkDecorator, ...]:
    why = "a whole story under enforced IAM for each kind; `make test` holds what each asks against its policies"
    return () if example in ALWAYS else (pytest.mark.proof(why),)


@pytest.mark.promise(10)
@pytest.mark.parametrize("example", [pytest.param(one, marks=_mark(one)) for one in FIRST.values()], ids=str)
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


MORE = pytest.mark.proof("the enforcement bites for a kind as for another; `make test` shows it for a call and an undo")


@pytest.mark.parametrize(
    ("example", "action"),
    [
        (FIRST["ec2:instance", "disable"], "ec2:StopInstances"),
        (FIRST["ec2:instance", "disable"], "ec2:StartInstances"),
        pytest.param(FIRST["ec2:volume", "kill"], "ec2:DescribeSnapshots", marks=MORE),
        pytest.param(FIRST["iam:user", "kill"], "iam:DeleteAccessKey", marks=MORE),
        pytest.param(FIRST["lambda:function", "disable"], "lambda:PutFunctionConcurrency", marks=MORE),
        pytest.param(FIRST["rds:db", "kill"], "rds:DeleteDBInstance", marks=MORE),
        pytest.param(FIRST["s3:bucket", "disable"], "s3:PutBucketPublicAccessBlock", marks=MORE),
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
