"""What is given up stays an error of every run until a person looks; what only waits for room is never given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.clients.aws.errors import classify, refusal
from reconciler.demo.server import Gate, Request
from reconciler.model.sighting import Trouble
from tests.applied import done, exemption
from tests.aws import Here
from tests.desk import DAY, Desk, instances, state, task

BODY = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"
ROOM = "We currently do not have sufficient m5.large capacity in the Availability Zone you requested (eu-west-1a)."
FAILURES = 3  # `guardrails.attempts`, as it is if nobody says so


def refuse(operation: str, status: str, code: str, message: str) -> Callable[[Request], tuple[str, str] | None]:
    answer = status, BODY.format(code, message)
    return lambda request: answer if request.operation == operation else None


def test_what_is_given_up_ends_every_run_with_3_until_its_task_is_gone(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * DAY)
    gate.refuse = refuse("StopInstances", "403 Forbidden", "UnauthorizedOperation", "You are not authorized.")
    for day in range(FAILURES):
        desk.reconcile((1 + day) * DAY, expect=3)
    gate.requests.clear()

    for day in (5, 6):
        desk.reconcile(day * DAY, expect=3)
        assert desk.krampus("plan", after=day * DAY).exit_code == 3
    assert gate.writes == []
    assert desk.report()[target]["reason"] == "given_up"

    desk.remove("tasks/idle.yaml")
    desk.reconcile(7 * DAY)


@pytest.mark.parametrize("status", ["500 Internal Server Error", "400 Bad Request"])
def test_an_undo_for_which_there_is_no_room_is_tried_until_there_is(
    desk: Desk, gate: Gate, web: Here, status: str
) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.write({"exemptions/needed.yaml": exemption(target, restore="true")})
    gate.refuse = refuse("StartInstances", status, "InsufficientInstanceCapacity", ROOM)
    for day in range(FAILURES + 1):
        result = desk.reconcile((2 + day) * DAY, expect=3)
        assert "AWS has no room for StartInstances at present" in result.output
    gate.refuse = lambda _request: None

    desk.reconcile(7 * DAY)

    assert state(web, target) == "running"
    failed = [line for line in desk.ledger() if line["event"] == "failed"]
    assert {line["cause"] for line in failed} == {"no_room"}
    assert len(failed) == FAILURES + 1


@pytest.mark.parametrize(
    "code",
    [
        *("InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientReservedInstanceCapacity"),
        *("InsufficientCapacity", "InsufficientVolumeCapacity", "InsufficientCapacityOnHost"),
        *("InsufficientDBInstanceCapacity", "InsufficientDBClusterCapacityFault", "InsufficientStorageClusterCapacity"),
        *("StorageQuotaExceeded", "InstanceQuotaExceeded", "InstanceLimitExceeded", "VcpuLimitExceeded"),
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_no_room_is_told_as_what_passes(code: str, status: int) -> None:
    problem = refusal(code, "There is none.", status, "StartDBInstance")

    assert problem.trouble is Trouble.CAPACITY
    assert "later runs try again" in problem.message


@pytest.mark.parametrize("code", ["SnapshotQuotaExceeded", "InsufficientFreeAddressesInSubnet", "InternalError"])
def test_what_somebody_must_mend_is_not_told_as_what_passes(code: str) -> None:
    assert classify(code, "no", 400) is not Trouble.CAPACITY
