"""What the EC2 kinds share: backups, found again by their tag in later runs, and how one of an instance is taken.

Not a kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Place, Refused, Underway, tags

How = Literal["image", "snapshots"]
# The tag by which a later run finds the backup that an earlier one asked for: it names what the backup is of.
SOURCE = "krampus:source"
COMPLETE = ("available", "completed")
FAILED = ("error", "failed", "invalid")


def label(what: Literal["image", "snapshot"], name: str) -> list[dict[str, Any]]:
    """The tags of a backup of `name`, as the calls take them that create one."""
    labels = [{"Key": SOURCE, "Value": name}, {"Key": "Name", "Value": f"Krampus backup of {name}"}]
    return [{"ResourceType": what, "Tags": labels}]


def must_be_complete(backups: Iterable[tuple[str, str]]) -> None:
    """(id, state) of backups of one thing: one that is complete suffices. Underway while AWS is at one, or Refused."""
    states = {state: name for name, state in backups}
    if states.keys() & set(COMPLETE):
        return
    for state in sorted(states.keys() - set(FAILED)):
        raise Underway(f"its backup {states[state]} is {state}")
    raise Refused(f"its backup {min(states.values())} failed; delete that one, and the next run takes another")


def backups_of(place: Place, begun: Mapping[str, datetime]) -> dict[str, dict[str, list[dict[str, str]]]]:
    """Instance -> its images and its volumes' snapshots, but those from before it last began to run.

    Since such a one is outdated, it is none. AWS counts time in seconds here, and in finer parts there.
    """
    found: dict[str, dict[str, list[dict[str, str]]]] = {name: {"image": [], "snapshots": []} for name in begun}
    if not begun:
        return found
    for name, image in _images(place, list(begun)):
        if datetime.fromisoformat(image["CreationDate"]) >= begun[name].replace(microsecond=0):
            found[name]["image"].append({"id": image["ImageId"], "state": image["State"]})
    for name, snapshot in _snapshots(place, list(begun)):
        if snapshot["StartTime"] >= begun[name].replace(microsecond=0):
            entry = {"id": snapshot["SnapshotId"], "state": snapshot["State"], "volume": snapshot["VolumeId"]}
            found[name]["snapshots"].append(entry)
    for backups in found.values():
        for entries in backups.values():
            entries.sort(key=lambda entry: entry["id"])
    return found


def back_up(instance: Resource, how: How) -> list[Call]:
    """The calls that take its backup, none once it is complete. Underway while AWS is at it; Refused if it failed."""
    backups = instance.facts["backups"][how]
    if how == "image":
        if not backups:
            return [_image(instance)]
        must_be_complete((backup["id"], backup["state"]) for backup in backups)
        return []
    saved = {backup["volume"] for backup in backups}
    missing = [volume for volume in instance.facts["volumes"] if volume not in saved]
    if missing:
        # All at one moment; what was attached or failed since is added by itself.
        return [_snapshot(instance.name, volume) for volume in missing] if saved else [_set(instance.name)]
    for volume in instance.facts["volumes"]:
        must_be_complete((backup["id"], backup["state"]) for backup in backups if backup["volume"] == volume)
    return []


def _images(place: Place, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    filters = [{"Name": f"tag:{SOURCE}", "Values": list(names)}]
    pages = place.client("ec2").get_paginator("describe_images").paginate(Owners=["self"], Filters=filters)
    for image in pages.search("Images[]"):
        # Tags can be copied to any image; the instance it was made of cannot.
        name = tags(image["Tags"])[SOURCE]
        if image.get("SourceInstanceId") == name and image["State"] != "deregistered":
            yield name, image


def _snapshots(place: Place, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    filters = [{"Name": f"tag:{SOURCE}", "Values": list(names)}]
    pages = place.client("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
    for snapshot in pages.search("Snapshots[]"):
        yield tags(snapshot["Tags"])[SOURCE], snapshot


def _image(instance: Resource) -> Call:
    arguments = {
        "InstanceId": instance.name,
        # AWS takes a name once: an image that was asked for, without our having learned of it, is not made again.
        "Name": f"krampus-{instance.name}-{instance.facts['begun']}",
        "Description": f"Taken by Krampus before it terminates {instance.name}",
        "NoReboot": True,
        "TagSpecifications": label("image", instance.name),
    }
    return Call(service="ec2", operation="create_image", arguments=arguments)


def _set(name: str) -> Call:
    arguments = {"InstanceSpecification": {"InstanceId": name}, **_described(name)}
    return Call(service="ec2", operation="create_snapshots", arguments=arguments)


def _snapshot(name: str, volume: str) -> Call:
    return Call(service="ec2", operation="create_snapshot", arguments={"VolumeId": volume, **_described(name)})


def _described(name: str) -> dict[str, Any]:
    described = f"Taken by Krampus before it terminates {name}"
    return {"Description": described, "TagSpecifications": label("snapshot", name)}
