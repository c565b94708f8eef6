"""Backups of EC2 instances: taken when nothing is written any more, once, waited for over runs, then terminated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.ec2.models import ec2_backends
from pydantic import ValidationError

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.ec2_instance import KIND, PROTECTIONS, Terminate, kill
from reconciler.resources.kind import Refused, Underway
from reconciler.resources.shared.ec2 import EVERY, SOURCE
from reconciler.resources.shared.scaling import ALONE, ROOMY
from tests.aws import Here, seen_by, send
from tests.stubbed import Stubbed

NAME = "i-0123456789abcdef0"
DISKS = ["vol-00000001", "vol-00000002"]
NONE: dict[str, list[dict[str, str]]] = {"image": [], "snapshots": []}
IMAGE, SNAPSHOTS = Terminate(backup="image"), Terminate(backup="snapshots")


def instance(**facts: Any) -> Resource:
    usual = {"state": "stopped", "root": "ebs", "spot": {}, **ALONE, "protections": []}
    return Resource(NAME, {**usual, "begun": "20261123-090101", "volumes": DISKS, "backups": NONE, **facts})


def imaged(*states: str) -> Resource:
    return instance(backups={**NONE, "image": [{"id": f"ami-{n}", "state": state} for n, state in enumerate(states)]})


def snapshotted(*states: str) -> Resource:
    """A snapshot in this state of each volume in turn."""
    entries = [
        {"id": f"snap-{n}", "state": state, "volume": disk}
        for n, (state, disk) in enumerate(zip(states, DISKS, strict=False))
    ]
    return instance(backups={**NONE, "snapshots": entries})


def operations(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls]


def look(here: Here, name: str) -> Resource:
    (seen,) = seen_by(KIND, "kill", here, [name])
    return seen


def run(here: Here) -> str:
    ec2 = here.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    return str(ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"])


def test_without_a_word_about_a_backup_it_is_refused_and_the_words_are_said() -> None:
    with pytest.raises(Refused, match=r"`backup: image` or `backup: snapshots`.*`skip_backup: true`"):
        kill(instance(), Terminate())


def test_both_words_contradict_each_other() -> None:
    with pytest.raises(ValidationError, match="either `backup` or `skip_backup`"):
        Terminate(backup="image", skip_backup=True)


@pytest.mark.parametrize("options", [IMAGE, SNAPSHOTS])
def test_it_stops_first_so_that_nothing_is_written_after_the_backup(options: Terminate) -> None:
    (stop,) = kill(instance(state="running"), options)
    assert stop.operation == "stop_instances"
    with pytest.raises(Underway, match="stopping"):
        kill(instance(state="stopping"), options)


def test_a_member_of_a_group_goes_to_standby_first() -> None:
    member = {"state": "running", "group": "web", "scaling": ROOMY}
    assert operations(kill(instance(**member, lifecycle="InService"), IMAGE)) == ["enter_standby"]
    assert operations(kill(instance(**member, lifecycle="Standby"), IMAGE)) == ["stop_instances"]


def test_only_stop_protection_is_lifted_before_the_backup_and_only_with_force() -> None:
    guarded = instance(state="running", protections=["disableApiTermination", "disableApiStop"])
    with pytest.raises(Refused, match="disableApiStop is on"):
        kill(guarded, IMAGE)
    lift, stop = kill(guarded, Terminate(backup="image", force=True))
    assert lift.arguments == {"InstanceId": NAME, "DisableApiStop": {"Value": False}}
    assert stop.operation == "stop_instances"


@pytest.mark.parametrize("facts", [{"root": "instance-store"}, {"spot": {"request": "sir-1", "type": "one-time"}}])
def test_what_cannot_be_stopped_has_no_whole_backup(facts: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="AWS cannot stop it"):
        kill(instance(state="running", **facts), IMAGE)
    assert (
        operations(kill(instance(state="running", **facts), Terminate(skip_backup=True)))[-1] == "terminate_instances"
    )


def test_an_image_is_asked_for_once_waited_for_and_then_it_ends() -> None:
    (ask,) = kill(instance(), IMAGE)
    assert (ask.operation, ask.arguments["NoReboot"]) == ("create_image", True)
    assert ask.arguments["TagSpecifications"][0]["Tags"][0] == {"Key": SOURCE, "Value": NAME}
    for state in ("pending", "transient"):
        with pytest.raises(Underway, match=f"ami-0 is {state}"):
            kill(imaged(state), IMAGE)
    for state in ("failed", "error", "invalid"):
        with pytest.raises(Refused, match="ami-0 failed; delete it"):
            kill(imaged(state), IMAGE)
    assert operations(kill(imaged("available"), IMAGE)) == ["terminate_instances"]
    assert operations(kill(imaged("failed", "available"), IMAGE)) == ["terminate_instances"]


def test_each_volume_needs_its_snapshot_and_what_lacks_one_gets_it_by_itself() -> None:
    (ask,) = kill(instance(), SNAPSHOTS)
    assert ask.operation == "create_snapshots"
    assert ask.arguments["InstanceSpecification"] == {"InstanceId": NAME}
    (more,) = kill(snapshotted("completed"), SNAPSHOTS)
    assert (more.operation, more.arguments["VolumeId"]) == ("create_snapshot", DISKS[1])
    with pytest.raises(Underway, match="snap-1 is pending"):
        kill(snapshotted("completed", "pending"), SNAPSHOTS)
    with pytest.raises(Refused, match="snap-0 failed"):
        kill(snapshotted("error", "completed"), SNAPSHOTS)
    assert operations(kill(snapshotted("completed", "completed"), SNAPSHOTS)) == ["terminate_instances"]


def test_a_backup_from_before_it_last_ran_is_none(here: Here) -> None:
    name = run(here)
    here.client("ec2").stop_instances(InstanceIds=[name])
    for options in (IMAGE, SNAPSHOTS):
        send(here, kill(look(here, name), options))
    kept = look(here, name).facts["backups"]
    assert (len(kept["image"]), len(kept["snapshots"])) == (1, 1)

    started = ec2_backends[here.account][here.region].get_instance(name)
    started.launch_time = started.launch_time + timedelta(hours=1)

    seen = look(here, name)
    assert seen.facts["backups"] == NONE
    (again,) = kill(seen, IMAGE)
    names = {image["Name"] for image in here.client("ec2").describe_images(Owners=["self"])["Images"]}
    assert again.arguments["Name"] not in names


@pytest.mark.parametrize(("second", "kept"), [(4, 0), (5, 1), (6, 1)])
def test_a_backup_from_the_second_in_which_it_began_to_run_counts(second: int, kept: int) -> None:
    """AWS tells when a backup was taken in whole seconds, and may tell when an instance began in parts of them."""
    began = datetime(2026, 11, 23, 9, 1, 5, 900_000, UTC)
    taken = began.replace(second=second, microsecond=0)
    host = {"InstanceId": NAME, "LaunchTime": began, "State": {"Name": "stopped"}, "RootDeviceType": "ebs"}
    by_id, by_tag = ({"Filters": [{"Name": name, "Values": [NAME]}]} for name in ("instance-id", f"tag:{SOURCE}"))
    tagged = {"Tags": [{"Key": SOURCE, "Value": NAME}]}
    image = {"ImageId": "ami-1", "State": "available", "SourceInstanceId": NAME, "CreationDate": taken.isoformat()}
    snapshot = {"SnapshotId": "snap-1", "State": "completed", "VolumeId": DISKS[0], "StartTime": taken}
    with Stubbed("ec2", "autoscaling") as aws:
        aws.answers("describe_instances", {**by_id, **EVERY}, {"Reservations": [{"Instances": [host]}]})
        for attribute in PROTECTIONS:
            aws.answers("describe_instance_attribute", {"InstanceId": NAME, "Attribute": attribute}, {})
        aws.answers("describe_images", {**by_tag, "Owners": ["self"]}, {"Images": [{**image, **tagged}]})
        aws.answers("describe_snapshots", {**by_tag, "OwnerIds": ["self"]}, {"Snapshots": [{**snapshot, **tagged}]})

        (seen,) = seen_by(KIND, "kill", aws, [NAME])

    assert {what: len(backups) for what, backups in seen.facts["backups"].items()} == {"image": kept, "snapshots": kept}


def test_an_image_of_something_else_with_the_tag_copied_to_it_is_no_backup(here: Here) -> None:
    name, other = run(here), run(here)
    here.client("ec2").stop_instances(InstanceIds=[name])
    labels = [{"ResourceType": "image", "Tags": [{"Key": SOURCE, "Value": name}]}]
    here.client("ec2").create_image(InstanceId=other, Name="copied", TagSpecifications=labels)

    assert operations(kill(look(here, name), IMAGE)) == ["create_image"]
