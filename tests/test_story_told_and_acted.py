"""The main job end to end, over many runs: a target is told of, acted on as planned and recorded, then left alone."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.demo.server import Gate, Request
from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, START, Desk, instances, state, task


@pytest.mark.promise(2, 6, 7, 9)
def test_told_then_acted_then_satisfied_then_quiet(desk: Desk, gate: Gate, web: Here) -> None:
    target, bystander = instances(web, 2)
    desk.write({"tasks/idle.yaml": task("disable", target)})

    desk.reconcile(0 * HOUR)
    assert desk.report()[target]["verdict"] == "scheduled"
    assert "state: open" in desk.issue()
    assert target in desk.issue()

    desk.reconcile(1 * DAY + HOUR)
    assert state(web, target) == "stopped"

    desk.reconcile(1 * DAY + 2 * HOUR)
    assert desk.report()[target]["verdict"] == "satisfied"
    assert "state: closed" in desk.issue()

    head, issue = desk.head(), desk.issue()
    gate.requests.clear()
    desk.reconcile(1 * DAY + 3 * HOUR)
    assert (gate.writes, desk.head(), desk.issue()) == ([], head, issue)
    assert state(web, bystander) == "running"
    assert desk.events() == [("noticed", target), ("intended", target), ("applied", target), ("settled", target)]


@pytest.mark.promise(9)
def test_what_waits_writes_nothing_new(desk: Desk, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.reconcile(0 * HOUR)
    head, issue = desk.head(), desk.issue()

    desk.reconcile(5 * HOUR)

    assert (desk.head(), desk.issue()) == (head, issue)


@pytest.mark.promise(2, 6)
def test_what_the_team_mends_first_is_left_alone_and_told_anew_if_it_comes_back(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    name = target.rsplit("/", 1)[1]
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)

    web.client("ec2").stop_instances(InstanceIds=[name])
    desk.reconcile(1 * HOUR)
    assert "state: closed" in desk.issue()

    web.client("ec2").start_instances(InstanceIds=[name])
    desk.reconcile(3 * DAY)
    assert state(web, target) == "running"
    assert "state: open" in desk.issue()
    assert "it is back" in desk.issue()
    assert desk.report()[target]["verdict"] == "scheduled"


@pytest.mark.promise(6)
def test_what_drifts_back_after_an_act_is_caught_again(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    for after in (0 * HOUR, 1 * DAY, 1 * DAY + HOUR):
        desk.reconcile(after)
    web.client("ec2").start_instances(InstanceIds=[target.rsplit("/", 1)[1]])

    desk.reconcile(2 * DAY)

    assert state(web, target) == "stopped"
    assert "state: open" in desk.issue()
    assert "it is back" in desk.issue() or "done as announced" in desk.issue()


@pytest.mark.promise(2)
def test_an_exemption_protects_and_its_end_starts_a_fresh_notice(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    exemption = f"reason: Needed\nowner: web\nexpires: {START.date() + 300 * DAY}\nresources: ['{target}']\n"
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    desk.write({"exemptions/needed.yaml": exemption})

    desk.reconcile(2 * DAY)
    assert desk.report()[target]["verdict"] == "exempt"
    assert "state: closed" in desk.issue()

    desk.remove("exemptions/needed.yaml")
    desk.reconcile(3 * DAY)
    assert gate.writes == [] or state(web, target) == "running"
    assert desk.report()[target]["verdict"] == "scheduled"
    desk.reconcile(4 * DAY)
    assert state(web, target) == "stopped"


@pytest.mark.promise(3)
def test_the_record_is_on_the_remote_before_the_first_writing_call(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    known: list[list[tuple[str, str]]] = []

    def note(request: Request) -> None:
        if request.writes:
            known.append(desk.events())

    gate.refuse = note
    desk.reconcile(1 * DAY)

    assert known == [[("noticed", target), ("intended", target)]]
    (intended,) = [line for line in desk.ledger() if line["event"] == "intended"]
    assert intended["calls"][0]["operation"] == "stop_instances"
    assert intended["calls"][0]["undo"]["operation"] == "start_instances"


@pytest.mark.promise(4)
def test_the_plan_is_what_is_sent_and_fits_its_schema(desk: Desk, gate: Gate, web: Here) -> None:
    targets = instances(web, 3)
    group = web.client("ec2").create_security_group(GroupName="open", Description="open")["GroupId"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    web.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[world])
    desk.write(
        {
            "tasks/idle.yaml": task("disable", *targets),
            "tasks/ssh.yaml": task("disable", f"arn:aws:ec2:eu-west-1:{WEB}:security-group/{group}"),
        }
    )
    desk.reconcile(0 * HOUR)

    plan = json.loads(desk.krampus("plan", "--format", "json", after=1 * DAY).stdout)
    gate.requests.clear()
    desk.reconcile(1 * DAY)

    schema = json.loads((Path(__file__).parent.parent / "schemas/plan.json").read_text())
    jsonschema.validate(plan, schema)
    calls = [call for one in plan["decisions"] if one["verdict"] == "ready" for call in one["calls"]]
    stopped = sorted(
        name for call in calls if call["operation"] == "stop_instances" for name in call["arguments"]["InstanceIds"]
    )
    assert stopped == sorted(target.rsplit("/", 1)[1] for target in targets)
    # Equal calls are merged where AWS takes a list: one StopInstances names just the planned instances.
    assert sorted(request.operation for request in gate.writes) == ["RevokeSecurityGroupIngress", "StopInstances"]
    (stop,) = [request for request in gate.writes if request.operation == "StopInstances"]
    assert sorted(part.split("=")[1] for part in stop.text.split("&") if part.startswith("InstanceId.")) == stopped


def test_the_separate_jobs_do_the_same_as_one(desk: Desk, web: Here, tmp_path: Path) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    plan, done = str(tmp_path / "plan.json"), str(tmp_path / "done.json")

    assert desk.krampus("plan", "--out", plan, "--detailed-exitcode", after=1 * DAY).exit_code == 4
    refused = desk.krampus("apply", plan)
    assert refused.exit_code == 2
    assert "it was not recorded, or altered since" in refused.stderr
    recorded = desk.krampus("record", plan)
    assert (recorded.exit_code, len(recorded.stdout.strip())) == (0, 64)
    assert desk.krampus("apply", plan, "--out", done).exit_code == 0
    assert state(web, target) == "stopped"
    assert desk.krampus("publish", plan, done).exit_code == 0

    assert desk.events() == [("noticed", target), ("intended", target), ("applied", target)]
    again = desk.reconcile(1 * DAY + HOUR)
    assert "1 satisfied" in again.stdout
