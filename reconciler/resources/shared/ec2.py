"""What the EC2 kinds share: keys lent to disks, and backups, found again by their tag in later runs. Not a kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation, Scope
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Names
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import IMAGE, INSTANCE, SHARED_KEY, SNAPSHOT, VOLUME
from reconciler.resources.shared.guards import backup_first
from reconciler.resources.shared.reads import filtered, tags

How = Literal["image", "snapshots"]
# The tag by which a later run finds the backup that an earlier one asked for: it names what the backup is of.
SOURCE = "krampus:source"
# Whoever starts an instance, or attaches a volume, lends EC2 the key that its disks are encrypted with. Source: the
# EBS User Guide, "Requirements for Amazon EBS encryption"; without it an instance stops again, and says nothing.
LENT = {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringLike": {"kms:ViaService": "ec2.*"}}
LENDING = Scope(("kms:CreateGrant",), (SHARED_KEY,), LENT)


def tagging(*makes: str, arns: tuple[str, ...] = (SNAPSHOT,)) -> Scope:
    """Tags for what these operations make, as they make it, and for nothing else."""
    return Scope(("ec2:CreateTags",), arns, {"StringEquals": {"ec2:CreateAction": makes}})


TAGGED = (tagging("CreateImage", "CreateSnapshot", "CreateSnapshots", arns=(IMAGE, SNAPSHOT)),)
# An account may hide what AWS services manage; hidden is not gone.
EVERY = {"IncludeManagedResources": True}
RATE = Meaning("SnapshotCreationPerVolumeRateExceeded", "", Trouble.THROTTLED)
MADE = Meaning(r"InvalidAMIName\.Duplicate", "", Trouble.STATE)
ON_IMAGE = (INSTANCE, IMAGE, SNAPSHOT)

DESCRIBE_INSTANCES = Operation("ec2", "describe_instances")
DESCRIBE_IMAGES = Operation("ec2", "describe_images")
DESCRIBE_SNAPSHOTS = Operation("ec2", "describe_snapshots")
backs_up = partial(Operation, "ec2", also=TAGGED, adds=True)
CREATE_IMAGE = backs_up("create_image", "InstanceId", on=ON_IMAGE, errors=(MADE, RATE))
SNAPSHOT_ALL = backs_up("create_snapshots", on=(INSTANCE, VOLUME, SNAPSHOT), errors=(RATE,))
SNAPSHOT_ONE = backs_up("create_snapshot", on=(VOLUME, SNAPSHOT), errors=(RATE,))
SNAPSHOT_ALONE = replace(SNAPSHOT_ONE, also=(tagging("CreateSnapshot"),))


def described(what: Literal["image", "snapshot"], name: str, ends: str) -> dict[str, Any]:
    """Description and tags of a backup of `name`, as the calls take them that create one; `ends`: "terminates" it."""
    labels = [{"Key": SOURCE, "Value": name}, {"Key": "Name", "Value": f"Krampus backup of {name}"}]
    tagged = [{"ResourceType": what, "Tags": labels}]
    return {"Description": f"Taken by Krampus before it {ends} {name}", "TagSpecifications": tagged}


def instances(place: Place, names: Names) -> Iterator[dict[str, Any]]:
    """Those of these ids as AWS describes them, or all; a terminated one is listed for about an hour."""
    return filtered(place, DESCRIBE_INSTANCES, "Reservations[].Instances[]", "instance-id", names, **EVERY)


def snapshots(place: Place, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The snapshots that were taken as a backup of these, by id, each with the name of what it is a backup of."""
    found = filtered(place, DESCRIBE_SNAPSHOTS, "Snapshots[]", f"tag:{SOURCE}", names, OwnerIds=["self"])
    for snapshot in sorted(found, key=lambda snapshot: str(snapshot["SnapshotId"])):
        yield tags(snapshot["Tags"])[SOURCE], snapshot


def backup(found: Mapping[str, Any], what: Literal["Image", "Snapshot"]) -> dict[str, str]:
    """An image or a snapshot, as a backup among a kind's facts; without `begun` where AWS does not tell it."""
    begun = found.get("CreationDate") or found.get("StartTime") or ""
    # Of images AWS writes the time as text.
    at = datetime.fromisoformat(begun) if isinstance(begun, str) and begun else begun
    told = {"begun": at.astimezone(UTC).isoformat()} if isinstance(at, datetime) and at.tzinfo else {}
    return {"id": found[f"{what}Id"], "state": found["State"], **told}


def backups_of(place: Place, begun: Mapping[str, datetime]) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Instance -> its images and its volumes' snapshots, but those from before it last began to run, or had a disk.

    begun: when that was. Since such a one is outdated, it is none. AWS counts time in seconds here, and in finer parts
    there.
    """
    found: dict[str, dict[str, list[dict[str, str]]]] = {name: {"image": [], "snapshots": []} for name in begun}
    images = filtered(place, DESCRIBE_IMAGES, "Images[]", f"tag:{SOURCE}", list(begun), Owners=["self"])
    for image in sorted(images, key=lambda image: str(image["ImageId"])):
        # Tags can be copied to any image; the instance it was made of cannot.
        name = tags(image["Tags"])[SOURCE]
        ours = image.get("SourceInstanceId") == name and image["State"] != "deregistered"
        if ours and _since(taken := backup(image, "Image"), begun[name]):
            found[name]["image"].append({**taken, "name": image.get("Name", "")})
    for name, snapshot in snapshots(place, list(begun)):
        if _since(taken := backup(snapshot, "Snapshot"), begun[name]):
            found[name]["snapshots"].append({**taken, "volume": snapshot["VolumeId"]})
    return found


def _since(taken: Mapping[str, str], begun: datetime) -> bool:
    return "begun" in taken and datetime.fromisoformat(taken["begun"]) >= begun.replace(microsecond=0)


def free_label(begun: datetime, images: Sequence[Mapping[str, str]]) -> str:
    """What tells the next image of an instance from those that it has: AWS takes a name once.

    An image that was asked for without our having learned of it would have this very name, and is not made again.
    """
    label, taken = f"{begun:%Y%m%d-%H%M%S}", [image["name"] for image in images]
    labels = (label, *(f"{label}-{number}" for number in range(2, len(taken) + 2)))
    return next(one for one in labels if not any(name.endswith(f"-{one}") for name in taken))


def back_up(instance: Resource, how: How) -> list[Call]:
    """The calls that take its backup, none once it is complete. Underway while AWS is at it; Refused if it failed."""
    backups = instance.facts["backups"][how]
    if how == "image":
        named = {"Name": f"krampus-{instance.name}-{instance.facts['begun']}"}
        labels = described("image", instance.name, "terminates")
        return backup_first(backups, [CREATE_IMAGE(instance, **named, NoReboot=True, **labels)])
    saved = {backup["volume"] for backup in backups}
    missing = [volume for volume in instance.facts["volumes"] if volume not in saved]
    if missing:
        # All at one moment; what was attached or failed since is added by itself.
        labels = described("snapshot", instance.name, "terminates")
        if not saved:
            return [SNAPSHOT_ALL(instance, InstanceSpecification={"InstanceId": instance.name}, **labels)]
        return [SNAPSHOT_ONE(instance, VolumeId=volume, **labels) for volume in missing]
    for volume in instance.facts["volumes"]:
        backup_first((backup for backup in backups if backup["volume"] == volume), ())
    return []
