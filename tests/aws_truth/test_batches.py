"""What no table can say: batches of which AWS does a part, credentials that expire, answers that never come."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from reconciler.clients.aws.accounts import Aws
from reconciler.clients.aws.credentials import CredentialSource
from reconciler.clients.aws.sessions import Sessions
from reconciler.demo.server import Gate, Request
from reconciler.iam.actions import known
from reconciler.model.call import Call
from reconciler.model.config import Config
from reconciler.model.sighting import Trouble
from tests.aws import WEB, Here
from tests.aws_truth.world import READ, instance, role
from tests.desk import Desk, task

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REFUSAL = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"
PROTECTED = (
    "The instance '{}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again."
)


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


def name_of(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def state(here: Here, arn: str) -> str:
    answer = here.client("ec2").describe_instances(InstanceIds=[name_of(arn)])
    return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])


def fates(desk: Desk) -> dict[str, str]:
    return {line["target"]: line["event"] for line in desk.ledger() if line["event"] in ("applied", "failed")}


def operations(gate: Gate) -> list[str]:
    return [request.operation for request in gate.writes]


def test_a_batch_that_aws_ended_in_one_zone_alone_ends_as_far_as_aws_lets_it(desk: Desk, gate: Gate, web: Here) -> None:
    """One protected since the look: AWS ends those of other zones, none of its own, and refuses the call."""
    beside, far, near = (instance(web) for _ in range(3))
    guarded = instance(web)
    desk.write({"tasks/old.yaml": task("kill", beside, far, near, guarded, options={"skip_backup": True})})
    desk.reconcile(0 * HOUR)

    def partly(request: Request) -> tuple[str, str] | None:
        if request.operation != "TerminateInstances" or name_of(guarded) not in request.text:
            return None
        if name_of(far) in request.text:
            ec2_backends[WEB][web.region].terminate_instances([name_of(far)])
        return "400 Bad Request", REFUSAL.format("OperationNotPermitted", PROTECTED.format(name_of(guarded)))

    gate.refuse = partly
    desk.reconcile(DAY, expect=3)

    assert fates(desk) == {beside: "applied", far: "applied", near: "applied", guarded: "failed"}
    assert [state(web, arn) for arn in (beside, far, near, guarded)] == ["terminated"] * 3 + ["running"]
    assert name_of(guarded) in desk.issue()
    assert "disableApiTermination" in desk.issue()


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired"])
def test_credentials_that_expire_before_a_call_are_renewed_and_it_is_sent_again_once(
    desk: Desk, gate: Gate, web: Here, code: str
) -> None:
    arn = instance(web)
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(0 * HOUR)
    expired = iter([True])
    gate.requests.clear()
    gate.refuse = lambda request: (
        ("400 Bad Request", REFUSAL.format(code, "The security token included in the request is expired"))
        if request.operation == "StopInstances" and next(expired, False)
        else None
    )

    desk.reconcile(DAY)

    assert fates(desk) == {arn: "applied"}
    assert operations(gate) == ["StopInstances", "StopInstances"]
    # Once to look, once to act, and once more to go on.
    assert [request.operation for request in gate.requests].count("AssumeRole") == 3


def test_credentials_that_expire_while_looking_are_renewed_too(desk: Desk, gate: Gate, web: Here) -> None:
    arn = instance(web)
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    expired = iter([True])
    gate.refuse = lambda request: (
        ("400 Bad Request", REFUSAL.format("ExpiredToken", "expired"))
        if request.operation == "DescribeInstances" and next(expired, False)
        else None
    )

    desk.reconcile(0 * HOUR)

    assert desk.report()[arn]["verdict"] == "scheduled"


def test_credentials_that_stay_expired_are_said_and_not_tried_for_ever(desk: Desk, gate: Gate, web: Here) -> None:
    arn = instance(web)
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    gate.refuse = lambda request: (
        ("400 Bad Request", REFUSAL.format("ExpiredToken", "expired")) if request.operation == "StopInstances" else None
    )

    desk.reconcile(DAY, expect=3)

    assert operations(gate) == ["StopInstances", "StopInstances"]
    assert "does not accept the credentials" in desk.ledger()[-1]["detail"]


def test_what_is_never_answered_is_not_sent_again_and_the_next_run_finds_it_done(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = instance(web)
    desk.write({"tasks/idle.yaml": task("disable", arn)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    answer = gate.app

    def hang_up(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        told = list(answer(environ, start_response))
        if gate.requests[-1].operation == "StopInstances":
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return told

    monkeypatch.setattr(gate, "app", hang_up)
    desk.reconcile(DAY, expect=3)

    assert operations(gate) == ["StopInstances"]
    (failed,) = [line for line in desk.ledger() if line["event"] == "failed"]
    assert "AWS gave no result for stop_instances" in failed["detail"]
    assert "the next run checks" in failed["detail"]
    desk.reconcile(DAY + HOUR)
    assert desk.report()[arn]["verdict"] == "satisfied"
    assert operations(gate) == ["StopInstances"]


ENTERED = {
    "accounts": {"web": {"id": WEB, "team": "web"}},
    "teams": {"web": {}},
    "defaults": {"team": "web"},
    "aws": {"credentials": "role"},
}


def test_what_aws_refuses_inside_an_answer_of_200_is_not_done(desk: Desk, gate: Gate, web: Here) -> None:
    said = "<Error><Key>one</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    inside = ("200 OK", f"<DeleteResult>{said}</DeleteResult>")
    gate.refuse = lambda request: inside if request.operation.startswith("POST /acme?delete") else None
    arguments = {"Bucket": "acme", "Delete": {"Objects": [{"Key": "one"}]}}
    entrance = CredentialSource(Config.model_validate(ENTERED), "act", Sessions("a-run"))

    call = Call(service="s3", operation="delete_objects", arguments=arguments)
    problem = Aws(entrance, known).send("web", web.region, call)

    assert desk.root.exists()
    assert problem
    assert problem.trouble is Trouble.DENIED
    assert "in part, 1 refused" in problem.message


def test_a_flag_of_a_volume_that_was_attached_a_moment_ago_is_waited_for(desk: Desk, gate: Gate, web: Here) -> None:
    """The undo of `disable` sets it right behind AttachVolume, which AWS finishes in its own time."""
    arn = instance(web)
    waited: list[float] = []
    refusals = iter([True, True])
    gate.refuse = lambda request: (
        (
            "400 Bad Request",
            REFUSAL.format("InvalidInstanceAttributeValue", "No device is currently mapped at /dev/sda1"),
        )
        if request.operation == "ModifyInstanceAttribute" and next(refusals, False)
        else None
    )
    mapping = {"DeviceName": "/dev/sda1", "Ebs": {"DeleteOnTermination": True}}
    call = Call(
        service="ec2",
        operation="modify_instance_attribute",
        arguments={"InstanceId": name_of(arn), "BlockDeviceMappings": [mapping]},
    )

    entrance = CredentialSource(Config.model_validate(ENTERED), "act", Sessions("a-run"))

    problem = Aws(entrance, known, waited.append).send("web", web.region, call)

    assert desk.root.exists()
    assert problem is None or problem.trouble is not Trouble.STATE  # moto may know no such device either
    assert waited == [0.5, 1]


def test_a_look_that_is_denied_names_the_action_that_s3_calls_otherwise(desk: Desk, gate: Gate, web: Here) -> None:
    web.client("s3").create_bucket(Bucket="closed", CreateBucketConfiguration={"LocationConstraint": web.region})
    arn = "arn:aws:s3:::closed"
    desk.write({"tasks/close.yaml": task("disable", {"resource": arn, "account": "website-prod"})})
    denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    gate.refuse = lambda request: ("403 Forbidden", denied) if "publicAccessBlock" in request.operation else None

    desk.reconcile(0 * HOUR, expect=3)

    assert desk.report()[arn]["verdict"] == "unseen"
    assert "the role is denied s3:GetBucketPublicAccessBlock" in desk.report()[arn]["why"]


def test_what_has_no_backup_is_refused_and_nothing_is_sent_until_the_task_says_so(
    desk: Desk, gate: Gate, web: Here
) -> None:
    arn = role(web, "old")
    web.client("iam").put_role_policy(RoleName="old", PolicyName="more", PolicyDocument=READ)
    gate.requests.clear()
    desk.write({"tasks/old.yaml": task("kill", arn)})
    for after in (0 * HOUR, 2 * DAY):
        desk.reconcile(after)
    assert (desk.report()[arn]["verdict"], gate.writes) == ("refused", [])
    assert "`skip_backup: true`" in desk.report()[arn]["why"]

    desk.write({"tasks/old.yaml": task("kill", arn, options={"skip_backup": True})})
    for after in (3 * DAY, 3 * DAY + HOUR):
        desk.reconcile(after)
    assert gate.writes == []
    desk.reconcile(4 * DAY)
    assert operations(gate)[-1] == "DeleteRole"
