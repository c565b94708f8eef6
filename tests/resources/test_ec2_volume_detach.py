"""EBS volumes, detached: as they can be attached again, and by neither verb where AWS or an instance is in the way."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.resources.ec2_volume import KIND, disable, kill, observe
from reconciler.resources.kind import Kill, Options, Refused, Underway
from tests.aws import Here, seen_by, send
from tests.resources.ec2_volume import detached, make_attached, make_root, run, volume_at
from tests.resources.seen_volume import INSTANCE, attachment, volume
from tests.resources.shared.ec2 import name_of


@pytest.mark.parametrize("make", [make_attached, make_root])
def test_a_detached_volume_comes_back_as_it_was(here: Here, make: Any) -> None:
    arn = make(here)
    (before,) = observe(here, [name_of(arn)])
    calls = disable(before, Options())

    send(here, calls)
    assert detached(here, arn)
    (after,) = observe(here, [name_of(arn)])
    assert disable(after, Options()) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    (undone,) = observe(here, [name_of(arn)])
    assert undone.facts == before.facts
    assert undone.facts["attachments"][0]["delete_on_termination"] is True
    assert undone.created == before.created


def test_each_attachment_is_taken_away_by_itself() -> None:
    other = "i-0fedcba9876543210"
    both = volume(attachment(), attachment(instance=other, device="/dev/sdg", delete_on_termination=True))
    calls = disable(both, Options())

    assert [(call.operation, call.arguments["InstanceId"]) for call in calls] == [
        ("detach_volume", INSTANCE),
        ("modify_instance_attribute", other),
        ("detach_volume", other),
    ]
    assert calls[0].arguments["Device"] == "/dev/sdf"
    flag = [call.arguments["BlockDeviceMappings"][0]["Ebs"] for call in (calls[1], calls[1].undo) if call]
    assert flag == [{"DeleteOnTermination": False}, {"DeleteOnTermination": True}]


@pytest.mark.parametrize("state", ["creating", "deleting"])
def test_both_wait_for_a_volume_that_aws_is_making_or_deleting(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(volume(state=state), Options())
    with pytest.raises(Underway, match=state):
        kill(volume(state=state), Kill(skip_backup=True))


@pytest.mark.parametrize("state", ["attaching", "detaching", "busy"])
def test_both_wait_for_an_attachment_that_is_on_its_way(state: str) -> None:
    moving = volume(attachment(instance="i-0fedcba9876543210"), attachment(state=state))

    with pytest.raises(Underway, match=f"its attachment to {INSTANCE} is {state}"):
        disable(moving, Options())
    with pytest.raises(Underway, match=state):
        kill(moving, Kill(skip_backup=True))


def test_a_volume_in_use_nowhere_is_not_taken_for_a_free_one() -> None:
    with pytest.raises(Underway, match="in use"):
        disable(volume(state="in-use"), Options())
    with pytest.raises(Underway, match="in use"):
        kill(volume(state="in-use"), Kill(skip_backup=True))


def test_the_root_volume_of_a_running_instance_is_refused(here: Here) -> None:
    instance = run(here)
    (seen,) = seen_by(KIND, "kill", here, [volume_at(instance, "/dev/sda1")])

    with pytest.raises(Refused, match=f"stop instance {instance['InstanceId']} first"):
        disable(seen, Options())
    with pytest.raises(Refused, match=f"stop instance {instance['InstanceId']} first"):
        kill(seen, Kill(skip_backup=True))


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_a_root_volume_waits_for_its_instance(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(volume(attachment(boots=state)), Options())


@pytest.mark.parametrize("state", ["stopped", "terminated"])
def test_a_root_volume_leaves_an_instance_that_stands_still(state: str) -> None:
    assert [call.operation for call in disable(volume(attachment(boots=state)), Options())] == ["detach_volume"]


def test_a_volume_of_an_aws_service_is_refused() -> None:
    task = "arn:aws:ecs:eu-west-1:111122223333:task/web/1"

    with pytest.raises(Refused, match=f"belongs to {task}"):
        disable(volume(attachment(instance=task)), Options())
    with pytest.raises(Refused, match="belongs to an AWS service"):
        disable(volume(attachment(instance="")), Options())
