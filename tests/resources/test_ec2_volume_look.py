"""EBS volumes, looked at: read as AWS writes them, and not seen when they are gone."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.resources.ec2_volume import KIND, observe
from tests.aws import Here, seen_by
from tests.resources.ec2_volume import make_free
from tests.resources.seen_volume import INSTANCE, NAME, attachment
from tests.resources.shared.ec2 import name_of
from tests.stubbed import Stubbed


def test_a_volume_that_is_gone_is_not_seen(here: Here) -> None:
    name = name_of(make_free(here))
    here.client("ec2").delete_volume(VolumeId=name)

    assert list(observe(here, [name])) == []
    assert list(seen_by(KIND, "kill", here, [name])) == []


def test_a_volume_is_read_as_aws_writes_it() -> None:
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
    asked = {"Filters": [{"Name": "volume-id", "Values": [NAME, "vol-99999999"]}], **everything}
    with Stubbed("ec2") as aws:
        aws.answers("describe_volumes", asked, {"Volumes": described})
        asked = {"Filters": [{"Name": "instance-id", "Values": ["i-11111111", "i-22222222"]}], **everything}
        aws.answers("describe_instances", asked, {"Reservations": [{"Instances": [stopped]}]})
        (seen,) = observe(aws, [NAME, "vol-99999999"])

    assert seen.created == created
    assert seen.facts["attachments"] == [
        attachment(instance="arn:aws:ecs:…:task/1", device=""),
        attachment(instance="i-11111111", device="/dev/xvda", delete_on_termination=True, boots="stopped"),
        attachment(instance="i-22222222", device="/dev/sdg", delete_on_termination=True, state="busy"),
    ]
