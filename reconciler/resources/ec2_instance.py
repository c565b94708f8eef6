"""EC2 instances: `disable` stops, `kill` backs up if asked and terminates. No protection is lifted without `force`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import model_validator

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import (
    PLANNED,
    Kill,
    Kind,
    Options,
    Place,
    Refused,
    Underway,
    UndoStep,
    Verb,
    tags,
    undo_of,
)
from reconciler.resources.shared.ec2_backup import How, back_up, backups_of
from reconciler.resources.shared.ec2_scopes import INSTANCES

# Auto Scaling writes this tag on its members; nobody else may use the aws: prefix.
GROUP = "aws:autoscaling:groupName"
PROTECTIONS = ("disableApiTermination", "disableApiStop")


class Terminate(Kill):
    """What `kill` takes: `force` lifts termination and stop protection first.

    backup: what is kept of it, an `image` or `snapshots` of its volumes; taken after it was stopped
    """

    force: bool = False
    backup: How | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Terminate:
        if self.backup and self.skip_backup:
            raise ValueError("write either `backup` or `skip_backup`")
        return self


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """DescribeInstances by filter: InstanceIds would fail the whole batch for one id that is gone."""
    return (_resource(instance, facts) for instance, facts in _look(place, names))


def observe_ends(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, and what stands before its end: protections, for AWS ends part of a batch that has a protected
    instance in it; its volumes; and its backups since it last began to run."""
    ec2, looked = place.client("ec2"), list(_look(place, names))
    backups = backups_of(place, {instance["InstanceId"]: instance["LaunchTime"] for instance, _ in looked})
    for instance, facts in looked:
        name = instance["InstanceId"]
        disks = (each["Ebs"]["VolumeId"] for each in instance.get("BlockDeviceMappings", ()) if "Ebs" in each)
        more = {
            "protections": [protection for protection in PROTECTIONS if _attribute(ec2, name, protection)],
            "begun": f"{instance['LaunchTime']:%Y%m%d-%H%M%S}",
            "volumes": sorted(disks),
            "backups": backups[name],
        }
        yield _resource(instance, {**facts, **more})


def disable(instance: Resource, _options: Options) -> list[Call]:
    """Stop it; a member of an Auto Scaling group goes to standby first, or the group would replace it."""
    state, spot = instance.facts["state"], instance.facts["spot"]
    if state == "stopped":
        return []
    if state != "running":
        raise Underway(f"the instance is {state}")
    if instance.facts["root"] != "ebs":
        raise Refused("its root device is an instance store, which AWS cannot stop; only `kill` can end it")
    if spot and spot["type"] != "persistent":
        raise Refused("AWS cannot stop a one-time spot instance; only `kill` can end it")
    stop = Call(
        service="ec2",
        operation="stop_instances",
        arguments={"InstanceIds": [instance.name]},
        undo=Call(service="ec2", operation="start_instances", arguments={"InstanceIds": [instance.name]}),
    )
    return [*_standby(instance), stop]


def kill(instance: Resource, options: Terminate) -> list[Call]:
    """Terminate it; with a backup, a step a run. Volumes and addresses that are meant to outlive it stay."""
    if instance.facts["state"] == "shutting-down":
        raise Underway("the instance is shutting down")
    protections = instance.facts["protections"]
    if protections and not options.force:
        raise Refused(f"{' and '.join(protections)} is on; switch it off, or set `force: true` in the task's options")
    if options.backup:
        first = _stop(instance) or back_up(instance, options.backup)
        if first:
            return first
    elif not options.skip_backup:
        raise Refused(
            "no backup of it would be kept; to keep one, set `backup: image` or `backup: snapshots` in the task's "
            "options, or `skip_backup: true` if it may be lost"
        )
    return [*(_lift(instance, name) for name in protections), *_cancel_spot(instance), _terminate(instance)]


def undo_calls(instance: Resource, calls: Sequence[Call]) -> UndoStep:
    """Start it, then return it to its group: one that does not run would be replaced there, and terminated."""
    state, lifecycle = instance.facts["state"], instance.facts["lifecycle"]
    if state not in ("running", "stopped"):
        raise Underway(f"the instance is {state}")
    starts = [call for call in calls if call.operation == "stop_instances" and state == "stopped"]
    enters = [call for call in calls if call.operation == "enter_standby" and lifecycle.endswith("Standby")]
    if enters and state == "stopped":
        if not starts:
            raise Refused("it was stopped since, and its Auto Scaling group would replace it; start it first")
        return undo_of(starts, "it must run before its Auto Scaling group takes it back")
    if enters and lifecycle != "Standby":
        raise Underway(f"the instance is {lifecycle}")
    return undo_of([*starts, *enters])


def _stop(instance: Resource) -> list[Call]:
    """So that nothing is written after the backup."""
    if not _stoppable(instance):
        raise Refused(
            "AWS cannot stop it, so that a backup would miss what is written after it; make one by hand, then set "
            "`skip_backup: true` in the task's options"
        )
    calls = disable(instance, Options())
    lifted = [name for name in instance.facts["protections"] if name == "disableApiStop"]
    return [*(_lift(instance, name) for name in lifted), *calls] if calls else []


def _stoppable(instance: Resource) -> bool:
    spot = instance.facts["spot"]
    return instance.facts["root"] == "ebs" and (not spot or spot["type"] == "persistent")


def _look(place: Place, names: Sequence[str]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Each instance as AWS describes it, and the facts that both verbs read."""
    pages = place.client("ec2").get_paginator("describe_instances")
    filters = [{"Name": "instance-id", "Values": list(names)}]
    # An account may hide what AWS services manage; hidden is not gone.
    answers = pages.paginate(Filters=filters, IncludeManagedResources=True)
    found = [i for i in answers.search("Reservations[].Instances[]") if _lives(i)]
    lifecycles = _lifecycles(place, [i["InstanceId"] for i in found if GROUP in tags(i.get("Tags"))])
    spots = _spots(place, [i["SpotInstanceRequestId"] for i in found if i.get("SpotInstanceRequestId")])
    for instance in found:
        yield (
            instance,
            {
                "state": instance["State"]["Name"],
                "root": instance.get("RootDeviceType", "ebs"),
                "spot": spots.get(instance.get("SpotInstanceRequestId", ""), {}),
                "group": tags(instance.get("Tags")).get(GROUP, ""),
                "lifecycle": lifecycles.get(instance["InstanceId"], ""),
            },
        )


def _resource(instance: Mapping[str, Any], facts: dict[str, Any]) -> Resource:
    return Resource(instance["InstanceId"], facts, created=_created(instance), tags=tags(instance.get("Tags")))


def _lives(instance: Mapping[str, Any]) -> bool:
    # A terminated instance stays listed for about an hour; it is as good as gone.
    return bool(instance["State"]["Name"] != "terminated")


def _lifecycles(place: Place, members: list[str]) -> dict[str, str]:
    """DescribeAutoScalingInstances takes 50 ids, and leaves out what it does not know."""
    found: dict[str, str] = {}
    for start in range(0, len(members), 50):
        answer = place.client("autoscaling").describe_auto_scaling_instances(InstanceIds=members[start : start + 50])
        found |= {member["InstanceId"]: member["LifecycleState"] for member in answer["AutoScalingInstances"]}
    return found


def _spots(place: Place, requests: list[str]) -> dict[str, dict[str, str]]:
    if not requests:
        return {}
    filters = [{"Name": "spot-instance-request-id", "Values": requests}]
    answer = place.client("ec2").describe_spot_instance_requests(Filters=filters)
    return {
        request["SpotInstanceRequestId"]: {"request": request["SpotInstanceRequestId"], "type": request["Type"]}
        for request in answer["SpotInstanceRequests"]
    }


def _attribute(ec2: Any, name: str, attribute: str) -> bool:
    answer = ec2.describe_instance_attribute(InstanceId=name, Attribute=attribute)
    return bool(answer.get(attribute[0].upper() + attribute[1:], {}).get("Value"))


def _created(instance: Mapping[str, Any]) -> datetime | None:
    # LaunchTime moves with every start; the first network interface is attached once, at birth.
    times = [nic["Attachment"]["AttachTime"] for nic in instance.get("NetworkInterfaces", ()) if "Attachment" in nic]
    return min(times, default=None)


def _standby(instance: Resource) -> list[Call]:
    group = instance.facts["group"]
    if not group or instance.facts["lifecycle"] != "InService":
        return []
    member = {"InstanceIds": [instance.name], "AutoScalingGroupName": group}
    back = Call(service="autoscaling", operation="exit_standby", arguments=member)
    arguments = {**member, "ShouldDecrementDesiredCapacity": True}
    return [Call(service="autoscaling", operation="enter_standby", arguments=arguments, undo=back)]


def _lift(instance: Resource, protection: str) -> Call:
    attribute = protection[0].upper() + protection[1:]
    arguments = {"InstanceId": instance.name, attribute: {"Value": False}}
    return Call(service="ec2", operation="modify_instance_attribute", arguments=arguments)


def _cancel_spot(instance: Resource) -> list[Call]:
    spot = instance.facts["spot"]
    if not spot or spot["type"] != "persistent":
        return []
    # An open persistent request would launch the instance again.
    arguments = {"SpotInstanceRequestIds": [spot["request"]]}
    return [Call(service="ec2", operation="cancel_spot_instance_requests", arguments=arguments)]


def _terminate(instance: Resource) -> Call:
    if not instance.facts["group"]:
        return Call(service="ec2", operation="terminate_instances", arguments={"InstanceIds": [instance.name]})
    arguments = {"InstanceId": instance.name, "ShouldDecrementDesiredCapacity": True}
    return Call(service="autoscaling", operation="terminate_instance_in_auto_scaling_group", arguments=arguments)


KIND = Kind(
    name="ec2:instance",
    title="EC2 instance",
    pattern=r"i-([0-9a-f]{8}|[0-9a-f]{17})",
    observe=observe,
    permissions=(
        "ec2:DescribeInstances",
        "ec2:DescribeSpotInstanceRequests",
        "autoscaling:DescribeAutoScalingInstances",
    ),
    verbs={
        "disable": Verb(
            disable,
            does="stop the instance",
            manual_commands=(PLANNED,),
            permissions=("ec2:StopInstances", "autoscaling:EnterStandby"),
            undo=("ec2:StartInstances", "autoscaling:ExitStandby", "kms:CreateGrant"),
            stuck_after=timedelta(minutes=15),
        ),
        "kill": Verb(
            kill,
            does="terminate the instance; before that, stop it and back it up if the options say so",
            manual_commands=("aws ec2 terminate-instances --region {region} --instance-ids {name}",),
            permissions=(
                "ec2:StopInstances",
                "autoscaling:EnterStandby",
                "ec2:CreateImage",
                "ec2:CreateSnapshot",
                "ec2:CreateSnapshots",
                "ec2:CreateTags",
                "ec2:TerminateInstances",
                "ec2:ModifyInstanceAttribute",
                "ec2:CancelSpotInstanceRequests",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ),
            undo=("ec2:StartInstances", "autoscaling:ExitStandby", "kms:CreateGrant"),
            backup="an image or snapshots of its volumes, if the option `backup` says so",
            options=Terminate,
            observe=observe_ends,
            reads=("ec2:DescribeInstanceAttribute", "ec2:DescribeImages", "ec2:DescribeSnapshots"),
            stuck_after=timedelta(hours=24),
        ),
    },
    scopes=INSTANCES,
    undo_calls=undo_calls,
)
