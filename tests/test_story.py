"""The main job end to end: a repository, accounts in moto over HTTP, a bare remote, a folder of issues, many runs."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.demo.server import Gate, Request, error
from tests.aws import DATA, WEB, Here
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, state, task

REFUSAL = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


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


@pytest.mark.promise(8)
def test_a_watched_account_is_planned_and_reported_and_nothing_else(desk: Desk, gate: Gate, endpoint: str) -> None:
    data = Here(endpoint, DATA)
    (target,) = instances(data)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    gate.requests.clear()

    for after in (0 * HOUR, 9 * DAY):
        desk.reconcile(after)

    assert gate.writes == []
    assert not list(desk.issues.glob("*")) if desk.issues.exists() else True
    assert desk.report()[target]["verdict"] == "held"
    assert "only watched" in desk.report()[target]["why"]


@pytest.mark.promise(1, 12)
def test_an_account_that_cannot_be_reached_stops_nobody(desk: Desk, gate: Gate, web: Here) -> None:
    here, there = instances(web), f"arn:aws:ec2:eu-west-1:{DATA}:instance/i-0123456789abcdef0"
    desk.write({"tasks/idle.yaml": task("disable", *here, there)})
    gate.refuse = lambda request: (
        ("403 Forbidden", error("AccessDenied", "not authorized to perform sts:AssumeRole"))
        if request.operation == "AssumeRole" and DATA in request.text
        else None
    )

    desk.reconcile(0 * HOUR, expect=3)
    desk.reconcile(2 * DAY, expect=3)

    assert state(web, here[0]) == "stopped"
    assert desk.report()[there]["verdict"] == "unseen"
    assert "AssumeRole" in desk.report()[there]["why"]


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("code", "status"),
    [("UnauthorizedOperation", "403 Forbidden"), ("InternalError", "500 Error"), ("OptInRequired", "401 No")],
)
def test_a_region_that_fails_is_unseen_and_never_gone(
    desk: Desk, gate: Gate, web: Here, code: str, status: str
) -> None:
    (target,) = instances(web)
    away = target.replace("eu-west-1", "us-east-1")
    desk.write({"tasks/idle.yaml": task("disable", target, away)})

    def refuse(request: Request) -> tuple[str, str] | None:
        down = request.service == "ec2" and request.region == "us-east-1"
        return (status, REFUSAL.format(code, "no")) if down else None

    gate.refuse = refuse
    desk.reconcile(0 * HOUR, expect=3)

    assert desk.report()[away]["verdict"] == "unseen"
    assert desk.report()[target]["verdict"] == "scheduled"
    assert "state: open" in desk.issue()


@pytest.mark.promise(12)
def test_one_target_that_is_denied_fails_and_the_others_go_on(desk: Desk, gate: Gate, web: Here) -> None:
    denied, *others = instances(web, 3)
    name = denied.rsplit("/", 1)[1]
    desk.write({"tasks/idle.yaml": task("disable", denied, *others)})
    desk.reconcile(0 * HOUR)
    text = REFUSAL.format("UnauthorizedOperation", "You are not authorized.")
    gate.refuse = lambda request: (
        ("403 Forbidden", text) if request.operation == "StopInstances" and name in request.text else None
    )

    result = desk.reconcile(1 * DAY, expect=3)

    assert [state(web, other) for other in others] == ["stopped", "stopped"]
    assert state(web, denied) == "running"
    assert ("failed", denied) in desk.events()
    assert "the role is denied ec2:StopInstances" in result.output
    assert "failed" in desk.issue()


def test_throttling_is_waited_for_and_fails_nobody(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    refusals = iter([True])
    text = REFUSAL.format("RequestLimitExceeded", "slow")
    gate.refuse = lambda request: (
        ("503 Slow", text) if request.operation == "StopInstances" and next(refusals, False) else None
    )

    desk.reconcile(1 * DAY)

    assert state(web, target) == "stopped"


@pytest.mark.promise(3)
def test_a_refused_push_means_that_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    hook = desk.remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    gate.requests.clear()

    result = desk.reconcile(1 * DAY, expect=1)

    assert gate.writes == []
    assert state(web, target) == "running"
    assert "the branch is protected" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.promise(3)
def test_without_a_remote_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.git("remote", "remove", "origin")
    gate.requests.clear()

    result = desk.reconcile(0 * HOUR, expect=1)

    assert gate.writes == []
    assert "remote" in result.stderr


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


@pytest.mark.promise(8)
def test_a_limit_holds_all_of_an_action_and_says_so(desk: Desk, gate: Gate, web: Here) -> None:
    targets = instances(web, 6)
    desk.write({"tasks/old.yaml": task("kill", *targets, options={"skip_backup": True})})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()

    desk.reconcile(1 * DAY, expect=3)

    assert gate.writes == []
    assert {state(web, target) for target in targets} == {"running"}
    assert all("over the limit guardrails.per_account.kill (5)" in desk.report()[target]["why"] for target in targets)


@pytest.mark.promise(8)
def test_eleven_kills_over_a_limit_of_ten_are_held_until_they_are_allowed(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path
) -> None:
    rails = "guardrails: {per_run: {kill: 10}, per_account: {kill: 10}}\n"
    targets = instances(web, 11)
    body = task("kill", *targets, expect=11, options={"skip_backup": True})
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/old.yaml": body})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()

    result = desk.reconcile(1 * DAY, expect=3)
    assert gate.writes == []
    assert "--allow kill=11" in result.stdout
    report, issue = desk.reported("README.md"), desk.issue(2)
    for text in (report, issue):
        assert "raise `guardrails.per_account.kill` in `krampus.yaml` from 10 to 11" in text
        assert "`krampus reconcile --allow kill=11`" in text
    assert "krampus:operators" in issue and "state: open" in issue
    assert all(target in issue for target in targets)

    assert desk.krampus("reconcile", "--allow", "kill=10", after=1 * DAY).exit_code == 3
    assert gate.writes == []

    plan, done = str(tmp_path / "plan.json"), str(tmp_path / "done.json")
    planned = desk.krampus("plan", "--allow", "kill=11", "--out", plan, after=1 * DAY + HOUR)
    assert (planned.exit_code, "11 ready" in planned.stdout) == (0, True)
    assert desk.krampus("record", plan).exit_code == 0
    assert desk.krampus("apply", plan, "--out", done).exit_code == 0
    assert desk.krampus("publish", plan, done).exit_code == 0

    assert {state(web, target) for target in targets} == {"terminated"}
    said = [line["detail"] for line in desk.ledger() if line["event"] == "intended"]
    assert said == ["allowed kill=11 by Ada <ada@example.org>"] * 11
    assert "state: closed" in desk.issue(2)


def test_github_says_who_allows(desk: Desk, web: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    (target,) = instances(web)
    rails = "guardrails: {per_run: {disable: 0}}\n"
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/idle.yaml": task("disable", target, expect=1)})
    desk.reconcile(0 * HOUR)
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")

    assert desk.krampus("reconcile", "--allow", "disable=1", after=1 * DAY).exit_code == 0

    assert [line["detail"] for line in desk.ledger() if line["event"] == "intended"] == ["allowed disable=1 by octocat"]


@pytest.mark.parametrize("said", ["kill", "kill=", "kill=-1", "kill=all", "restore=3", "kill=1.5", ""])
def test_an_allowance_that_cannot_be_read_is_refused(desk: Desk, gate: Gate, said: str) -> None:
    result = desk.krampus("reconcile", "--allow", said, after=0 * HOUR)

    assert result.exit_code == 2
    assert "ACTION=N" in result.stderr
    assert gate.requests == []


def test_nobody_allows_without_a_name(desk: Desk, gate: Gate) -> None:
    desk.git("config", "--unset", "user.name")
    desk.git("config", "--unset", "user.email")
    desk.write({"tasks/idle.yaml": task("disable", f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0")})

    result = desk.krampus("reconcile", "--allow", "kill=3", after=0 * HOUR)

    assert result.exit_code == 1
    assert "git config user.name" in result.stderr
    assert gate.requests == []


@pytest.mark.promise(8)
def test_paused_plans_and_reports_and_acts_on_nothing(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")

    desk.reconcile(1 * DAY)

    assert gate.writes == []
    assert desk.report()[target]["why"] == "Krampus is paused"


def test_a_door_without_its_key_says_so_and_nothing_is_touched(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/cloud")
    desk.write({"krampus.yaml": CONFIG.replace("tracker: files, folder: ../issues", "tracker: github")})

    result = desk.reconcile(0 * HOUR, expect=1)

    assert "set GITHUB_TOKEN" in result.stderr
    assert gate.requests == []
