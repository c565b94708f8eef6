"""An undo goes by what it finds: puts back what is missing, leaves what somebody changed, and ends what was begun."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from reconciler.apply.recheck import CHANGED
from reconciler.demo.server import Gate, Request, error
from tests.applied import SSH, done, name, open_group, rules
from tests.aws import Here
from tests.desk import DAY, HOUR, START, Desk, instances, state, task

ROOT = Path(__file__).parent.parent


def test_what_changed_between_plan_and_send_is_left_alone(desk: Desk, gate: Gate, web: Here) -> None:
    """Between the two looks, somebody opens one of two groups themselves: only the other is undone by Krampus."""
    touched, other = open_group(web), open_group(web, "other")
    before = rules(web, other)
    done(desk, touched, other)
    desk.remove("tasks/open.yaml")
    ec2 = web.client("ec2")
    entered: list[Request] = []

    def answer(request: Request) -> None:
        if request.operation == "AssumeRole" and "krampus-act" in request.text and not entered:
            entered.append(request)
            ec2.authorize_security_group_ingress(
                GroupId=name(touched), IpPermissions=[{**SSH, "IpRanges": [{"CidrIp": "198.51.100.7/32"}]}]
            )

    gate.refuse = answer
    gate.requests.clear()
    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (entered != [], result.exit_code) == (True, 3)
    assert f"{touched}: left alone: {CHANGED}" in result.output
    ours = [one.text for one in gate.writes if "198.51.100.7" not in one.text]
    assert all(name(other) in text and name(touched) not in text for text in ours)
    assert rules(web, other) == before
    assert [event for event, target in desk.events() if target == touched][-1] == "stale"
    assert "failed" not in desk.issue()
    gate.refuse = lambda _request: None
    assert desk.krampus("undo", "open", after=2 * DAY + HOUR).exit_code == 0
    assert len(rules(web, touched)) == len(before) + 1


def test_what_another_run_intends_meanwhile_is_left_to_that_run(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path
) -> None:
    """While an undo looks, the main job records its plan: that plan is applied all the same, and the undo waits."""
    back, gone = open_group(web), open_group(web, "gone")
    done(desk, back, gone)
    desk.write({"tasks/open.yaml": task("disable", back)})
    ec2 = web.client("ec2")
    world = {**SSH, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=name(back), IpPermissions=[world])
    ec2.delete_security_group(GroupId=name(gone))
    plan, outcomes = str(tmp_path / "plan.json"), str(tmp_path / "outcomes.json")
    assert desk.krampus("plan", "--out", plan, after=2 * DAY).exit_code == 0
    recorded: list[Request] = []

    def record(request: Request) -> None:
        if request.operation == "DescribeSecurityGroups" and not recorded:
            recorded.append(request)
            command = [sys.executable, "-P", "-m", "reconciler", "record", plan, "--root", str(desk.root)]
            command += ["--now", f"{START + 2 * DAY:%Y-%m-%dT%H:%M:%SZ}"]
            subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)

    gate.refuse = record
    command = [sys.executable, "-P", "-m", "reconciler", "undo", "open", "--root", str(desk.root)]
    command += ["--now", f"{START + 2 * DAY:%Y-%m-%dT%H:%M:%SZ}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    undo = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert undo.stderr is not None
    assert any("waiting until it ends" in line for line in undo.stderr)
    gate.refuse = lambda _request: None

    assert desk.krampus("apply", plan, "--out", outcomes, after=2 * DAY).exit_code == 0
    assert desk.krampus("publish", plan, outcomes).exit_code == 0
    undo.communicate(timeout=120)
    assert undo.returncode == 3  # it came through: one is in force, and one is gone
    assert [event for event, target in desk.events() if target == back][-2:] == ["intended", "applied"]
    assert all(rule[2] != "0.0.0.0/0" for rule in rules(web, back) if not rule[0])


def test_only_what_is_missing_is_put_back(desk: Desk, gate: Gate, web: Here) -> None:
    group = open_group(web)
    before = rules(web, group)
    done(desk, group)
    desk.remove("tasks/open.yaml")
    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    web.client("ec2").authorize_security_group_ingress(GroupId=name(group), IpPermissions=[{**SSH, **world}])
    gate.requests.clear()

    assert desk.krampus("undo", "open", after=2 * DAY).exit_code == 0

    assert rules(web, group) == before
    (request,) = gate.writes
    assert "FromPort=443" in request.text
    assert "FromPort=22" not in request.text


def test_what_drifted_and_was_done_again_is_taken_back_once(desk: Desk, web: Here) -> None:
    group = open_group(web)
    before = rules(web, group)
    done(desk, group)
    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    web.client("ec2").authorize_security_group_ingress(GroupId=name(group), IpPermissions=[{**SSH, **world}])
    desk.reconcile(1 * DAY + 2 * HOUR)
    assert len(rules(web, group)) == 2
    desk.remove("tasks/open.yaml")

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 0, result.output
    assert rules(web, group) == before


def test_what_somebody_undid_by_hand_is_found_and_left_alone(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    web.client("ec2").start_instances(InstanceIds=[name(target)])
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)
    assert (result.exit_code, gate.writes) == (0, [])
    assert "nothing that was done is still in effect" in result.stdout

    # From now on it is its team's own affair whether it runs.
    web.client("ec2").stop_instances(InstanceIds=[name(target)])
    assert "nothing to undo" in desk.krampus("undo", "open", after=3 * DAY).stdout
    assert state(web, target) == "stopped"


def test_what_somebody_wrote_since_is_not_overwritten(desk: Desk, gate: Gate, web: Here) -> None:
    s3 = web.client("s3")
    s3.create_bucket(Bucket="acme-open", CreateBucketConfiguration={"LocationConstraint": web.region})
    done(desk, {"resource": "arn:aws:s3:::acme-open", "account": "website-prod"})
    desk.remove("tasks/open.yaml")
    own = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket="acme-open", PublicAccessBlockConfiguration=own)
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (result.exit_code, gate.writes) == (3, [])
    assert "its access block changed since" in result.stdout
    assert s3.get_public_access_block(Bucket="acme-open")["PublicAccessBlockConfiguration"] == own


def test_what_fails_is_said_and_finished_by_the_next(desk: Desk, gate: Gate, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    desk.remove("tasks/open.yaml")
    gate.refuse = lambda request: (
        ("400 Bad", error("IncorrectInstanceState", "not now"))
        if request.operation == "StartInstances" and name(one) in request.text
        else None
    )

    result = desk.krampus("undo", "open", after=2 * DAY)
    assert result.exit_code == 3
    assert "run `krampus undo` again" in result.stderr
    assert (state(web, one), state(web, other)) == ("stopped", "running")
    assert ("failed", one) in desk.events()
    assert "**failed.**" in desk.issue()

    gate.refuse = lambda _request: None
    assert desk.krampus("undo", "open", after=2 * DAY + HOUR).exit_code == 0
    assert state(web, one) == "running"
    assert [target for event, target in desk.events() if event == "restored"] == [other, one]


def test_a_volume_comes_back_a_step_at_a_time(desk: Desk, web: Here) -> None:
    ec2 = web.client("ec2")
    disk = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ran = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, BlockDeviceMappings=[disk])["Instances"][0]

    def look() -> dict[str, Any]:
        found = ec2.describe_instances(InstanceIds=[ran["InstanceId"]])["Reservations"][0]["Instances"][0]
        devices = {each["DeviceName"]: each["Ebs"] for each in found["BlockDeviceMappings"]}
        return {key: devices["/dev/sdf"][key] for key in ("VolumeId", "DeleteOnTermination")}

    before = look()
    done(desk, f"arn:aws:ec2:{web.region}:{web.account}:volume/{before['VolumeId']}")
    desk.remove("tasks/open.yaml")

    first = desk.krampus("undo", "open", after=2 * DAY)
    assert first.exit_code == 3
    assert "in steps: AWS must attach it" in first.stdout
    second = desk.krampus("undo", "open", after=2 * DAY + HOUR)

    assert (second.exit_code, look()) == (0, before)
    assert [event for event, _ in desk.events()][-4:] == ["intended", "applied", "intended", "restored"]
