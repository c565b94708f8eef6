"""What was done and still stands is taken back: by `krampus undo`, or by an exemption with `restore: true`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from reconciler.apply.recheck import CHANGED
from reconciler.demo.server import Gate, Request, error
from tests.aws import WEB, Here
from tests.desk import CONFIG, START, Desk, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = "Ada <ada@example.org>"
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


@pytest.fixture(autouse=True)
def _asked_by_ada(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTOR", WHO)


def instances(here: Here, count: int = 1) -> list[str]:
    ec2 = here.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count)["Instances"]
    return sorted(f"arn:aws:ec2:{here.region}:{here.account}:instance/{one['InstanceId']}" for one in made)


def name(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def state(here: Here, arn: str) -> str:
    answer = here.client("ec2").describe_instances(InstanceIds=[name(arn)])
    return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])


def open_group(here: Here, called: str = "web") -> str:
    """Open to the world on two ports, and to somebody on a third."""
    ec2 = here.client("ec2")
    group = ec2.create_security_group(GroupName=called, Description=called)["GroupId"]
    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    https = {**SSH, "FromPort": 443, "ToPort": 443}
    office = {**SSH, "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**SSH, **world}, {**https, **world}, office])
    return f"arn:aws:ec2:{here.region}:{here.account}:security-group/{group}"


def rules(here: Here, arn: str) -> list[tuple[Any, ...]]:
    answer = here.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [name(arn)]}])
    found = answer["SecurityGroupRules"]
    return sorted((r["IsEgress"], r["FromPort"], r["CidrIpv4"], r.get("Description", "")) for r in found)


def done(desk: Desk, *targets: str | dict[str, str], action: str = "disable", **keys: Any) -> None:
    """A task whose targets have been told of, acted on, and seen to stand as asked."""
    desk.write({"tasks/open.yaml": task(action, *targets, **keys)})
    for after in (0 * HOUR, 1 * DAY, 1 * DAY + HOUR):
        desk.reconcile(after)


def exemption(target: str, **keys: Any) -> str:
    lines = {
        "reason": "Needed",
        "owner": "web",
        "expires": f"{START.date() + 300 * DAY}",
        "resources": f"['{target}']",
        **keys,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())


# --- the command


def test_what_was_disabled_is_as_before_and_told_and_written_down(desk: Desk, gate: Gate, web: Here) -> None:
    group, (instance,) = open_group(web), instances(web)
    before = rules(web, group)
    done(desk, group, instance)
    assert (len(rules(web, group)), state(web, instance)) == (2, "stopped")
    desk.remove("tasks/open.yaml")

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 0, result.output
    assert (rules(web, group), state(web, instance)) == (before, "running")
    assert "ec2.authorize_security_group_ingress" in result.stdout
    restored = [line for line in desk.ledger() if line["event"] == "restored"]
    assert {line["target"] for line in restored} == {group, instance}
    assert {line["detail"] for line in restored} == {f"undone: asked for by {WHO}"}
    assert all(line["at"] > one["at"] for line in restored for one in desk.ledger() if one["event"] == "applied")
    assert desk.issue().count("**restored**") == 2
    assert json.loads(desk.reported("run.json")) == {}  # nobody is at work any more

    head, issue = desk.head(), desk.issue()
    gate.requests.clear()
    again = desk.krampus("undo", "open", after=2 * DAY + HOUR)
    assert (again.exit_code, again.stdout) == (0, "open: nothing to undo\n")
    assert (gate.writes, desk.head(), desk.issue()) == ([], head, issue)


def test_the_record_with_the_way_back_is_pushed_before_the_first_call(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    known: list[dict[str, Any]] = []
    gate.refuse = lambda request: known.append(desk.ledger()[-1]) if request.writes else None

    desk.krampus("undo", "open", after=2 * DAY)

    (intended,) = known
    assert (intended["event"], intended["detail"]) == ("intended", f"undone: asked for by {WHO}")
    assert [call["operation"] for call in intended["calls"]] == ["start_instances"]
    assert intended["calls"][0]["undo"]["operation"] == "stop_instances"


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
    gate.refuse = lambda _request: None
    assert desk.krampus("undo", "open", after=2 * DAY + HOUR).exit_code == 0
    assert len(rules(web, touched)) == len(before) + 1


def test_one_target_alone(desk: Desk, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    desk.remove("tasks/open.yaml")

    assert desk.krampus("undo", "open", one, after=2 * DAY).exit_code == 0

    assert (state(web, one), state(web, other)) == ("running", "stopped")


def test_it_is_refused_while_the_task_is_in_force(desk: Desk, gate: Gate, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    gate.requests.clear()

    for wanted in ([], [one]):
        result = desk.krampus("undo", "open", *wanted, after=2 * DAY)
        assert result.exit_code == 2
        assert f"tasks/open.yaml:1:1: the task 'open' is in force for {one}" in result.stderr
        assert "take the target out of tasks/open.yaml, or add an exemption" in result.stderr
    assert gate.requests == []

    # Where it names one of them still, the other is taken back, and the one is named.
    desk.write({"tasks/open.yaml": task("disable", one)})
    result = desk.krampus("undo", "open", after=2 * DAY)
    assert result.exit_code == 3
    assert "refused" in result.stdout
    assert (state(web, one), state(web, other)) == ("stopped", "running")


@pytest.mark.parametrize("end", ["expired", "exempt"])
def test_a_task_out_of_force_for_it_does_not_stand_against_it(desk: Desk, web: Here, end: str) -> None:
    (target,) = instances(web)
    done(desk, target)
    if end == "expired":
        desk.write({"tasks/open.yaml": task("disable", target, until="2026-01-01")})
    else:
        desk.write({"exemptions/needed.yaml": exemption(target)})

    assert desk.krampus("undo", "open", after=2 * DAY).exit_code == 0

    assert state(web, target) == "running"


def test_a_kill_is_named_as_what_cannot_be_taken_back(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target, action="kill", options={"skip_backup": True})
    desk.remove("tasks/open.yaml")
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 3
    assert "cannot be undone: ec2.terminate_instances" in result.stdout
    assert gate.writes == []


def test_a_refused_push_means_that_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    hook = desk.remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (result.exit_code, gate.writes, state(web, target)) == (1, [], "stopped")
    assert "the branch is protected" in result.stderr


def test_what_nobody_knows_is_a_fault_with_the_nearest_that_is_known(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")

    unknown = desk.krampus("undo", "opem", after=2 * DAY)
    elsewhere = desk.krampus("undo", "open", f"{target[:-1]}x", after=2 * DAY)

    assert (unknown.exit_code, elsewhere.exit_code) == (2, 2)
    assert "did you mean 'open'?" in unknown.stderr
    assert f"did you mean '{target}'?" in elsewhere.stderr
    assert state(web, target) == "stopped"


def test_what_was_told_and_not_done_leaves_nothing_to_take_back(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/open.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    desk.remove("tasks/open.yaml")
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=1 * HOUR)

    assert (result.exit_code, gate.writes) == (0, [])
    assert "nothing to undo" in result.stdout


def test_a_dry_run_shows_and_touches_nothing(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    head = desk.head()
    gate.requests.clear()

    result = desk.krampus("undo", "open", "--dry-run", after=2 * DAY)

    assert "ec2.start_instances" in result.stdout
    assert (result.exit_code, gate.writes, desk.head()) == (0, [], head)


def test_the_pause_holds_it_unless_told_otherwise_and_a_freeze_does_not(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    freeze = "guardrails: {freeze: [{from: 2020-01-01, to: 2099-01-01}], per_run: {disable: 0, kill: 0}}\n"
    desk.write({"krampus.yaml": CONFIG + freeze})
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    gate.requests.clear()

    held = desk.krampus("undo", "open", after=2 * DAY)
    assert (held.exit_code, gate.writes) == (3, [])
    assert "Krampus is paused; add --while-paused" in held.stdout

    assert desk.krampus("undo", "open", "--while-paused", after=2 * DAY).exit_code == 0
    assert state(web, target) == "running"


@pytest.mark.parametrize("change", ["watched", "gone"])
def test_a_watched_or_unknown_account_is_not_touched(desk: Desk, gate: Gate, web: Here, change: str) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    text = CONFIG.replace(", enforce: true", "")
    if change == "gone":
        text = "".join(line for line in text.splitlines(keepends=True) if "website-prod" not in line)
    desk.write({"krampus.yaml": text})
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (result.exit_code, gate.writes, state(web, target)) == (3, [], "stopped")
    assert {"watched": "is only watched", "gone": "no longer in krampus.yaml"}[change] in result.stdout


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


# --- by review


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
    desk.reconcile(3 * DAY)

    assert desk.report()[target]["why"] == "the undo failed 3 times in a row; a person must look"
    assert "state: open" in desk.issue()
