"""Cases of EBS volumes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.resources.catalog import resolve
from reconciler.resources.shared.ec2 import described
from tests.aws import Here
from tests.privilege.ask import Asked, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must
from tests.resources.shared.ec2 import DISKS, INSTANCE, LOOKS, VOLUME, a_key_of_ones_own, an_image, name_of


def arn(here: Here, name: str) -> str:
    return f"arn:aws:ec2:{here.region}:{here.account}:volume/{name}"


def make_free(here: Here) -> str:
    name = here.client("ec2").create_volume(Size=8, AvailabilityZone=f"{here.region}a")["VolumeId"]
    return arn(here, name)


def run(here: Here) -> dict[str, Any]:
    """An instance with two volumes, both of which would end with it."""
    return run_with(here, {"/dev/sda1": True, "/dev/sdf": True})


def run_with(here: Here, ends: dict[str, bool]) -> dict[str, Any]:
    """An instance with a volume at each device, which ends with it or not."""
    ec2 = here.client("ec2")
    devices = [
        {"DeviceName": device, "Ebs": {"VolumeSize": 8, "DeleteOnTermination": flag}} for device, flag in ends.items()
    ]
    asked = {"ImageId": an_image(here), "MinCount": 1, "MaxCount": 1, "BlockDeviceMappings": devices}
    (ran,) = ec2.run_instances(**asked)["Instances"]
    (instance,) = ec2.describe_instances(InstanceIds=[ran["InstanceId"]])["Reservations"][0]["Instances"]
    return dict(instance)


def volume_at(instance: dict[str, Any], device: str) -> str:
    devices = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in instance["BlockDeviceMappings"]}
    return str(devices[device])


def make_attached(here: Here) -> str:
    return arn(here, volume_at(run(here), "/dev/sdf"))


def make_root(here: Here) -> str:
    instance = run(here)
    here.client("ec2").stop_instances(InstanceIds=[instance["InstanceId"]])
    return arn(here, volume_at(instance, "/dev/sda1"))


def volumes(here: Here) -> dict[str, Any]:
    return {volume["VolumeId"]: volume for volume in here.client("ec2").describe_volumes()["Volumes"]}


def backups(here: Here, name: str) -> list[str]:
    snapshots = here.client("ec2").describe_snapshots(Filters=[{"Name": "volume-id", "Values": [name]}])["Snapshots"]
    return [snapshot["SnapshotId"] for snapshot in snapshots]


def detached(here: Here, arn: str) -> bool:
    """It is free, it is all there, and the instance's other volume still is attached."""
    found = volumes(here)
    mine = found.pop(name_of(arn))
    return mine["State"] == "available" and {each["State"] for each in found.values()} == {"in-use"}


def backed_up_and_gone(here: Here, arn: str) -> bool:
    return name_of(arn) not in volumes(here) and len(backups(here, name_of(arn))) == 1


def gone(here: Here, arn: str) -> bool:
    return name_of(arn) not in volumes(here) and not backups(here, name_of(arn))


EXAMPLES = (
    Example("ec2:volume", "disable", make_attached, detached),
    Example("ec2:volume", "disable", make_root, detached),
    Example("ec2:volume", "kill", make_free, backed_up_and_gone),
    Example("ec2:volume", "kill", make_attached, backed_up_and_gone),
    Example("ec2:volume", "kill", make_root, gone, {"skip_backup": True}),
)


def make_saved_too_early(here: Here) -> str:
    """A volume in use that has a snapshot from before: outdated, so it must not be taken for its backup."""
    arn = make_attached(here)
    name = resolve(arn)[1]
    here.client("ec2").create_snapshot(VolumeId=name, **described("snapshot", name, "deletes"))
    return arn


@st.composite
def drawn(draw: st.DrawFn, most: int = 4) -> Drawn:
    """Attached to some instances, or free."""
    attachments = st.builds(
        lambda number, device, ends: {
            "instance": f"i-{number:017x}",
            "device": f"/dev/sd{device}",
            "state": "attached",
            "delete_on_termination": ends,
            "boots": "",
        },
        st.integers(1, 20),
        st.sampled_from("fgh"),
        st.booleans(),
    )
    found = draw(st.lists(attachments, max_size=most, unique_by=lambda each: each["instance"]))
    ordered = sorted(found, key=lambda each: (each["instance"], each["device"]))
    return {"state": "in-use" if found else "available", "attachments": ordered}, {}


def change(facts: Facts, call: Call) -> None:
    given, attached = call.arguments, facts["attachments"]
    if call.operation == "modify_instance_attribute":
        (mapping,) = given["BlockDeviceMappings"]
        _attachment(facts, given["InstanceId"], mapping["DeviceName"]).update(
            delete_on_termination=mapping["Ebs"]["DeleteOnTermination"]
        )
    elif call.operation == "detach_volume":
        attached.remove(_attachment(facts, given["InstanceId"], given["Device"]))
        facts["state"] = "in-use" if attached else "available"
    else:
        must(call.operation == "attach_volume")
        new = {"instance": given["InstanceId"], "device": given["Device"], "state": "attached"}
        attached.append({**new, "delete_on_termination": False, "boots": ""})
        attached.sort(key=lambda each: (each["instance"], each["device"]))
        facts["state"] = "in-use"


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """A volume that is attached as the facts say, beside one that is not looked at; or a free one."""
    facts, options = drawn
    if not facts["attachments"]:
        return name_of(make_free(here)), options
    (attachment,) = facts["attachments"]
    device = attachment["device"]
    instance = run_with(here, {"/dev/sda1": True, device: attachment["delete_on_termination"]})
    return volume_at(instance, device), options


def _attachment(facts: Facts, instance: str, device: str) -> Facts:
    found = [each for each in facts["attachments"] if (each["instance"], each["device"]) == (instance, device)]
    must(bool(found))
    first: Facts = found[0]
    return first


def elsewhere(state: str) -> Facts:
    """Attached where no generated volume is."""
    there = {"instance": f"i-{'f' * 17}", "device": "/dev/xvdz", "state": state}
    return {"state": "in-use", "attachments": [{**there, "delete_on_termination": False, "boots": ""}]}


CASES = Cases(
    arn="arn:aws:ec2:eu-west-1:111122223333:volume/vol-00000000000000001",
    examples=EXAMPLES,
    by_itself={
        "ec2.DescribeVolumes": {"Volumes[].Throughput": 250},
        "ec2.DescribeSnapshots": {"Snapshots[].Progress": "17%"},
    },
    more=(Example("ec2:volume", "kill", make_saved_too_early, lambda _here, _arn: True),),
    generated=Generated(drawn(), change, make_drawn, in_moto=drawn(most=1), tried_in_moto=6),
    keeps=("create_snapshot",),
    passing=(
        *({"state": state, "attachments": []} for state in ("creating", "deleting")),
        *(elsewhere(state) for state in ("attaching", "detaching", "busy")),
    ),
    persons=(elsewhere("attached"),),
    asked={
        **LOOKS,
        **DISKS,
        "ec2.AttachVolume": Asked((INSTANCE, VOLUME), besides=a_key_of_ones_own),
        "ec2.DeleteVolume": on(VOLUME),
        "ec2.DetachVolume": on(VOLUME, INSTANCE),
    },
)
