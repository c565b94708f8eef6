"""A kill that AWS refuses at its last step, and that is given up: what went before it comes back by `krampus undo`."""

from __future__ import annotations

import pytest

from reconciler.demo.server import Gate, Request, error
from tests.aws import WEB, Here
from tests.aws_truth.world import READ
from tests.desk import DAY, HOUR, Desk, task

CONFLICT = "Cannot delete entity, must detach all policies first."


def group(here: Here) -> str:
    """A group with a member and both sorts of policies."""
    iam = here.client("iam")
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="reads", PolicyDocument=READ)
    arn = iam.create_policy(PolicyName="read", PolicyDocument=READ)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    iam.create_user(UserName="ada")
    iam.add_user_to_group(GroupName="staff", UserName="ada")
    return f"arn:aws:iam::{here.account}:group/staff"


def stands(here: Here) -> tuple[list[str], list[str], list[str]]:
    """Its members, and its policies."""
    iam = here.client("iam")
    return (
        [user["UserName"] for user in iam.get_group(GroupName="staff")["Users"]],
        [one["PolicyName"] for one in iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"]],
        iam.list_group_policies(GroupName="staff")["PolicyNames"],
    )


@pytest.mark.promise(5)
def test_what_a_kill_did_before_its_last_step_was_refused_is_taken_back(desk: Desk, gate: Gate, endpoint: str) -> None:
    def refuse(request: Request) -> tuple[str, str] | None:
        return ("409 Conflict", error("DeleteConflict", CONFLICT)) if request.operation == "DeleteGroup" else None

    here = Here(endpoint, WEB)
    arn = group(here)
    before = stands(here)
    desk.write({"tasks/staff.yaml": task("kill", arn, options={"skip_backup": True})})
    desk.reconcile(0 * HOUR)
    gate.refuse = refuse
    for hour in range(3):
        desk.reconcile(DAY + hour * HOUR, expect=3)
    desk.reconcile(DAY + 3 * HOUR, expect=3)
    assert stands(here) == ([], [], [])
    assert (desk.report()[arn]["verdict"], desk.report()[arn]["reason"]) == ("held", "given_up")

    desk.remove("tasks/staff.yaml")
    undone = desk.krampus("undo", "staff", after=DAY + 4 * HOUR)
    assert undone.exit_code == 0, undone.output
    assert stands(here) == before
