"""EBS volumes, looked at: read as AWS writes them, and not seen when they are gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from reconciler.resources.ec2_volume import observe, observe_backups
from tests.aws import Here
from tests.resources.ec2_volume import make_free
from tests.resources.seen_volume import INSTANCE, NAME, attachment
from tests.resources.shared.ec2 import name_of


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
