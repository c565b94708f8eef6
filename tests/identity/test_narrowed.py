"""The session policy of the act role: it is sent, STS would take it, and the main job gets by with it."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pytest

from reconciler.apply.session_policy import WIDEST
from reconciler.demo.server import Gate, Request
from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, Desk, instances, state, task
from tests.identity.stand_in import Answer, Asked, StandIn, refusal

SUFFERED = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"
# How IAM calls the requests to S3 that have no operation in them.
S3 = {
    "publicAccessBlock": "BucketPublicAccessBlock",
    "policy": "BucketPolicy",
    "acl": "BucketAcl",
    "ownershipControls": "BucketOwnershipControls",
}


def action_of(request: Request) -> str:
    """The IAM action of a request to EC2, IAM or S3."""
    if request.service != "s3":
        return f"{request.service}:{request.operation}"
    method, path = request.operation.split(" ", 1)
    _, _, query = path.partition("?")
    known = S3.get(query.split("&")[0].split("=")[0])
    if known:
        return f"s3:{'Get' if method == 'GET' else 'Put'}{known}"
    return "s3:ListAllMyBuckets" if path.split("?")[0] == "/" else "s3:ListBucket"


class Judge:
    """Lets through what the session policy allows, once the act role was entered; moto drops such policies."""

    def __init__(self, world: StandIn) -> None:
        self.allowed: list[str] = []
        self.passed: list[str] = []
        world.spoil = self.note

    def note(self, asked: Asked) -> Answer | None:
        """Remember the policy of the act role."""
        if "Policy" in asked.form:
            stated = json.loads(asked.form["Policy"])["Statement"]
            self.allowed = [action for one in stated if "Condition" not in one for action in one["Action"]]
        return None

    def __call__(self, request: Request) -> tuple[str, str] | None:
        """Refuse what no action covers."""
        if not self.allowed or request.operation == "AssumeRole":
            return None
        action = action_of(request)
        if any(fnmatchcase(action, pattern) for pattern in self.allowed):
            self.passed.append(action)
            return None
        return "403 Forbidden", SUFFERED.format("UnauthorizedOperation", f"no session policy allows {action}")


@pytest.fixture
def web(endpoint: str) -> Here:
    return Here(endpoint, WEB)


@pytest.fixture
def target(web: Here) -> str:
    (arn,) = instances(web)
    return arn


def test_the_main_job_gets_by_with_what_its_session_may(
    office: Desk, world: StandIn, gate: Gate, web: Here, target: str
) -> None:
    web.client("s3").create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": web.region})
    bucket = {"resource": "arn:aws:s3:::assets", "account": "website-prod"}
    web.client("iam").create_role(RoleName="old", AssumeRolePolicyDocument="{}")
    office.write(
        {
            "tasks/idle.yaml": task("disable", target),
            "tasks/bucket.yaml": task("disable", bucket),
            "tasks/role.yaml": task("disable", f"arn:aws:iam::{WEB}:role/old"),
        }
    )
    office.reconcile(0 * HOUR)
    judge = gate.refuse = Judge(world)

    office.reconcile(1 * DAY)

    assert state(web, target) == "stopped"
    done = sorted(line["target"] for line in office.ledger() if line["event"] == "applied")
    assert done == sorted([target, "arn:aws:s3:::assets", f"arn:aws:iam::{WEB}:role/old"])
    assert {"ec2:StopInstances", "ec2:DescribeInstances", "s3:PutBucketPublicAccessBlock"} <= set(judge.passed)
    assert "iam:AttachRolePolicy" in judge.passed or "iam:PutRolePolicy" in judge.passed


def test_the_judge_refuses_what_the_policy_does_not_say(world: StandIn) -> None:
    judge = Judge(world)
    judge.allowed = ["ec2:StopInstances"]

    assert judge(Request("ec2", "eu-west-1", "TerminateInstances", "", writes=True)) is not None
    assert judge(Request("ec2", "eu-west-1", "StopInstances", "", writes=True)) is None


def test_undo_is_capped_too(office: Desk, world: StandIn, gate: Gate, web: Here, target: str) -> None:
    office.write({"tasks/idle.yaml": task("disable", target)})
    for after in (0 * HOUR, 1 * DAY):
        office.reconcile(after)
    office.remove("tasks/idle.yaml")
    judge = gate.refuse = Judge(world)

    result = office.krampus("undo", "idle", after=2 * DAY)

    looks = ["ec2:DescribeInstances", "autoscaling:DescribeAutoScalingInstances"]
    assert judge.passed == [*looks, "ec2:StartInstances"]  # it looks again before it acts
    assert (result.exit_code, state(web, target)) == (0, "running")
    assert "ec2:StopInstances" not in judge.allowed


def test_the_read_role_has_no_policy_of_the_session(office: Desk, world: StandIn, target: str) -> None:
    office.write({"tasks/idle.yaml": task("disable", target)})
    office.krampus("plan", after=0 * HOUR)

    assert ["Policy" in asked.form for asked in world.asked] == [False]


def test_a_policy_that_sts_finds_too_large_gives_way_to_a_wider_one(
    office: Desk, world: StandIn, web: Here, target: str
) -> None:
    def picky(asked: Asked) -> Answer | None:
        policy = asked.form.get("Policy", "")
        return (
            refusal("PackedPolicyTooLarge", "Packed policy consumes 104%") if policy and WIDEST not in policy else None
        )

    world.spoil = picky
    office.write({"tasks/idle.yaml": task("disable", target)})
    for after in (0 * HOUR, 1 * DAY):
        office.reconcile(after)

    assert state(web, target) == "stopped"
    (policy,) = [json.loads(asked.form["Policy"]) for asked in world.asked[-1:]]
    assert policy["Statement"][0]["Action"] == ["autoscaling:*", "ec2:*"]
