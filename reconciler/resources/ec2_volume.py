"""EBS volumes: `disable` detaches, `kill` detaches, backs up and deletes. Neither ever stops an instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import (
    PLANNED,
    Kill,
    Kind,
    Options,
    Place,
    Refused,
    Scope,
    Underway,
    UndoStep,
    Verb,
    tags,
    undo_of,
)
from reconciler.resources.shared.arns import INSTANCE, SNAPSHOT, VOLUME
from reconciler.resources.shared.ec2_backup import SOURCE, label, must_be_complete
from reconciler.resources.shared.ec2_scopes import LENDING, SNAPPING, tagging

BATCH = 200  # values in one filter


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """DescribeVolumes by filter: VolumeIds would fail the whole batch for one id that is gone."""
    pages = place.client("ec2").get_paginator("describe_volumes")
    filters = [{"Name": "volume-id", "Values": list(names)}]
    # An account may hide what AWS services manage; hidden is not gone.
    found = pages.paginate(Filters=filters, IncludeManagedResources=True).search("Volumes[]")
    volumes = [volume for volume in found if volume["State"] != "deleted"]
    attached = {each["InstanceId"] for volume in volumes for each in _attachments(volume) if "InstanceId" in each}
    instances = _instances(place, sorted(attached))
    for volume in volumes:
        seen = [_seen(each, instances.get(each.get("InstanceId", ""), {})) for each in _attachments(volume)]
        facts = {
            "state": volume["State"],
            "attachments": sorted(seen, key=lambda each: (each["instance"], each["device"])),
        }
        yield Resource(volume["VolumeId"], facts, created=volume["CreateTime"], tags=tags(volume.get("Tags")))


def observe_backups(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, and the snapshots that were taken as its backup."""
    volumes = list(observe(place, names))
    backups = _backups(place, [volume.name for volume in volumes])
    for volume in volumes:
        yield replace(volume, facts={**volume.facts, "backups": backups[volume.name]})


def disable(volume: Resource, _options: Options) -> list[Call]:
    """Detach it wherever it is attached; what it holds stays as it is."""
    if volume.facts["state"] in ("creating", "deleting"):
        raise Underway(f"the volume is {volume.facts['state']}")
    for attachment in volume.facts["attachments"]:
        _may_go(attachment)
    calls = [call for attachment in volume.facts["attachments"] for call in _detach(volume.name, attachment)]
    if not calls and volume.facts["state"] == "in-use":
        raise Underway("AWS still shows the volume as in use, though no longer where")
    return calls


def kill(volume: Resource, options: Kill) -> list[Call]:
    """One step a run: detach, so that the backup is whole; snapshot; delete once the snapshot is complete."""
    detaching = disable(volume, options)
    if detaching:
        # A snapshot from before is no backup of what was written since.
        outdated = () if options.skip_backup else volume.facts["backups"]
        return [*(_disown(volume.name, backup["snapshot"]) for backup in outdated), *detaching]
    if not options.skip_backup:
        backups = volume.facts["backups"]
        if not backups and volume.facts["state"] == "error":
            raise Refused("AWS cannot snapshot a volume in error; `skip_backup: true` deletes it without a backup")
        if not backups:
            return [_snapshot(volume.name)]
        must_be_complete((backup["snapshot"], backup["state"]) for backup in backups)
    return [Call(service="ec2", operation="delete_volume", arguments={"VolumeId": volume.name})]


def undo_calls(volume: Resource, calls: Sequence[Call]) -> UndoStep:
    """Attach it where it was, then say again that it ends with its instance: AWS must have attached it by then."""
    if volume.facts["state"] in ("creating", "deleting"):
        raise Underway(f"the volume is {volume.facts['state']}")
    held = {(each["instance"], each["device"]): each for each in volume.facts["attachments"]}
    for each in held.values():
        if each["state"] != "attached":
            raise Underway(f"its attachment to {each['instance']} is {each['state']}")
    detached = [call for call in calls if call.operation == "detach_volume" and _where(call) not in held]
    flags = [call for call in calls if call.operation == "modify_instance_attribute"]
    ours = {_where(call) for call in calls if call.operation != "delete_tags"}
    if detached and (foreign := held.keys() - ours):
        others = ", ".join(sorted(instance for instance, _ in foreign))
        raise Refused(f"it was attached to {others} since; detach it there first")
    if detached:
        return undo_of(detached, "AWS must attach it before it is to end with its instance" if flags else "")
    ends = [call for call in flags if _where(call) in held and not held[_where(call)]["delete_on_termination"]]
    return undo_of([*ends, *(call for call in calls if call.operation == "delete_tags")])


def _where(call: Call) -> tuple[str, str]:
    """Instance and device of a call that detaches or flags."""
    mappings = call.arguments.get("BlockDeviceMappings")
    return call.arguments["InstanceId"], mappings[0]["DeviceName"] if mappings else call.arguments["Device"]


def _attachments(volume: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in volume.get("Attachments", ()) if each["State"] != "detached"]


def _instances(place: Place, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """By filter too; a volume may be attached to 16 instances, so there may be more of them than fit one filter."""
    found: dict[str, Mapping[str, Any]] = {}
    pages = place.client("ec2").get_paginator("describe_instances")
    for start in range(0, len(names), BATCH):
        filters = [{"Name": "instance-id", "Values": list(names[start : start + BATCH])}]
        answer = pages.paginate(Filters=filters, IncludeManagedResources=True).search("Reservations[].Instances[]")
        found |= {instance["InstanceId"]: instance for instance in answer}
    return found


def _seen(attachment: Mapping[str, Any], instance: Mapping[str, Any]) -> dict[str, Any]:
    device = attachment.get("Device", "")
    devices = {each["DeviceName"]: each.get("Ebs", {}) for each in instance.get("BlockDeviceMappings", ())}
    ends = devices.get(device, {}).get("DeleteOnTermination", attachment.get("DeleteOnTermination", False))
    boots = bool(instance) and instance.get("RootDeviceName") == device
    return {
        # A volume of a Fargate task has no instance, but the task's ARN.
        "instance": attachment.get("InstanceId") or attachment.get("AssociatedResource", ""),
        "device": device,
        "state": attachment["State"],
        "delete_on_termination": ends,
        # The state of the instance that boots from it; other instances may start and stop as they like.
        "boots": instance["State"]["Name"] if boots else "",
    }


def _backups(place: Place, names: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    if names:
        values = list(names)
        filters = [{"Name": f"tag:{SOURCE}", "Values": values}, {"Name": "volume-id", "Values": values}]
        pages = place.client("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
        for snapshot in pages.search("Snapshots[]"):
            # Tags can be copied to any snapshot; the volume it was made of cannot.
            if tags(snapshot["Tags"])[SOURCE] == snapshot["VolumeId"]:
                found[snapshot["VolumeId"]].append({"snapshot": snapshot["SnapshotId"], "state": snapshot["State"]})
    return {name: sorted(backups, key=lambda backup: backup["snapshot"]) for name, backups in found.items()}


def _may_go(attachment: Mapping[str, Any]) -> None:
    instance, state, boots = attachment["instance"], attachment["state"], attachment["boots"]
    if not instance.startswith("i-"):
        raise Refused(f"it belongs to {instance or 'an AWS service'}, which alone can let go of it; delete that first")
    if state != "attached":
        # busy: the operating system has not unmounted it yet.
        raise Underway(f"its attachment to {instance} is {state}")
    if boots == "running":
        raise Refused(f"{instance} boots from it; stop instance {instance} first")
    if boots in ("pending", "stopping", "shutting-down"):
        raise Underway(f"{instance}, which boots from it, is {boots}")


def _detach(name: str, attachment: Mapping[str, Any]) -> list[Call]:
    where = {"VolumeId": name, "InstanceId": attachment["instance"], "Device": attachment["device"]}
    back = Call(service="ec2", operation="attach_volume", arguments=where)
    detach = Call(service="ec2", operation="detach_volume", arguments=where, undo=back)
    if not attachment["delete_on_termination"]:
        return [detach]
    # A volume that is attached again has lost this flag. Undone in reverse: attached first, then flagged.
    return [_flag(attachment, value=False, undo=_flag(attachment, value=True)), detach]


def _flag(attachment: Mapping[str, Any], *, value: bool, undo: Call | None = None) -> Call:
    mapping = {"DeviceName": attachment["device"], "Ebs": {"DeleteOnTermination": value}}
    arguments = {"InstanceId": attachment["instance"], "BlockDeviceMappings": [mapping]}
    return Call(service="ec2", operation="modify_instance_attribute", arguments=arguments, undo=undo)


def _disown(name: str, snapshot: str) -> Call:
    arguments = {"Resources": [snapshot], "Tags": [{"Key": SOURCE, "Value": name}]}
    back = Call(service="ec2", operation="create_tags", arguments=arguments)
    return Call(service="ec2", operation="delete_tags", arguments=arguments, undo=back)


def _snapshot(name: str) -> Call:
    arguments = {
        "VolumeId": name,
        "Description": f"Taken by Krampus before it deletes {name}",
        "TagSpecifications": label("snapshot", name),
    }
    return Call(service="ec2", operation="create_snapshot", arguments=arguments)


KIND = Kind(
    name="ec2:volume",
    title="EBS volume",
    pattern=r"vol-([0-9a-f]{8}|[0-9a-f]{17})",
    observe=observe,
    permissions=("ec2:DescribeVolumes", "ec2:DescribeInstances"),
    verbs={
        "disable": Verb(
            disable,
            does="detach the volume from its instances",
            manual_commands=(PLANNED,),
            permissions=("ec2:DetachVolume", "ec2:ModifyInstanceAttribute"),
            undo=("ec2:AttachVolume", "ec2:ModifyInstanceAttribute", "kms:CreateGrant"),
            stuck_after=timedelta(minutes=10),
        ),
        "kill": Verb(
            kill,
            does="detach the volume, take a snapshot of it, and delete it",
            manual_commands=(
                "aws ec2 detach-volume --region {region} --volume-id {name}",
                "aws ec2 create-snapshot --region {region} --volume-id {name}",
                "aws ec2 delete-volume --region {region} --volume-id {name}",
            ),
            permissions=(
                "ec2:DetachVolume",
                "ec2:ModifyInstanceAttribute",
                "ec2:CreateSnapshot",
                "ec2:CreateTags",
                "ec2:DeleteTags",
                "ec2:DeleteVolume",
            ),
            undo=("ec2:AttachVolume", "ec2:ModifyInstanceAttribute", "kms:CreateGrant", "ec2:CreateTags"),
            backup="a snapshot",
            options=Kill,
            observe=observe_backups,
            reads=("ec2:DescribeSnapshots",),
            stuck_after=timedelta(hours=24),
        ),
    },
    scopes=(
        Scope(("ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute"), (INSTANCE, VOLUME)),
        Scope(("ec2:DeleteVolume",), (VOLUME,)),
        SNAPPING,
        tagging("CreateSnapshot"),
        # A backup that is outdated loses our tag, and has it back by undo: no other tag, and never all of them.
        Scope(
            ("ec2:CreateTags", "ec2:DeleteTags"),
            (SNAPSHOT,),
            {"ForAllValues:StringEquals": {"aws:TagKeys": SOURCE}, "Null": {"aws:TagKeys": "false"}},
        ),
        LENDING,
    ),
    batch=BATCH,
    undo_calls=undo_calls,
)
