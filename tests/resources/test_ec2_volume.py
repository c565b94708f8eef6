"""EBS volumes: detached as they can be attached again, and never deleted without a backup of what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from reconciler.model.call import Call
from reconciler.model.operation import permissions
from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.ec2_volume import KIND, disable, kill, observe, observe_backups
from reconciler.resources.kind import Kill, Options, Refused, Underway
from reconciler.resources.shared.ec2 import SOURCE
from tests.aws import Here, send
from tests.resources.ec2_volume import (
    backed_up_and_gone,
    backups,
    detached,
    gone,
    make_attached,
    make_free,
    make_root,
    run,
    volume_at,
)
from tests.resources.shared.ec2 import name_of

NAME = "vol-0123456789abcdef0"
INSTANCE = "i-0123456789abcdef0"


def attachment(**facts: object) -> dict[str, Any]:
    usual = {"instance": INSTANCE, "device": "/dev/sdf", "state": "attached", "delete_on_termination": False}
    return {**usual, "boots": "", **facts}


def volume(*attachments: dict[str, Any], **facts: object) -> Resource:
    usual = {"state": "in-use" if attachments else "available", "attachments": list(attachments), "backups": []}
    return Resource(NAME, {**usual, **facts})


def backup(state: str, number: int = 1) -> dict[str, str]:
    return {"id": f"snap-{number:08x}", "state": state}


def operations(volume: Resource, options: Kill | None = None) -> list[str]:
    return [call.operation for call in kill(volume, options or Kill())]


def kill_off(here: Here, arn: str) -> list[list[str]]:
    """Run after run until it is gone; the operations of each."""
    steps = []
    for _ in range(5):
        for seen in observe_backups(here, [name_of(arn)]):
            calls = kill(seen, Kill())
            steps.append([call.operation for call in calls])
            send(here, calls)
    return steps


@dataclass(frozen=True)
class Answering:
    """A `Place` whose only client gives prepared answers."""

    answers: Any
    account: str = "111122223333"
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        assert (service, region) == ("ec2", "")
        return self.answers


@pytest.mark.parametrize("make", [make_attached, make_root])
def test_a_detached_volume_comes_back_as_it_was(here: Here, make: Any) -> None:
    arn = make(here)
    (before,) = observe(here, [name_of(arn)])
    calls = disable(before, Options())

    send(here, calls)
    assert detached(here, arn)
    (after,) = observe(here, [name_of(arn)])
    assert disable(after, Options()) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    (undone,) = observe(here, [name_of(arn)])
    assert undone.facts == before.facts
    assert undone.facts["attachments"][0]["delete_on_termination"] is True
    assert undone.created == before.created


def test_each_attachment_is_taken_away_by_itself() -> None:
    other = "i-0fedcba9876543210"
    both = volume(attachment(), attachment(instance=other, device="/dev/sdg", delete_on_termination=True))
    calls = disable(both, Options())

    assert [(call.operation, call.arguments["InstanceId"]) for call in calls] == [
        ("detach_volume", INSTANCE),
        ("modify_instance_attribute", other),
        ("detach_volume", other),
    ]
    assert calls[0].arguments["Device"] == "/dev/sdf"
    flag = [call.arguments["BlockDeviceMappings"][0]["Ebs"] for call in (calls[1], calls[1].undo) if call]
    assert flag == [{"DeleteOnTermination": False}, {"DeleteOnTermination": True}]


@pytest.mark.parametrize("state", ["creating", "deleting"])
def test_both_wait_for_a_volume_that_aws_is_making_or_deleting(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(volume(state=state), Options())
    with pytest.raises(Underway, match=state):
        kill(volume(state=state), Kill(skip_backup=True))


@pytest.mark.parametrize("state", ["attaching", "detaching", "busy"])
def test_both_wait_for_an_attachment_that_is_on_its_way(state: str) -> None:
    moving = volume(attachment(instance="i-0fedcba9876543210"), attachment(state=state))

    with pytest.raises(Underway, match=f"its attachment to {INSTANCE} is {state}"):
        disable(moving, Options())
    with pytest.raises(Underway, match=state):
        kill(moving, Kill(skip_backup=True))


def test_a_volume_in_use_nowhere_is_not_taken_for_a_free_one() -> None:
    with pytest.raises(Underway, match="in use"):
        disable(volume(state="in-use"), Options())
    with pytest.raises(Underway, match="in use"):
        kill(volume(state="in-use"), Kill(skip_backup=True))


def test_the_root_volume_of_a_running_instance_is_refused(here: Here) -> None:
    instance = run(here)
    (seen,) = observe_backups(here, [volume_at(instance, "/dev/sda1")])

    with pytest.raises(Refused, match=f"stop instance {instance['InstanceId']} first"):
        disable(seen, Options())
    with pytest.raises(Refused, match=f"stop instance {instance['InstanceId']} first"):
        kill(seen, Kill(skip_backup=True))


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_a_root_volume_waits_for_its_instance(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(volume(attachment(boots=state)), Options())


@pytest.mark.parametrize("state", ["stopped", "terminated"])
def test_a_root_volume_leaves_an_instance_that_stands_still(state: str) -> None:
    assert [call.operation for call in disable(volume(attachment(boots=state)), Options())] == ["detach_volume"]


def test_a_volume_of_an_aws_service_is_refused() -> None:
    task = "arn:aws:ecs:eu-west-1:111122223333:task/web/1"

    with pytest.raises(Refused, match=f"belongs to {task}"):
        disable(volume(attachment(instance=task)), Options())
    with pytest.raises(Refused, match="belongs to an AWS service"):
        disable(volume(attachment(instance="")), Options())


def test_kill_takes_one_step_a_run_and_one_snapshot(here: Here) -> None:
    arn = make_attached(here)

    assert kill_off(here, arn) == [
        ["modify_instance_attribute", "detach_volume"],
        ["create_snapshot"],
        ["delete_volume"],
    ]
    assert backed_up_and_gone(here, arn)
    (snapshot,) = here.client("ec2").describe_snapshots(SnapshotIds=backups(here, name_of(arn)))["Snapshots"]
    assert name_of(arn) in snapshot["Description"]
    labels = {tag["Key"]: tag["Value"] for tag in snapshot["Tags"]}
    assert labels == {SOURCE: name_of(arn), "Name": f"Krampus backup of {name_of(arn)}"}


def test_kill_without_backup_takes_none(here: Here) -> None:
    arn = make_attached(here)
    for _ in range(2):
        (seen,) = observe_backups(here, [name_of(arn)])
        send(here, kill(seen, Kill(skip_backup=True)))

    assert gone(here, arn)


def test_kill_deletes_only_when_a_backup_is_complete() -> None:
    with pytest.raises(Underway, match="snap-00000001 is pending"):
        kill(volume(backups=[backup("pending")]), Kill())
    with pytest.raises(Underway, match="snap-00000002 is pending"):
        kill(volume(backups=[backup("error"), backup("pending", 2)]), Kill())
    with pytest.raises(Refused, match="snap-00000001 failed"):
        kill(volume(backups=[backup("error")]), Kill())
    assert operations(volume(backups=[backup("error"), backup("completed", 2)])) == ["delete_volume"]


def test_kill_refuses_a_volume_that_cannot_be_backed_up() -> None:
    with pytest.raises(Refused, match="skip_backup: true"):
        kill(volume(state="error"), Kill())
    assert operations(volume(state="error"), Kill(skip_backup=True)) == ["delete_volume"]
    assert operations(volume(state="error", backups=[backup("completed")])) == ["delete_volume"]


def test_a_backup_from_before_the_volume_was_attached_again_does_not_count(here: Here) -> None:
    arn = make_attached(here)
    for _ in range(2):
        (seen,) = observe_backups(here, [name_of(arn)])
        send(here, kill(seen, Kill()))
    (old,) = backups(here, name_of(arn))
    instance = here.client("ec2").describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"]
    here.client("ec2").attach_volume(VolumeId=name_of(arn), InstanceId=instance, Device="/dev/sdf")
    kill_off(here, arn)

    # The old one stays, for a person to judge; the volume went only after a second one.
    assert old in backups(here, name_of(arn))
    assert len(backups(here, name_of(arn))) == 2


def test_letting_go_of_an_old_backup_can_be_undone(here: Here) -> None:
    arn = make_attached(here)
    labels = [{"Key": SOURCE, "Value": name_of(arn)}]
    specification = [{"ResourceType": "snapshot", "Tags": labels}]
    here.client("ec2").create_snapshot(VolumeId=name_of(arn), TagSpecifications=specification)
    (before,) = observe_backups(here, [name_of(arn)])
    calls = kill(before, Kill())
    send(here, calls)
    (seen,) = observe_backups(here, [name_of(arn)])
    assert seen.facts["backups"] == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    (undone,) = observe_backups(here, [name_of(arn)])
    assert undone.facts == before.facts


def test_only_a_snapshot_of_this_volume_is_its_backup(here: Here) -> None:
    mine, other = name_of(make_free(here)), name_of(make_free(here))
    ec2 = here.client("ec2")
    for source, label in ((mine, other), (other, mine), (mine, "")):
        labels = [{"ResourceType": "snapshot", "Tags": [{"Key": SOURCE if label else "Name", "Value": label}]}]
        ec2.create_snapshot(VolumeId=source, TagSpecifications=labels)
    seen = list(observe_backups(here, [mine, other]))

    assert [each.facts["backups"] for each in seen] == [[], []]
    assert operations(seen[0]) == ["create_snapshot"]


def test_a_volume_that_is_gone_is_not_seen(here: Here) -> None:
    name = name_of(make_free(here))
    here.client("ec2").delete_volume(VolumeId=name)

    assert list(observe(here, [name])) == []
    assert list(observe_backups(here, [name])) == []


def test_a_volume_is_read_as_aws_writes_it() -> None:
    ec2 = boto3.client("ec2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106  no secret
    created = datetime(2024, 5, 1, tzinfo=UTC)
    common = {"VolumeId": NAME, "AttachTime": datetime(2025, 5, 1, tzinfo=UTC)}
    described = [
        {
            "VolumeId": NAME,
            "State": "in-use",
            "CreateTime": created,
            "Attachments": [
                {**common, "InstanceId": INSTANCE, "Device": "/dev/sdf", "State": "detached"},
                {**common, "AssociatedResource": "arn:aws:ecs:…:task/1", "State": "attached"},
                # The instance is not to be seen: the attachment tells what it knows.
                {**common, "InstanceId": "i-22222222", "Device": "/dev/sdg", "State": "busy"}
                | {"DeleteOnTermination": True},
                {**common, "InstanceId": "i-11111111", "Device": "/dev/xvda", "State": "attached"}
                | {"DeleteOnTermination": True},
            ],
        },
        {"VolumeId": "vol-99999999", "State": "deleted", "CreateTime": created},
    ]
    stopped = {
        "InstanceId": "i-11111111",
        "State": {"Name": "stopped"},
        "RootDeviceName": "/dev/xvda",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": NAME, "DeleteOnTermination": True, "Status": "attached"}}
        ],
    }
    everything = {"IncludeManagedResources": True}
    with Stubber(ec2) as stub:
        asked = {"Filters": [{"Name": "volume-id", "Values": [NAME, "vol-99999999"]}], **everything}
        stub.add_response("describe_volumes", {"Volumes": described}, asked)
        asked = {"Filters": [{"Name": "instance-id", "Values": ["i-11111111", "i-22222222"]}], **everything}
        stub.add_response("describe_instances", {"Reservations": [{"Instances": [stopped]}]}, asked)
        (seen,) = observe(Answering(ec2), [NAME, "vol-99999999"])

    assert seen.created == created
    assert seen.facts["attachments"] == [
        attachment(instance="arn:aws:ecs:…:task/1", device=""),
        attachment(instance="i-11111111", device="/dev/xvda", delete_on_termination=True, boots="stopped"),
        attachment(instance="i-22222222", device="/dev/sdg", delete_on_termination=True, state="busy"),
    ]


def test_every_call_is_allowed_for_and_no_more() -> None:
    flagged = volume(attachment(delete_on_termination=True), backups=[backup("completed")])
    steps = [flagged, volume(), volume(backups=[backup("completed")])]
    made: dict[Action, list[Call]] = {
        "disable": disable(flagged, Options()),
        "kill": [call for step in steps for call in kill(step, Kill())],
    }
    # Tags in a create call take a permission of their own.
    tagging: dict[Action, set[str]] = {"disable": set(), "kill": {"ec2:CreateTags"}}
    for verb, calls in made.items():
        declared = KIND.verbs[verb]
        assert {action(call.operation) for call in calls} | tagging[verb] == set(permissions(declared.operations))
        # EC2 asks for a grant of its own where a volume under a customer's key is attached again.
        undone = {action(call.undo.operation) for call in calls if call.undo}
        assert undone | {"kms:CreateGrant"} == set(permissions(declared.undo_operations))


def action(operation: str) -> str:
    return "ec2:" + "".join(word.capitalize() for word in operation.split("_"))
