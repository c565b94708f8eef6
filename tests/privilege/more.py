"""Examples beyond those of the laws: what asks for permissions that these never come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from reconciler.model.call import Call
from reconciler.model.target import Arn
from reconciler.model.task import Action
from reconciler.resources import ec2_instance
from reconciler.resources.shared.ec2_backup import SOURCE, label
from tests.aws import Here
from tests.resources.example import Example
from tests.resources.test_ec2_instance import make_with_a_disk
from tests.resources.test_ec2_volume import make_attached
from tests.stubbed import Stubbed

SPOT = "i-0123456789abcdef0"


def make_member(here: Here) -> str:
    """An instance that an Auto Scaling group would replace."""
    scaling, name = here.client("autoscaling"), "web"
    image = here.client("ec2").describe_images(Owners=["amazon"], MaxResults=5)["Images"][0]["ImageId"]
    scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=image, InstanceType="t3.micro")
    sizes = {"MinSize": 0, "MaxSize": 2, "DesiredCapacity": 1, "AvailabilityZones": [f"{here.region}a"]}
    scaling.create_auto_scaling_group(AutoScalingGroupName=name, LaunchConfigurationName=name, **sizes)
    (group,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return f"arn:aws:ec2:{here.region}:{here.account}:instance/{group['Instances'][0]['InstanceId']}"


def make_partly_saved(here: Here) -> str:
    """An instance with two disks, one of which has its snapshot already."""
    ec2, arn = here.client("ec2"), make_with_a_disk(here)
    name = Arn.parse(arn).name
    (found,) = ec2.describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"]
    disk = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    ec2.create_snapshot(VolumeId=disk, TagSpecifications=label("snapshot", name))
    return arn


def make_saved_too_early(here: Here) -> str:
    """A volume in use that has a snapshot from before: outdated, so it must not be taken for its backup."""
    arn = make_attached(here)
    name = Arn.parse(arn).name
    here.client("ec2").create_snapshot(VolumeId=name, TagSpecifications=label("snapshot", name))
    return arn


def stands(_here: Here, _arn: str) -> bool:
    """These are about what is asked on the way."""
    return True


MORE = (
    Example("ec2:instance", "disable", make_member, stands),
    Example("ec2:instance", "kill", make_member, stands, {"skip_backup": True}),
    Example("ec2:instance", "kill", make_member, stands, {"backup": "image"}),
    Example("ec2:instance", "kill", make_partly_saved, stands, {"backup": "snapshots"}),
    Example("ec2:volume", "kill", make_saved_too_early, stands),
)


def spot(action: Action) -> list[Call]:
    """A persistent spot instance, which moto does not know as such: seen in AWS's own form, and what would be sent."""
    place, verb = Stubbed("ec2"), ec2_instance.KIND.verbs[action]
    instance: dict[str, Any] = {
        "InstanceId": SPOT,
        "State": {"Name": "running"},
        "SpotInstanceRequestId": "sir-1",
        "LaunchTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    filters = [{"Name": "instance-id", "Values": [SPOT]}]
    asked = {"Filters": filters, "IncludeManagedResources": True}
    place.answers("describe_instances", asked, {"Reservations": [{"Instances": [instance]}]})
    request = {"SpotInstanceRequestId": "sir-1", "Type": "persistent"}
    filters = [{"Name": "spot-instance-request-id", "Values": ["sir-1"]}]
    place.answers("describe_spot_instance_requests", {"Filters": filters}, {"SpotInstanceRequests": [request]})
    if verb.observe:
        mine = [{"Name": f"tag:{SOURCE}", "Values": [SPOT]}]
        place.answers("describe_images", {"Owners": ["self"], "Filters": mine}, {"Images": []})
        place.answers("describe_snapshots", {"OwnerIds": ["self"], "Filters": mine}, {"Snapshots": []})
        for attribute in ec2_instance.PROTECTIONS:
            place.answers("describe_instance_attribute", {"InstanceId": SPOT, "Attribute": attribute}, {})
    (found,) = (verb.observe or ec2_instance.KIND.observe)(place, [SPOT])
    place.finish()
    return verb.needed(found, verb.options(**({"skip_backup": True} if action == "kill" else {})))
