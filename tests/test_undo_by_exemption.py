"""What was done and still stands is taken back by an exemption with `restore: true`, which then protects."""

from __future__ import annotations

import pytest

from reconciler.demo.server import Gate, error
from tests.applied import done, exemption, name
from tests.aws import Here
from tests.desk import DAY, HOUR, Desk, instances, state


def test_an_exemption_takes_back_what_was_done_and_then_protects(desk: Desk, gate: Gate, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    desk.write({"exemptions/needed.yaml": exemption(one, restore="true")})

    plan = desk.krampus("plan", after=2 * DAY).stdout
    assert "ec2.start_instances" in plan
    gate.requests.clear()
    desk.reconcile(2 * DAY)

    assert (state(web, one), state(web, other)) == ("running", "stopped")
    assert [request.operation for request in gate.writes] == ["StartInstances"]
    assert "**restored**" in desk.issue()
    assert "state: closed" in desk.issue()
    desk.reconcile(2 * DAY + HOUR)
    assert desk.report()[one]["verdict"] == "exempt"
    assert [event for event, target in desk.events() if target == one][-3:] == ["intended", "restored", "exempted"]

    # It is taken back once: whether it runs is its team's own affair now.
    head = desk.head()
    web.client("ec2").stop_instances(InstanceIds=[name(one)])
    desk.reconcile(3 * DAY)
    assert (state(web, one), desk.head()) == ("stopped", head)


def test_an_exemption_over_what_was_undone_by_hand_closes_the_matter(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    web.client("ec2").start_instances(InstanceIds=[name(target)])
    desk.write({"exemptions/needed.yaml": exemption(target, restore="true")})
    gate.requests.clear()

    desk.reconcile(2 * DAY)
    web.client("ec2").stop_instances(InstanceIds=[name(target)])
    desk.reconcile(3 * DAY)

    assert [request.operation for request in gate.writes] == ["StopInstances"]
    assert ("restored", target) in desk.events()
    assert desk.report()[target]["verdict"] == "exempt"


def test_an_exemption_without_restore_takes_nothing_back(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.write({"exemptions/needed.yaml": exemption(target)})
    gate.requests.clear()

    desk.reconcile(2 * DAY)

    assert (gate.writes, state(web, target)) == ([], "stopped")


def test_the_pause_holds_back_an_exemptions_restore(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.write({"exemptions/needed.yaml": exemption(target, restore="true")})
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    gate.requests.clear()

    desk.reconcile(2 * DAY)

    assert gate.writes == []
    assert desk.report()[target]["verdict"] == "held"
    assert "Krampus is paused; then undone" in desk.report()[target]["why"]


def test_a_restore_that_keeps_failing_is_held_for_a_person(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.write({"exemptions/needed.yaml": exemption(target, restore="true")})
    refusal = ("403 Forbidden", error("UnauthorizedOperation", "no"))
    gate.refuse = lambda request: refusal if request.operation == "StartInstances" else None

    for run in range(3):
        desk.reconcile(2 * DAY + run * HOUR, expect=3)
    desk.reconcile(3 * DAY, expect=3)

    assert desk.report()[target]["why"] == "the undo failed 3 times in a row; a person must look"
    assert "state: open" in desk.issue()
