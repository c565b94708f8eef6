"""What an instance is to its Auto Scaling group, and whether it may leave it. Not a kind.

A group replaces a member that stops, and ends it: only one that is seen in standby may be stopped. Sources: the API
Reference of Amazon EC2 Auto Scaling (EnterStandby, TerminateInstanceInAutoScalingGroup, AutoScalingInstanceDetails),
and its User Guide on standby, warm pools, suspended processes and rebalancing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Refused, Underway
from reconciler.resources.place import Place
from reconciler.resources.shared import arns
from reconciler.resources.shared.guards import unless_forced
from reconciler.resources.shared.reads import answer, batches, pages

# Auto Scaling writes this tag on its members; nobody else may use the aws: prefix.
GROUP = "aws:autoscaling:groupName"
TOGETHER = 50  # instances, or groups, that one question may name

IN_SERVICE, STANDBY = "InService", "Standby"
STEPS = ("", ":Wait", ":Proceed")  # of what a lifecycle hook may hold up
PASSING = frozenset(
    (
        *("EnteringStandby", "Detaching", "Detached", "Terminated", "RootVolumeReplaced", "Warmed:Terminated"),
        *(f"{state}{step}" for state in ("Pending", "Terminating", "ReplacingRootVolume") for step in STEPS),
        *(f"Warmed:{state}{step}" for state in ("Pending", "Terminating") for step in STEPS),
    )
)
WARM = "AWS takes no single instance out of a warm pool, and fills it up again; shrink or delete the warm pool"
RETAINED = "its group keeps it for a person to look at; end it by hand"
REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("Warmed:Running", "Warmed:Stopped", "Warmed:Hibernated"), WARM),
    **dict.fromkeys(("Terminating:Retained", "Warmed:Pending:Retained", "Warmed:Terminating:Retained"), RETAINED),
    "Quarantined": "AWS does not use this state; look at it by hand",  # and says so
}

ALONE: Mapping[str, Any] = {"group": "", "lifecycle": "", "scaling": {}}
ROOMY: Mapping[str, Any] = {"at_minimum": False, "protected": False, "rebalances": False, "suspended": []}

TOO_FEW = Meaning(
    "ValidationError",
    r"violate group's min size|AutoScalingGroup sizes appropriately",
    Trouble.STATE,
    "the sizes of its Auto Scaling group do not let it go; change them, or act on the group",
)
NOT_SO = Meaning("ValidationError", r"is not in (InService|Standby)|warm pool|No managed instance found", Trouble.STATE)
ERRORS = (TOO_FEW, NOT_SO)
on_group = partial(Operation, "autoscaling", on=(arns.GROUP_OF_INSTANCES,), errors=ERRORS)
MANAGED_TOO: Mapping[str, Any] = {"IncludeManagedResources": True}  # hidden is not gone
SHRINKING = {"ShouldDecrementDesiredCapacity": True}
MEMBERS = Operation("autoscaling", "describe_auto_scaling_instances")
GROUPS = Operation("autoscaling", "describe_auto_scaling_groups")
EXIT_STANDBY = on_group("exit_standby", batch=("InstanceIds", 20))
ENTER_STANDBY = on_group("enter_standby", batch=("InstanceIds", 20), given=SHRINKING, undo=(EXIT_STANDBY,))
TERMINATE_MEMBER = on_group("terminate_instance_in_auto_scaling_group", "InstanceId", given=SHRINKING, destroys=True)
# One in standby does not count: to shrink the group once more would end another member.
TERMINATE_STANDBY = replace(TERMINATE_MEMBER, given={"ShouldDecrementDesiredCapacity": False})


def memberships(place: Place, tagged: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Instance -> the facts `group`, `lifecycle` and `scaling`. `tagged`: each one, and the group that its tag names.

    All are asked about, since no tag is no proof. `lifecycle` is "" if the tag and Auto Scaling do not say the same;
    `scaling` is empty if nothing is known of the group.
    """
    found = {each["InstanceId"]: each for each in _members(place, list(tagged))}
    said = {name: _said(found.get(name, {}), group) for name, group in tagged.items()}
    groups = sorted({facts["group"] for facts in said.values() if facts["lifecycle"]})
    described = _named(place, GROUPS, "AutoScalingGroups[]", "AutoScalingGroupNames", groups)
    known = {one["AutoScalingGroupName"]: one for one in described}
    return {
        name: {**facts, "scaling": _scaling(found.get(name, {}), known.get(facts["group"]))}
        for name, facts in said.items()
    }


def place_in(instance: Resource) -> str:
    """IN_SERVICE or STANDBY; "" if it is in no group. Underway in states that pass, and in doubt; Refused in others."""
    group, lifecycle = instance.facts["group"], instance.facts["lifecycle"]
    if not group or lifecycle == STANDBY:
        return str(lifecycle)
    if not lifecycle:
        raise Underway(f"its tags and Auto Scaling do not say the same of whether it is in Auto Scaling group {group}")
    where = f"it is {lifecycle} in Auto Scaling group {group}"
    if lifecycle in PASSING:
        raise Underway(where)
    if lifecycle != IN_SERVICE:
        unknown = "Krampus does not know this state, so it is left alone; look at it by hand"
        raise Refused(f"{where}; {REFUSED.get(lifecycle, unknown)}")
    if not instance.facts["scaling"]:
        raise Underway(f"{where}, of which Auto Scaling tells nothing")
    return IN_SERVICE


def may_leave(instance: Resource) -> None:
    """Refused if the group is as small as it may be: AWS lets no member in service go then, neither way."""
    if instance.facts["scaling"]["at_minimum"]:
        group = instance.facts["group"]
        raise Refused(
            f"Auto Scaling group {group} is at its minimum size, so AWS lets none go; lower it, or act on the group"
        )


def may_end(instance: Resource, force: bool) -> None:
    """Refused if its group would not let it end, or somebody has said there that it shall not, unless forced."""
    if place_in(instance) != IN_SERVICE:
        return
    may_leave(instance)
    group, scaling = instance.facts["group"], instance.facts["scaling"]
    if scaling["protected"]:
        unless_forced(force, f"Auto Scaling group {group} protects it from scale-in", "take that off")
    if "Terminate" in scaling["suspended"]:
        unless_forced(force, f"the process Terminate of Auto Scaling group {group} is suspended", "resume it")


def shrinks(instance: Resource) -> Iterator[str]:
    """What else happens when it leaves its group, for a plan's notes."""
    scaling = instance.facts["scaling"]
    if instance.facts["lifecycle"] == IN_SERVICE and scaling:
        even = ", and may end others to even out its Availability Zones" if scaling["rebalances"] else ""
        yield f"Auto Scaling group {instance.facts['group']} shrinks by one instance{even}"


def stays_out(instance: Resource) -> Iterator[str]:
    """What will not happen when it comes back, likewise."""
    if "AddToLoadBalancer" in instance.facts["scaling"].get("suspended", ()):
        group = instance.facts["group"]
        yield f"Auto Scaling group {group} adds none to its load balancers now, so an undo does not bring it back there"


def _said(member: Mapping[str, Any], tagged: str) -> dict[str, str]:
    group = member.get("AutoScalingGroupName", tagged)
    agreed = not tagged or group == tagged
    return {"group": group, "lifecycle": member.get("LifecycleState", "") if agreed else ""}


def _scaling(member: Mapping[str, Any], group: Mapping[str, Any] | None) -> dict[str, Any]:
    if group is None:
        return {}
    suspended = sorted(each["ProcessName"] for each in group.get("SuspendedProcesses", ()))
    # Without launching there is no rebalancing.
    steady = {"AZRebalance", "Launch"} & set(suspended)
    return {
        "at_minimum": group["DesiredCapacity"] <= group["MinSize"],
        "protected": bool(member.get("ProtectedFromScaleIn")),
        "rebalances": len(group["AvailabilityZones"]) > 1 and not steady,
        "suspended": suspended,
    }


def _members(place: Place, names: Sequence[str]) -> Iterable[Mapping[str, Any]]:
    """Those of these instances that are in a group. Most regions have few: one question about all may do for many."""
    if len(names) > TOGETHER:
        all_of_them = place.once("members of Auto Scaling groups", lambda: _one_page(place))
        if all_of_them is not None:
            return all_of_them
    return _named(place, MEMBERS, "AutoScalingInstances[]", "InstanceIds", names)


def _one_page(place: Place) -> list[Mapping[str, Any]] | None:
    """All members in the region; None if they are more than a page holds."""
    said = answer(place, MEMBERS, MaxRecords=TOGETHER, **MANAGED_TOO)
    return None if said.get("NextToken") else said["AutoScalingInstances"]


def _named(place: Place, look: Operation, path: str, field: str, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Those of these names; AWS leaves out what it does not know."""
    for some in batches(names, TOGETHER):
        asked: dict[str, Any] = {field: some, **MANAGED_TOO}
        yield from pages(place, look, path, **asked)
