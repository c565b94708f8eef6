"""EC2 instances: stopped and terminated, never past a protection."""

from __future__ import annotations

import pytest

from reconciler.model.sighting import Resource
from reconciler.resources.ec2_instance import KIND, Terminate, disable, kill, observe
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.shared import scaling
from tests.aws import Here, seen_by, send
from tests.resources.ec2_instance import make


def instance(**facts: object) -> Resource:
    usual = {"state": "running", "root": "ebs", "spot": {}, **scaling.ALONE, "protections": []}
    return Resource("i-0123456789abcdef0", {**usual, **facts})


def look(here: Here, name: str) -> Resource:
    (seen,) = seen_by(KIND, "kill", here, [name])
    return seen


def test_a_terminated_instance_is_not_seen(here: Here) -> None:
    name = make(here).rsplit("/", 1)[1]
    here.client("ec2").terminate_instances(InstanceIds=[name])

    assert list(observe(here, [name])) == []


@pytest.mark.parametrize("state", ["pending", "stopping", "shutting-down"])
def test_disable_waits_while_aws_is_at_it(state: str) -> None:
    with pytest.raises(Underway, match=state):
        disable(instance(state=state), Options())


def test_kill_waits_for_one_that_ends_already() -> None:
    with pytest.raises(Underway, match="shutting-down"):
        kill(instance(state="shutting-down"), Terminate(skip_backup=True))


def test_disable_refuses_what_aws_cannot_stop() -> None:
    with pytest.raises(Refused, match="instance store"):
        disable(instance(root="instance-store"), Options())
    with pytest.raises(Refused, match="one-time spot"):
        disable(instance(spot={"request": "sir-1", "type": "one-time"}), Options())


def test_kill_refuses_a_protected_instance_unless_forced(here: Here) -> None:
    name = make(here).rsplit("/", 1)[1]
    here.client("ec2").modify_instance_attribute(InstanceId=name, DisableApiTermination={"Value": True})
    seen = look(here, name)

    with pytest.raises(Refused, match="disableApiTermination is on"):
        kill(seen, Terminate(skip_backup=True))
    send(here, kill(seen, Terminate(force=True, skip_backup=True)))
    assert list(observe(here, [name])) == []


def test_kill_cancels_a_persistent_spot_request_that_would_launch_it_again() -> None:
    calls = kill(instance(spot={"request": "sir-1", "type": "persistent"}), Terminate(skip_backup=True))

    assert [call.operation for call in calls] == ["cancel_spot_instance_requests", "terminate_instances"]
