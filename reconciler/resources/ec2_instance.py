"""EC2 instances: `disable` stops, `kill` backs up if asked and terminates. No protection is lifted without `force`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import model_validator

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced, Kind, Names, Options, Part, Refused, UndoStep, Verb, undo_of, unique
from reconciler.resources.place import Place
from reconciler.resources.shared import arns, ec2, scaling
from reconciler.resources.shared.guards import SKIP, States, unless_forced
from reconciler.resources.shared.owners import MANAGED, operator_of
from reconciler.resources.shared.reads import answer, filtered, tags, with_facts

ARN = ArnPattern("arn:{partition}:ec2:{region}:{account}:instance/{name}")
# As an attribute is asked for, and as it is answered and written.
PROTECTIONS = {"disableApiTermination": "DisableApiTermination", "disableApiStop": "DisableApiStop"}
STATES = States("the instance", go=("running", "stopped"))
ENDABLE = States("the instance", go=("pending", "running", "stopping", "stopped"))
on_instance = partial(Operation, "ec2", on=(ARN.glob,))
TOGETHER = 200  # a fifth of what AWS takes: a batch of which it refuses a member is halved until that is alone
on_spot = partial(Operation, "ec2", on=(arns.SPOT_REQUEST,))

SPOTS = Operation("ec2", "describe_spot_instance_requests")
ATTRIBUTE = on_instance("describe_instance_attribute")
START = on_instance("start_instances", batch=("InstanceIds", TOGETHER), also=(ec2.LENDING,))
STOP = on_instance("stop_instances", batch=("InstanceIds", TOGETHER), undo=(START,), errors=(MANAGED,))
PROTECT = on_instance("modify_instance_attribute", "InstanceId")
LIFT = replace(PROTECT, undo=(PROTECT,))
CANCEL_SPOT = on_spot(
    "cancel_spot_instance_requests", batch=("SpotInstanceRequestIds", 50), of_others=True, destroys=True
)
TERMINATE = on_instance(
    "terminate_instances",
    batch=("InstanceIds", TOGETHER),
    gone=("InvalidInstanceID.NotFound",),
    errors=(MANAGED,),
    destroys=True,
)
ENDS = {"": TERMINATE, scaling.IN_SERVICE: scaling.TERMINATE_MEMBER, scaling.STANDBY: scaling.TERMINATE_STANDBY}
STOPPING, BACKUPS = (STOP, scaling.ENTER_STANDBY), (ec2.CREATE_IMAGE, ec2.SNAPSHOT_ALL, ec2.SNAPSHOT_ONE)


class Terminate(Forced):
    """What `kill` takes: `force` lifts termination and stop protection first.

    backup: what is kept of it, an `image` or `snapshots` of its volumes; taken after it was stopped
    """

    backup: ec2.How | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Terminate:
        if self.backup and self.skip_backup:
            raise ValueError("write either `backup` or `skip_backup`")
        return self


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """By filter. A terminated instance stays listed for about an hour; it is as good as gone."""
    for instance in ec2.instances(place, names):
        if instance["State"]["Name"] == "terminated":
            continue
        facts = {
            "state": instance["State"]["Name"],
            "root": instance.get("RootDeviceType", "ebs"),
            "spot": {"request": instance.get("SpotInstanceRequestId", "")},
            "volumes": sorted(
                each["Ebs"]["VolumeId"] for each in instance.get("BlockDeviceMappings", ()) if "Ebs" in each
            ),
            "begun": _last_begun(instance).isoformat(),
        }
        labels = tags(instance.get("Tags"))
        yield Resource(instance["InstanceId"], facts, _created(instance), labels, operator=operator_of(instance))


def read_ties(place: Place, instances: Sequence[Resource]) -> Iterator[Resource]:
    """Its Auto Scaling group, and of a spot instance its request."""
    members = scaling.memberships(place, {one.name: one.tags.get(scaling.GROUP, "") for one in instances})
    spots = _spots(place, [request for one in instances if (request := one.facts["spot"]["request"])])
    for one in instances:
        yield with_facts(one, spot=spots.get(one.facts["spot"]["request"], {}), **members[one.name])


def read_protections(place: Place, instances: Sequence[Resource]) -> Iterator[Resource]:
    """What stands before its end, for AWS ends part of a batch that has a protected instance in it.

    AWS tells one of them of one instance at a time.
    """
    names = [instance.name for instance in instances]
    on = {one: place.side_by_side(partial(_attribute, place, one), names) for one in PROTECTIONS}
    for number, instance in enumerate(instances):
        yield with_facts(instance, protections=[one for one, answers in on.items() if answers[number]])


def read_backups(place: Place, instances: Sequence[Resource]) -> Iterator[Resource]:
    """Its backups since it last began to run, and the label of the next."""
    begun = {instance.name: datetime.fromisoformat(instance.facts["begun"]) for instance in instances}
    backups = ec2.backups_of(place, begun)
    for instance in instances:
        found = backups[instance.name]
        yield with_facts(instance, begun=ec2.free_label(begun[instance.name], found["image"]), backups=found)


TIES = Part(("spot", "group", "lifecycle", "scaling"), (SPOTS, scaling.MEMBERS, scaling.GROUPS), read_ties)
PROTECTED = Part(("protections",), (ATTRIBUTE,), read_protections)
BACKED_UP = Part(("begun", "volumes", "backups"), (ec2.DESCRIBE_IMAGES, ec2.DESCRIBE_SNAPSHOTS), read_backups)


def needed_by_kill(options: Terminate) -> tuple[Part, ...]:
    """Backups matter only where one is to be taken."""
    return (TIES, PROTECTED, BACKED_UP) if options.backup else (TIES, PROTECTED)


def disable(instance: Resource, _options: Options) -> list[Call]:
    """Stop it; a member of an Auto Scaling group is seen in standby first, or the group would replace it."""
    facts = instance.facts
    STATES.check(facts["state"])
    if facts["state"] == "stopped":
        return []
    if facts["root"] != "ebs":
        raise Refused("its root device is an instance store, which AWS cannot stop; only `kill` can terminate it")
    if facts["spot"] and facts["spot"]["type"] != "persistent":
        raise Refused("AWS cannot stop a one-time spot instance; only `kill` can terminate it")
    return _step_aside(instance) or [STOP(instance)]


def kill(instance: Resource, options: Terminate) -> list[Call]:
    """Terminate it; with a backup, a step a run. Volumes and addresses that are meant to outlive it stay."""
    ENDABLE.check(instance.facts["state"])
    protections = instance.facts["protections"]
    if protections:
        unless_forced(options.force, f"{' and '.join(protections)} is on", "switch it off")
    scaling.may_end(instance, options.force)
    if options.backup:
        first = _stop(instance) or ec2.back_up(instance, options.backup)
        if first:
            return first
    elif not options.skip_backup:
        raise Refused(
            "no backup of it would be kept; to keep one, set `backup: image` or `backup: snapshots` in the task's "
            "options, or `skip_backup: true` if it may be lost"
        )
    spot = instance.facts["spot"]
    # An open persistent request would launch the instance again.
    cancel = [CANCEL_SPOT(instance, SpotInstanceRequestIds=[spot["request"]])] if _persists(spot) else []
    # Protections go last of what can be undone, right before the first call that cannot.
    return [*(_lift(instance, name) for name in protections), *cancel, ENDS[scaling.place_in(instance)](instance)]


def notes(instance: Resource, _options: Options) -> Iterable[str]:
    """What becomes of its Auto Scaling group, and of itself there."""
    return (*scaling.shrinks(instance), *scaling.stays_out(instance))


def end_notes(instance: Resource, _options: Terminate) -> Iterable[str]:
    """What becomes of its Auto Scaling group."""
    return scaling.shrinks(instance)


def before(_instance: Resource, call: Call) -> Mapping[str, Any]:
    """It ran, in the group that it was taken out of, without protection; of a backup there was none.

    Termination protection was lifted after it was stopped and backed up.
    """
    protections = [fact for fact, attribute in PROTECTIONS.items() if attribute in call.arguments]
    if "disableApiTermination" in protections:
        done = {"image": [{"id": "", "state": "available"}], "snapshots": []}
        return {"state": "stopped", "protections": protections, "volumes": [], "backups": done, **scaling.ALONE}
    group = str(call.arguments.get("AutoScalingGroupName", ""))
    member = {"group": group, "lifecycle": scaling.IN_SERVICE, "scaling": scaling.ROOMY} if group else scaling.ALONE
    return {"state": "running", "protections": protections, **member}


def undo_calls(instance: Resource, calls: Sequence[Call]) -> UndoStep:
    """Start it, then return it to its group: one that does not run would be replaced there, and terminated."""
    state, lifecycle, group = (instance.facts[key] for key in ("state", "lifecycle", "group"))
    STATES.check(state)
    starts = [call for call in calls if call.operation == STOP.name and state == "stopped"]
    entered = [call for call in calls if call.operation == scaling.ENTER_STANDBY.name]
    left = [call for call in entered if call.arguments["AutoScalingGroupName"] == group]
    lifted = _lifted(instance, calls)
    if not left or lifecycle == scaling.IN_SERVICE:
        return undo_of([*lifted, *starts])
    if state != "stopped":
        scaling.place_in(instance)  # which says for what to wait
        return undo_of([*lifted, *left])
    if not starts:
        raise Refused("it was stopped since, and its Auto Scaling group would replace it; start it first")
    return undo_of([*lifted, *starts], "it must be running before its Auto Scaling group accepts it again")


def _step_aside(instance: Resource) -> list[Call]:
    """Into standby, if it is in service. The call is through before AWS is: that it stands there must be seen."""
    if scaling.place_in(instance) != scaling.IN_SERVICE:
        return []
    scaling.may_leave(instance)
    return [scaling.ENTER_STANDBY(instance, AutoScalingGroupName=instance.facts["group"])]


def _stop(instance: Resource) -> list[Call]:
    """So that nothing is written after the backup."""
    spot = instance.facts["spot"]
    if instance.facts["root"] != "ebs" or (spot and not _persists(spot)):
        raise Refused(
            f"AWS cannot stop it, so that a backup would miss what is written after it; make one by hand, then {SKIP}"
        )
    if aside := _step_aside(instance):
        return aside
    calls = disable(instance, Options())
    lifted = [name for name in instance.facts["protections"] if name == "disableApiStop"]
    return [*(_lift(instance, name) for name in lifted), *calls] if calls else []


def _persists(spot: Mapping[str, str]) -> bool:
    return spot.get("type") == "persistent"


def _spots(place: Place, requests: list[str]) -> dict[str, dict[str, str]]:
    found = filtered(place, SPOTS, "SpotInstanceRequests[]", "spot-instance-request-id", requests)
    requested = ({"request": one["SpotInstanceRequestId"], "type": one["Type"]} for one in found)
    return {spot["request"]: spot for spot in requested}


def _attribute(place: Place, attribute: str, name: str) -> bool:
    said = answer(place, ATTRIBUTE, InstanceId=name, Attribute=attribute)
    return bool(said.get(PROTECTIONS[attribute], {}).get("Value"))


def _created(instance: Mapping[str, Any]) -> datetime | None:
    # LaunchTime moves with every start; the first network interface is attached once, at birth.
    times = [nic["Attachment"]["AttachTime"] for nic in instance.get("NetworkInterfaces", ()) if "Attachment" in nic]
    return min(times, default=None)


def _last_begun(instance: Mapping[str, Any]) -> datetime:
    """When it began to run, or got the last of its disks, which may have been written elsewhere before."""
    disks = (each.get("Ebs", {}).get("AttachTime") for each in instance.get("BlockDeviceMappings", ()))
    times: list[datetime] = [instance["LaunchTime"], *(time for time in disks if time)]
    return max(times)


def _lift(instance: Resource, protection: str) -> Call:
    attribute = PROTECTIONS[protection]
    return LIFT(instance, PROTECT(instance, **{attribute: {"Value": True}}), **{attribute: {"Value": False}})


def _lifted(instance: Resource, calls: Sequence[Call]) -> list[Call]:
    """Those of the calls that took a protection off, of those that are still off."""
    off = [attribute for fact, attribute in PROTECTIONS.items() if fact not in instance.facts.get("protections", ())]
    return [call for call in calls if call.operation == LIFT.name and set(off) & call.arguments.keys()]


KIND = Kind(
    name="ec2:instance",
    title="EC2 instance",
    arn=ARN,
    pattern=r"i-([0-9a-f]{8}|[0-9a-f]{17})",
    observe=observe,
    reads=(ec2.DESCRIBE_INSTANCES,),
    verbs={
        "disable": Verb(
            disable, "stop the instance", STOPPING, parts=(TIES,), stuck_after=timedelta(minutes=15), notes=notes
        ),
        "kill": Verb(
            kill,
            "terminate the instance, after stopping it and taking a backup if the options say so",
            (*STOPPING, *BACKUPS, LIFT, CANCEL_SPOT, *ENDS.values()),
            manual_commands=("aws ec2 terminate-instances --region {region} --instance-ids {name}",),
            backup="an image or snapshots of its volumes, if the option `backup` says so",
            backups="backups",
            quiets=(STOP,),
            options=Terminate,
            parts=(TIES, PROTECTED, BACKED_UP),
            needs=needed_by_kill,
            stuck_after=timedelta(hours=24),
            notes=end_notes,
        ),
    },
    before=before,
    undo_calls=undo_calls,
    kms_via="ec2",
    identity=unique,
)
