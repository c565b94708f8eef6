"""Members of Auto Scaling groups: stopped and ended only where their group lets them go, and seen to let them go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from reconciler.clients.aws.errors import refusal
from reconciler.iam.actions import known
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.ec2_instance import KIND, Terminate, disable, kill, undo_calls
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.shared import scaling
from tests.aws import Here, seen_by, send
from tests.privilege.recorded import recorded
from tests.resources.ec2_instance import make, make_member
from tests.sdk import offline
from tests.stubbed import Stubbed

NAME = "i-0123456789abcdef0"
LIFECYCLES = offline("autoscaling", "eu-west-1").meta.service_model.shape_for("LifecycleState").enum
SKIP = Terminate(skip_backup=True)
BACKED = Terminate(backup="image")
FORCED = Terminate(skip_backup=True, force=True)


def member(lifecycle: str, **facts: Any) -> Resource:
    of = {key: facts.pop(key) for key in list(facts) if key in scaling.ROOMY}
    usual = {"state": "running", "root": "ebs", "spot": {}, "protections": [], "group": "web", "lifecycle": lifecycle}
    return Resource(NAME, {**usual, "scaling": {**scaling.ROOMY, **of}, **facts})


def _killed(options: Terminate, one: Resource) -> Any:
    return kill(one, options)


def operations(calls: Any) -> list[str]:
    return [call.operation for call in calls]


def test_a_member_that_is_not_seen_in_standby_is_not_stopped() -> None:
    (call,) = disable(member("InService"), Options())

    assert (call.operation, call.arguments["ShouldDecrementDesiredCapacity"]) == ("enter_standby", True)
    assert call.undo
    assert operations(disable(member("Standby"), Options())) == ["stop_instances"]


@pytest.mark.parametrize("lifecycle", [*LIFECYCLES, "Brand:New", ""])
def test_in_every_other_state_that_aws_knows_or_will_know_nothing_is_done_and_that_is_said(lifecycle: str) -> None:
    if lifecycle in ("InService", "Standby"):
        return
    tried: tuple[Callable[[Resource], Any], ...] = (
        lambda one: disable(one, Options()),
        *(partial(_killed, options) for options in (SKIP, BACKED, FORCED)),
    )
    for verb in tried:
        with pytest.raises((Refused, Underway), match="web") as said:
            verb(member(lifecycle))
        assert lifecycle in str(said.value)


def test_every_state_of_the_sdk_has_its_own_line() -> None:
    assert set(LIFECYCLES) == {"InService", "Standby", *scaling.PASSING, *scaling.REFUSED}
    with pytest.raises(Refused, match=r"Brand:New.*does not know this state"):
        disable(member("Brand:New"), Options())


def test_what_aws_tells_nothing_of_is_waited_for() -> None:
    with pytest.raises(Underway, match="do not say the same"):
        disable(member(""), Options())
    with pytest.raises(Underway, match="tells nothing"):
        disable(member("InService", scaling={}), Options())


def test_a_warm_pool_is_left_alone_by_both_actions() -> None:
    for state in ("Warmed:Running", "Warmed:Stopped", "Warmed:Hibernated"):
        with pytest.raises(Refused, match="warm pool"):
            disable(member(state), Options())
        with pytest.raises(Refused, match="warm pool"):
            kill(member(state, state="stopped"), FORCED)


def test_a_group_at_its_minimum_lets_nobody_go_and_that_is_known_before_the_first_step() -> None:
    tight = member("InService", at_minimum=True, protections=["disableApiTermination", "disableApiStop"])

    with pytest.raises(Refused, match="web is at its minimum size"):
        disable(tight, Options())
    for options in (FORCED, Terminate(backup="image", force=True)):
        with pytest.raises(Refused, match="web is at its minimum size"):
            kill(tight, options)


def test_one_that_aws_cannot_stop_does_not_go_to_standby_for_its_backup() -> None:
    with pytest.raises(Refused, match="AWS cannot stop it"):
        kill(member("InService", root="instance-store"), Terminate(backup="image"))


def test_a_person_who_keeps_it_in_its_group_is_heard_unless_forced() -> None:
    kept = member("InService", protected=True)
    stopped = member("InService", suspended=["Terminate"])

    with pytest.raises(Refused, match=r"web protects it from scale-in; take that off, or .*force"):
        kill(kept, SKIP)
    with pytest.raises(Refused, match="process Terminate of Auto Scaling group web is suspended"):
        kill(stopped, SKIP)
    assert operations(kill(kept, FORCED)) == ["terminate_instance_in_auto_scaling_group"]
    assert operations(kill(stopped, FORCED)) == ["terminate_instance_in_auto_scaling_group"]


def test_a_group_shrinks_with_a_member_in_service_and_not_once_more_with_one_in_standby() -> None:
    (serving,) = kill(member("InService"), SKIP)
    (standing,) = kill(member("Standby", at_minimum=True), SKIP)

    assert serving.arguments == {"InstanceId": NAME, "ShouldDecrementDesiredCapacity": True}
    assert standing.arguments == {"InstanceId": NAME, "ShouldDecrementDesiredCapacity": False}


def test_protections_are_lifted_last_of_what_can_be_undone_each_with_its_way_back() -> None:
    spot = {"request": "sir-1", "type": "persistent"}
    calls = kill(member("InService", protections=["disableApiStop"], spot=spot), FORCED)

    assert operations(calls) == [
        "modify_instance_attribute",
        "cancel_spot_instance_requests",
        "terminate_instance_in_auto_scaling_group",
    ]
    assert calls[0].undo
    assert calls[0].undo.arguments == {"InstanceId": NAME, "DisableApiStop": {"Value": True}}


def test_a_protection_is_put_back_if_it_is_off_still() -> None:
    lift, _ = kill(member("Standby", state="stopped", protections=["disableApiTermination"]), FORCED)

    off, on = (member("Standby", state="stopped", protections=each) for each in ([], ["disableApiTermination"]))
    assert [call.arguments for call in undo_calls(off, [lift]).calls] == [lift.undo and lift.undo.arguments]
    assert undo_calls(on, [lift]).calls == []


@pytest.mark.parametrize("lifecycle", ["EnteringStandby", "Pending", ""])
def test_an_undo_waits_until_its_place_in_the_group_is_known(lifecycle: str) -> None:
    (entered,) = disable(member("InService"), Options())

    with pytest.raises(Underway):
        undo_calls(member(lifecycle), [entered])
    assert undo_calls(member("InService"), [entered]).calls == []
    assert operations(undo_calls(member("Standby"), [entered]).calls) == ["exit_standby"]


def test_the_plan_says_what_becomes_of_the_group() -> None:
    notes, ends = KIND.verbs["disable"].notes, KIND.verbs["kill"].notes
    spread = member("InService", rebalances=True, suspended=["AddToLoadBalancer"])

    assert list(ends(spread, SKIP)) == [
        "Auto Scaling group web shrinks by one instance, and may end others to even out its Availability Zones"
    ]
    assert any("load balancers" in note for note in notes(spread, Options()))
    assert list(notes(member("InService"), Options())) == ["Auto Scaling group web shrinks by one instance"]
    assert list(ends(member("Standby"), SKIP)) == []


def test_the_look_tells_of_the_group_what_the_verbs_ask(here: Here) -> None:
    name = make_member(here).rsplit("/", 1)[1]
    client = here.client("autoscaling")
    client.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["AZRebalance"])
    (roomy,) = seen_by(KIND, "disable", here, [name])
    client.update_auto_scaling_group(AutoScalingGroupName="web", MinSize=1)
    (tight,) = seen_by(KIND, "disable", here, [name])

    said = {"protected": False, "rebalances": False, "suspended": ["AZRebalance"]}
    assert roomy.facts["scaling"] == {"at_minimum": False, **said}
    assert tight.facts["scaling"] == {"at_minimum": True, **said}


def test_one_question_is_asked_for_all_and_none_is_spared_for_a_missing_tag(here: Here) -> None:
    names = [made(here).rsplit("/", 1)[1] for made in (make, make_member)]
    with recorded(DEFAULT_ACCOUNT_ID) as sent:
        seen_by(KIND, "disable", here, names)

    (asked,) = [one.arguments["InstanceIds"] for one in sent if one.operation == "DescribeAutoScalingInstances"]
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("tag", "said", "seen"),
    [
        ("web", None, ("web", "")),
        ("web", "other", ("other", "")),
        ("", "web", ("web", "InService")),
        ("web", "web", ("web", "InService")),
        ("", None, ("", "")),
    ],
)
def test_a_group_is_known_only_if_tag_and_auto_scaling_do_not_differ(
    tag: str, said: str | None, seen: tuple[str, str]
) -> None:
    found = [{"InstanceId": NAME, "AutoScalingGroupName": said, "LifecycleState": "InService"}] if said else []
    needed = {
        "InstanceType": "t3.micro",
        "AvailabilityZone": "a",
        "HealthStatus": "HEALTHY",
        "ProtectedFromScaleIn": True,
    }
    with Stubbed("autoscaling") as place:
        answer = {"AutoScalingInstances": [{**each, **needed} for each in found]}
        every = {"IncludeManagedResources": True}
        place.answers("describe_auto_scaling_instances", {"InstanceIds": [NAME], **every}, answer)
        if seen[1]:
            group = {
                "AutoScalingGroupName": "web",
                **{"MinSize": 1, "MaxSize": 3, "DesiredCapacity": 2, "DefaultCooldown": 1, "HealthCheckType": "EC2"},
                **{"AvailabilityZones": ["a", "b"], "CreatedTime": "2026-01-01T00:00:00Z"},
            }
            place.answers(
                "describe_auto_scaling_groups",
                {"AutoScalingGroupNames": ["web"], **every},
                {"AutoScalingGroups": [group]},
            )
        facts = scaling.memberships(place, {NAME: tag})[NAME]

    assert (facts["group"], facts["lifecycle"]) == seen
    expected = {"at_minimum": False, "protected": True, "rebalances": True, "suspended": []}
    assert facts["scaling"] == (expected if seen[1] else {})


def test_a_member_comes_to_its_end_through_its_group_step_by_step(here: Here) -> None:
    name = make_member(here).rsplit("/", 1)[1]
    sent = []
    for _ in range(4):
        (seen,) = seen_by(KIND, "kill", here, [name])
        sent.append(operations(calls := kill(seen, Terminate(backup="image"))))
        send(here, calls)

    assert sent == [
        ["enter_standby"],
        ["stop_instances"],
        ["create_image"],
        ["terminate_instance_in_auto_scaling_group"],
    ]


# As AWS words them. Sources: public issues of tools that met them.
ENDING = (
    "Currently, desiredSize equals minSize (4). Terminating instance without replacement will violate group's min size "
    "constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size."
)
STANDING = (
    "AutoScalingGroup web has min-size=1, max-size=1, and desired-size=1. To place into standby 1 instance, please "
    "update the AutoScalingGroup sizes appropriately."
)
DENIED = (
    "You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/krampus-act/run is "
    "not authorized to perform: ec2:TerminateInstances on resource: arn:aws:ec2:eu-west-1:111122223333:instance/i-1 "
    "with an explicit deny in a resource-based policy"
)


@pytest.mark.parametrize(
    ("code", "message", "operation", "trouble", "words"),
    [
        ("ValidationError", ENDING, "TerminateInstanceInAutoScalingGroup", Trouble.STATE, "sizes of its Auto Scaling"),
        ("ValidationError", STANDING, "EnterStandby", Trouble.STATE, "sizes of its Auto Scaling"),
        ("ValidationError", "The instance i-1 is not in InService.", "EnterStandby", Trouble.STATE, "current state"),
        ("ScalingActivityInProgress", "activity in progress", "EnterStandby", Trouble.STATE, "tries again"),
        (
            "OperationNotPermitted",
            "The instance 'i-1' may not be terminated. Modify its 'disableApiTermination' instance attribute.",
            "TerminateInstances",
            Trouble.PROTECTED,
            "a protection blocks",
        ),
        ("UnauthorizedOperation", DENIED, "TerminateInstances", Trouble.DENIED, "an AWS service manages it"),
    ],
)
def test_aws_refusals_have_their_sentence(
    code: str, message: str, operation: str, trouble: Trouble, words: str
) -> None:
    problem = refusal(code, message, 400, operation, known("", operation))

    assert problem.trouble is trouble
    assert words in problem.message
