"""EC2 instances: stopped and terminated, never past a protection."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.ec2_instance import KIND, Terminate, disable, kill, observe
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.shared.ec2_backup import SOURCE
from tests.aws import Here, send
from tests.resources.example import Example


def make(here: Here) -> str:
    ec2 = here.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    return f"arn:aws:ec2:{here.region}:{here.account}:instance/{instance['InstanceId']}"


def state(here: Here, arn: str) -> str:
    answer = here.client("ec2").describe_instances(InstanceIds=[arn.rsplit("/", 1)[1]])
    return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])


def name_of(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def make_with_a_disk(here: Here) -> str:
    arn, ec2 = make(here), here.client("ec2")
    disk = ec2.create_volume(AvailabilityZone=f"{here.region}a", Size=1)["VolumeId"]
    ec2.attach_volume(VolumeId=disk, InstanceId=name_of(arn), Device="/dev/sdf")
    return arn


def make_protected(here: Here) -> str:
    arn = make_with_a_disk(here)
    for protection in ("DisableApiStop", "DisableApiTermination"):
        here.client("ec2").modify_instance_attribute(InstanceId=name_of(arn), **{protection: {"Value": True}})
    return arn


def ended(here: Here, arn: str) -> bool:
    return state(here, arn) == "terminated" and not images(here, arn) and not snapshots(here, arn)


def ended_with_an_image(here: Here, arn: str) -> bool:
    return state(here, arn) == "terminated" and len(images(here, arn)) == 1 and not snapshots(here, arn)


def ended_with_snapshots(here: Here, arn: str) -> bool:
    return state(here, arn) == "terminated" and not images(here, arn) and len(snapshots(here, arn)) == 2


def images(here: Here, arn: str) -> list[dict[str, Any]]:
    own = here.client("ec2").describe_images(Owners=["self"])["Images"]
    return [image for image in own if {"Key": SOURCE, "Value": name_of(arn)} in image.get("Tags", ())]


def snapshots(here: Here, arn: str) -> list[dict[str, Any]]:
    own = here.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return [snapshot for snapshot in own if {"Key": SOURCE, "Value": name_of(arn)} in snapshot.get("Tags", ())]


EXAMPLES = (
    Example("ec2:instance", "disable", make, lambda here, arn: state(here, arn) == "stopped"),
    Example("ec2:instance", "kill", make, ended, {"skip_backup": True}),
    Example("ec2:instance", "kill", make_with_a_disk, ended_with_an_image, {"backup": "image"}),
    Example("ec2:instance", "kill", make_with_a_disk, ended_with_snapshots, {"backup": "snapshots"}),
    Example("ec2:instance", "kill", make_protected, ended_with_an_image, {"backup": "image", "force": True}),
)


def instance(**facts: object) -> Resource:
    usual = {"state": "running", "root": "ebs", "spot": {}, "group": "", "lifecycle": "", "protections": []}
    return Resource("i-0123456789abcdef0", {**usual, **facts})


def look(here: Here, name: str) -> Resource:
    see = KIND.verbs["kill"].observe
    assert see
    (seen,) = see(here, [name])
    return seen


def test_a_terminated_instance_is_not_seen(here: Here) -> None:
    name = make(here).rsplit("/", 1)[1]
    here.client("ec2").terminate_instances(InstanceIds=[name])

    assert list(observe(here, [name])) == []


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_disable_waits_while_aws_is_at_it(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(instance(state=state), Options())


def test_disable_refuses_what_aws_cannot_stop() -> None:
    with pytest.raises(Refused, match="instance store"):
        disable(instance(root="instance-store"), Options())
    with pytest.raises(Refused, match="one-time spot"):
        disable(instance(spot={"request": "sir-1", "type": "one-time"}), Options())


def test_a_member_of_an_auto_scaling_group_goes_to_standby_before_it_stops() -> None:
    calls = disable(instance(group="web", lifecycle="InService"), Options())

    assert [call.operation for call in calls] == ["enter_standby", "stop_instances"]
    assert all(call.undo for call in calls)


def test_kill_refuses_a_protected_instance_unless_forced(here: Here) -> None:
    name = make(here).rsplit("/", 1)[1]
    here.client("ec2").modify_instance_attribute(InstanceId=name, DisableApiTermination={"Value": True})
    seen = look(here, name)

    with pytest.raises(Refused, match="disableApiTermination is on"):
        kill(seen, Terminate(skip_backup=True))
    send(here, kill(seen, Terminate(force=True, skip_backup=True)))
    assert list(observe(here, [name])) == []


def test_kill_cancels_a_persistent_spot_request_that_would_launch_it_again() -> None:
    calls = kill(instance(spot={"request": "sir-1", "type": "persistent"}), Terminate(skip_backup=True))

    assert [call.operation for call in calls] == ["cancel_spot_instance_requests", "terminate_instances"]
