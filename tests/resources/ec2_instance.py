"""Cases of EC2 instances."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.model.task import Action
from reconciler.resources.ec2_instance import KIND, PROTECTIONS
from reconciler.resources.shared.ec2 import SOURCE, described
from reconciler.resources.shared.scaling import ALONE, IN_SERVICE, ROOMY, STANDBY
from tests.aws import Here, seen_by
from tests.privilege.ask import NEW, Asked, Sent, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must
from tests.resources.shared.ec2 import (
    DISKS,
    INSTANCE,
    LOOKS,
    NEW_SNAPSHOT,
    a_key_of_ones_own,
    an_image,
    name_of,
    tags_of_the_new,
)
from tests.stubbed import Stubbed

GROUP = "arn:{p}:autoscaling:{r}:{a}:autoScalingGroup:0aa:autoScalingGroupName/"
SPOT = "i-0123456789abcdef0"
INSTANCES = "arn:{p}:ec2:{r}:{a}:instance/{InstanceIds}"


def make(here: Here) -> str:
    instance = here.client("ec2").run_instances(ImageId=an_image(here), MinCount=1, MaxCount=1)["Instances"][0]
    return f"arn:aws:ec2:{here.region}:{here.account}:instance/{instance['InstanceId']}"


def state(here: Here, arn: str) -> str:
    answer = here.client("ec2").describe_instances(InstanceIds=[name_of(arn)])
    return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])


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


def make_member(here: Here) -> str:
    """An instance that an Auto Scaling group would replace."""
    scaling, name = here.client("autoscaling"), "web"
    scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=an_image(here), InstanceType="t3.micro")
    sizes = {"MinSize": 0, "MaxSize": 2, "DesiredCapacity": 1, "AvailabilityZones": [f"{here.region}a"]}
    scaling.create_auto_scaling_group(AutoScalingGroupName=name, LaunchConfigurationName=name, **sizes)
    (group,) = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    return f"arn:aws:ec2:{here.region}:{here.account}:instance/{group['Instances'][0]['InstanceId']}"


def make_partly_saved(here: Here) -> str:
    """An instance with two disks, one of which has its snapshot already."""
    ec2, arn = here.client("ec2"), make_with_a_disk(here)
    (found,) = ec2.describe_instances(InstanceIds=[name_of(arn)])["Reservations"][0]["Instances"]
    disk = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    ec2.create_snapshot(VolumeId=disk, **described("snapshot", name_of(arn), "terminates"))
    return arn


def ignored(_here: Here, _arn: str) -> bool:
    """What is asked on the way is all that matters."""
    return True


MORE = (
    Example("ec2:instance", "disable", make_member, ignored),
    Example("ec2:instance", "kill", make_member, ignored, {"skip_backup": True}),
    Example("ec2:instance", "kill", make_member, ignored, {"backup": "image"}),
    Example("ec2:instance", "kill", make_partly_saved, ignored, {"backup": "snapshots"}),
)


def spot(action: Action) -> list[Call]:
    """A persistent spot instance, seen in AWS's own form, and what would be sent."""
    verb = KIND.verbs[action]
    instance: dict[str, Any] = {
        "InstanceId": SPOT,
        "State": {"Name": "running"},
        "SpotInstanceRequestId": "sir-1",
        "LaunchTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    filters = [{"Name": "instance-id", "Values": [SPOT]}]
    asked = {"Filters": filters, "IncludeManagedResources": True}
    with Stubbed("ec2", "autoscaling") as place:
        place.answers("describe_instances", asked, {"Reservations": [{"Instances": [instance]}]})
        request = {"SpotInstanceRequestId": "sir-1", "Type": "persistent"}
        filters = [{"Name": "spot-instance-request-id", "Values": ["sir-1"]}]
        place.answers("describe_spot_instance_requests", {"Filters": filters}, {"SpotInstanceRequests": [request]})
        if action == "kill":
            for attribute in PROTECTIONS:
                place.answers("describe_instance_attribute", {"InstanceId": SPOT, "Attribute": attribute}, {})
            mine = [{"Name": f"tag:{SOURCE}", "Values": [SPOT]}]
            place.answers("describe_images", {"Owners": ["self"], "Filters": mine}, {"Images": []})
            place.answers("describe_snapshots", {"OwnerIds": ["self"], "Filters": mine}, {"Snapshots": []})
        (found,) = seen_by(KIND, action, place, [SPOT])
    return verb.needed(found, verb.options(**({"skip_backup": True} if action == "kill" else {})))


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Alone, or in an Auto Scaling group: in service, or in standby already."""
    member = draw(st.sampled_from(("", IN_SERVICE, STANDBY)))
    stopped = member != IN_SERVICE and draw(st.sampled_from((False, False, True)))
    facts = {"state": "stopped" if stopped else "running", "root": "ebs", "spot": {}, **ALONE}
    return {**facts, **({"group": "web", "lifecycle": member, "scaling": ROOMY} if member else {})}, {}


def change(facts: Facts, call: Call) -> None:
    if call.service == "autoscaling":
        # Auto Scaling replaces a member that does not run, and terminates it.
        must(facts["state"] == "running")
        before, after = (IN_SERVICE, STANDBY) if call.operation == "enter_standby" else (STANDBY, IN_SERVICE)
        must(facts["lifecycle"] == before)
        facts["lifecycle"] = after
    else:
        before, after = ("running", "stopped") if call.operation == "stop_instances" else ("stopped", "running")
        must(facts["state"] == before)
        must(facts["lifecycle"] != IN_SERVICE)
        facts["state"] = after


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """An instance that runs or is stopped."""
    name = name_of(make(here))
    if drawn[0]["state"] == "stopped":
        here.client("ec2").stop_instances(InstanceIds=[name])
    return name, drawn[1]


def _instance_within(sent: Sent) -> dict[str, Any]:
    return {**sent.arguments, "InstanceId": sent.arguments["InstanceSpecification"]["InstanceId"]}


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("ec2").create_tags(Resources=[name_of(arn)], Tags=[{"Key": key, "Value": value}])


CASES = Cases(
    tag=tag,
    arn="arn:aws:ec2:eu-west-1:111122223333:instance/i-00000000000000001",
    examples=EXAMPLES,
    by_itself={
        "ec2.DescribeInstances": {
            "Reservations[].Instances[].NetworkInterfaces": [{"NetworkInterfaceId": "eni-of-a-pod"}],
            "Reservations[].Instances[].PublicIpAddress": "203.0.113.7",
            "Reservations[].Instances[].StateTransitionReason": "User initiated",
        },
    },
    more=MORE,
    not_in_moto=spot,
    generated=Generated(drawn(), change, make_drawn, drawn().filter(lambda one: not one[0]["group"]), tried_in_moto=3),
    keeps=("create_image", "create_snapshots", "create_snapshot"),
    passing=({"state": "pending"}, {"state": "stopping"}, {"state": "shutting-down"}),
    asked={
        **LOOKS,
        **DISKS,
        "autoscaling.EnterStandby": on(GROUP + "{AutoScalingGroupName}"),
        "autoscaling.ExitStandby": on(GROUP + "{AutoScalingGroupName}"),
        # It names the instance alone; AWS checks the group that this is in.
        "autoscaling.TerminateInstanceInAutoScalingGroup": on(GROUP + "its-group"),
        "ec2.CancelSpotInstanceRequests": on("arn:{p}:ec2:{r}:{a}:spot-instances-request/{SpotInstanceRequestIds}"),
        "ec2.CreateImage": Asked((INSTANCE, "arn:{p}:ec2:{r}::image/" + NEW, NEW_SNAPSHOT), besides=tags_of_the_new),
        "ec2.CreateSnapshots": Asked(
            (INSTANCE, "arn:{p}:ec2:{r}:{a}:volume/of-it", NEW_SNAPSHOT),
            named=_instance_within,
            besides=tags_of_the_new,
        ),
        "ec2.DescribeInstanceAttribute": on(INSTANCE),
        "ec2.StartInstances": Asked((INSTANCES,), besides=a_key_of_ones_own),
        "ec2.StopInstances": on(INSTANCES),
        "ec2.TerminateInstances": on(INSTANCES),
    },
)
