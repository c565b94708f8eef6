"""EBS volumes: `disable` detaches, `kill` detaches, backs up and deletes. Neither ever stops an instance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import (
    Kill,
    Kind,
    Names,
    Options,
    Part,
    Refused,
    Underway,
    UndoStep,
    Verb,
    undo_of,
    unique,
)
from reconciler.resources.place import Place
from reconciler.resources.shared import ec2
from reconciler.resources.shared.arns import INSTANCE, VOLUME
from reconciler.resources.shared.guards import States, backup_first
from reconciler.resources.shared.owners import MANAGED, operator_of
from reconciler.resources.shared.reads import filtered, tags, with_facts

ON = (INSTANCE, VOLUME)
STATES = States("the volume", go=("available", "in-use", "error"))
GONE = ("InvalidVolume.NotFound",)
FREE = Meaning("IncorrectState", "in the 'available' state", Trouble.GONE)  # there is nothing left to detach
ROOT = Meaning("OperationNotPermitted", "root volume", Trouble.STATE, "stop its instance first")
# A volume that was attached a moment ago is not known yet where it is flagged.
EARLY = Meaning("InvalidInstanceAttributeValue", "No device is currently mapped", Trouble.STATE, passes=True)

DESCRIBE = Operation("ec2", "describe_volumes")
ATTACH = Operation("ec2", "attach_volume", "VolumeId", on=ON, also=(ec2.LENDING,))
DETACH = Operation("ec2", "detach_volume", "VolumeId", on=ON, undo=(ATTACH,), errors=(FREE, ROOT, MANAGED), gone=GONE)
FLAG = Operation("ec2", "modify_instance_attribute", on=ON, errors=(EARLY,))
UNFLAG = replace(FLAG, undo=(FLAG,))
DELETE = Operation("ec2", "delete_volume", "VolumeId", on=(VOLUME,), gone=GONE, errors=(MANAGED,), destroys=True)


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """DescribeVolumes by filter: VolumeIds would fail the whole batch for one id that is gone."""
    found = filtered(place, DESCRIBE, "Volumes[]", "volume-id", names, **ec2.EVERY)
    volumes = [volume for volume in found if volume["State"] != "deleted"]
    attached = {each["InstanceId"] for volume in volumes for each in _attachments(volume) if "InstanceId" in each}
    instances = {host["InstanceId"]: host for host in ec2.instances(place, sorted(attached))}
    for volume in volumes:
        seen = [_seen(each, instances.get(each.get("InstanceId", ""), {})) for each in _attachments(volume)]
        seen.sort(key=lambda each: (each["instance"], each["device"]))
        facts = {"state": volume["State"], "attachments": seen}
        labels, operator = tags(volume.get("Tags")), operator_of(volume)
        yield Resource(volume["VolumeId"], facts, created=volume["CreateTime"], tags=labels, operator=operator)


def read_backups(place: Place, seen: Sequence[Resource]) -> Iterator[Resource]:
    """The snapshots that were taken as its backup."""
    volumes = {volume.name: volume for volume in seen}
    backups: dict[str, list[dict[str, str]]] = {name: [] for name in volumes}
    for name, snapshot in ec2.snapshots(place, list(volumes)):
        # Tags can be copied to any snapshot; the volume it was made of cannot.
        if name == snapshot["VolumeId"]:
            backups[name].append(ec2.backup(snapshot, "Snapshot"))
    for name, volume in volumes.items():
        yield with_facts(volume, backups=backups[name])


BACKUPS = Part(("backups",), (ec2.DESCRIBE_SNAPSHOTS,), read_backups)


def needed_by_kill(options: Kill) -> tuple[Part, ...]:
    """Backups matter only where one is to be taken."""
    return () if options.skip_backup else (BACKUPS,)


def disable(volume: Resource, _options: Options) -> list[Call]:
    """Detach it wherever it is attached; what it holds stays as it is."""
    STATES.check(volume.facts["state"])
    for attachment in volume.facts["attachments"]:
        _may_go(attachment)
    calls = [call for attachment in volume.facts["attachments"] for call in _detach(volume, attachment)]
    if not calls and volume.facts["state"] == "in-use":
        raise Underway("AWS still shows the volume as in use, but no attachment")
    return calls


def kill(volume: Resource, options: Kill) -> list[Call]:
    """One step a run: detach, so that the backup is whole; snapshot; delete once the snapshot is complete."""
    if detaching := disable(volume, options):
        return detaching
    if not options.skip_backup:
        backups = volume.facts["backups"]
        if not backups and volume.facts["state"] == "error":
            raise Refused("AWS cannot snapshot a volume in error; `skip_backup: true` deletes it without a backup")
        described = ec2.described("snapshot", volume.name, "deletes")
        if taking := backup_first(backups, [ec2.SNAPSHOT_ALONE(volume, VolumeId=volume.name, **described)]):
            return taking
    return [DELETE(volume)]


def before(_volume: Resource, call: Call) -> Mapping[str, Any]:
    """It was attached where it was detached or flagged."""
    instance, device = map(str, _where(call))
    ends = "BlockDeviceMappings" in call.arguments
    held = {"instance": instance, "device": device, "state": "attached", "delete_on_termination": ends, "boots": ""}
    return {"state": "in-use", "attachments": [held]}


def undo_calls(volume: Resource, calls: Sequence[Call]) -> UndoStep:
    """Attach it where it was, then say again that it ends with its instance: AWS must have attached it by then."""
    STATES.check(volume.facts["state"])
    held = {(each["instance"], each["device"]): each for each in volume.facts["attachments"]}
    for each in held.values():
        States(f"its attachment to {each['instance']}", go=("attached",)).check(each["state"])
    detached = [call for call in calls if call.operation == DETACH.name and _where(call) not in held]
    flags = [call for call in calls if call.operation == UNFLAG.name]
    ours = {_where(call) for call in calls}
    if detached and (foreign := held.keys() - ours):
        others = ", ".join(sorted(instance for instance, _ in foreign))
        raise Refused(f"it was attached to {others} since; detach it there first")
    if detached:
        return undo_of(detached, "AWS must attach it before it is to end with its instance" if flags else "")
    ends = [call for call in flags if _where(call) in held and not held[_where(call)]["delete_on_termination"]]
    return undo_of(ends)


def _where(call: Call) -> tuple[str, str]:
    """Instance and device of a call that detaches or flags."""
    mappings = call.arguments.get("BlockDeviceMappings")
    return call.arguments["InstanceId"], mappings[0]["DeviceName"] if mappings else call.arguments["Device"]


def _attachments(volume: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in volume.get("Attachments", ()) if each["State"] != "detached"]


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


def _may_go(attachment: Mapping[str, Any]) -> None:
    instance, boots = attachment["instance"], attachment["boots"]
    if not instance.startswith("i-"):
        raise Refused(f"it belongs to {instance or 'an AWS service'}, and only that can release it; delete that first")
    # busy: the operating system has not unmounted it yet.
    States(f"its attachment to {instance}", go=("attached",)).check(attachment["state"])
    if boots == "running":
        raise Refused(f"{instance} boots from it; stop instance {instance} first")
    States(f"{instance}, which boots from it,", go=("", "stopped", "terminated")).check(boots)


def _detach(volume: Resource, attachment: Mapping[str, Any]) -> list[Call]:
    detach = DETACH(volume, InstanceId=attachment["instance"], Device=attachment["device"])
    if not attachment["delete_on_termination"]:
        return [detach]
    # A volume that is attached again has lost this flag. Undone in reverse: attached first, then flagged.
    flag = FLAG(volume, **_flagged(attachment, True))
    return [UNFLAG(volume, flag, **_flagged(attachment, False)), detach]


def _flagged(attachment: Mapping[str, Any], value: bool) -> dict[str, Any]:
    mapping = {"DeviceName": attachment["device"], "Ebs": {"DeleteOnTermination": value}}
    return {"InstanceId": attachment["instance"], "BlockDeviceMappings": [mapping]}


KIND = Kind(
    name="ec2:volume",
    title="EBS volume",
    arn=ArnPattern("arn:{partition}:ec2:{region}:{account}:volume/{name}"),
    pattern=r"vol-([0-9a-f]{8}|[0-9a-f]{17})",
    observe=observe,
    reads=(DESCRIBE, ec2.DESCRIBE_INSTANCES),
    verbs={
        "disable": Verb(
            disable, "detach the volume from its instances", (DETACH, UNFLAG), stuck_after=timedelta(minutes=10)
        ),
        "kill": Verb(
            kill,
            "detach the volume, take a snapshot of it, and delete it",
            (DETACH, UNFLAG, ec2.SNAPSHOT_ALONE, DELETE),
            manual_commands=(
                "aws ec2 detach-volume --region {region} --volume-id {name}",
                "aws ec2 create-snapshot --region {region} --volume-id {name}",
                "aws ec2 delete-volume --region {region} --volume-id {name}",
            ),
            backup="a snapshot",
            backups="backups",
            quiets=(DETACH,),
            options=Kill,
            parts=(BACKUPS,),
            needs=needed_by_kill,
            stuck_after=timedelta(hours=24),
        ),
    },
    before=before,
    undo_calls=undo_calls,
    kms_via="ec2",
    identity=unique,
)
