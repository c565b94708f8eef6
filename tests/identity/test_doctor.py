"""krampus doctor: it names what is wrong and what to do, and on a sound world it says nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from reconciler.demo.server import Gate, Request
from tests.aws import DATA, WEB
from tests.clients.remote import Remote
from tests.desk import DAY, HOUR, START, Desk, task
from tests.identity.conftest import OIDC
from tests.identity.stand_in import NEW, StandIn
from tests.identity.trusted import JOB, make_roles

LAB, OPS = "777788889999", "222233334444"
TOKENLESS = "unchecked: GitHub settings: there is no token for GitHub; set GITHUB_TOKEN"
ACCOUNTS = f"""
  lab: {{id: "{LAB}", team: data, regions: [eu-west-1, ap-east-1]}}
  ops: {{id: "{OPS}", team: data, regions: [eu-west-1], enforce: true}}
"""
Denies = dict[str, set[str]]
RESULT = (
    "<member><EvalActionName>{}</EvalActionName><EvalDecision>{}</EvalDecision><EvalResourceName>*</EvalResourceName>"
    "</member>"
)
DENIED = (
    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: x is not authorized to perform: "
    "iam:SimulatePrincipalPolicy on resource: y</Message></Error></ErrorResponse>"
)


def simulating(denies: Denies, asked: list[dict[str, list[str]]] | None = None) -> Callable[[Request], Any]:
    """IAM's simulation, which moto has not; `denies`: by role, what its policies do not allow."""

    def answer(request: Request) -> tuple[str, str] | None:
        if request.operation != "SimulatePrincipalPolicy":
            return None
        form = parse_qs(request.text)
        if asked is not None:
            asked.append(form)
        (source,) = form["PolicySourceArn"]
        actions = [values[0] for name, values in form.items() if name.startswith("ActionNames")]
        results = "".join(
            RESULT.format(action, "implicitDeny" if action in denies.get(source, ()) else "allowed")
            for action in actions
        )
        name = "SimulatePrincipalPolicy"
        return "200 OK", (
            f"<{name}Response><{name}Result><IsTruncated>false</IsTruncated><EvaluationResults>{results}"
            f"</EvaluationResults></{name}Result></{name}Response>"
        )

    return answer


@pytest.fixture
def sound(office: Desk, world: StandIn, gate: Gate, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Four accounts of which each role opens, and a run that has just reported; of GitHub there is no token."""
    roles = [(account, f"krampus-{purpose}") for account in (WEB, DATA, LAB, OPS) for purpose in ("read", "act")]
    world.trusts = {role: {NEW} for role in roles}
    office.write(
        {
            "krampus.yaml": OIDC.replace("teams:", f"{ACCOUNTS.strip(chr(10))}\nteams:", 1),
            "tasks/idle.yaml": task("disable", *(arn(account) for account in (WEB, LAB, OPS))),
            "tasks/user.yaml": task("kill", f"arn:aws:iam::{OPS}:user/old", options={"skip_backup": True}),
        }
    )
    office.reconcile(0 * HOUR)
    make_roles(office, endpoint)
    for name, value in JOB.items():
        monkeypatch.setenv(name, value)
    gate.refuse = simulating({})
    world.asked.clear()
    gate.requests.clear()
    return office


def arn(account: str) -> str:
    return f"arn:aws:ec2:eu-west-1:{account}:instance/i-0123456789abcdef0"


def checked(desk: Desk, *options: str, expect: int = 3) -> dict[tuple[str, str], str]:
    """(account, check) -> what is said, of all that is wrong."""
    result = desk.krampus("doctor", "--format", "json", *options, after=1 * HOUR)
    assert result.exit_code == expect, result.output
    found = json.loads(result.stdout)["checks"]
    return {(one["account"], one["check"]): one["message"] for one in found if one["state"] == "wrong"}


def test_a_sound_world_has_no_finding_and_is_only_looked_at(sound: Desk, world: StandIn, gate: Gate) -> None:
    head = sound.head()
    result = sound.krampus("doctor", after=1 * HOUR)

    assert (result.exit_code, result.stdout) == (0, f"{TOKENLESS}\n27 checks, nothing wrong\n")
    assert (sound.head(), [request.operation for request in gate.writes]) == (head, [])
    # One call of STS for each account and role; the act role where something may be done, and nowhere else.
    entered = sorted((asked.account, asked.role) for asked in world.asked)
    read, act = "krampus-read", "krampus-act"
    assert entered == sorted([*((account, read) for account in (WEB, DATA, LAB, OPS)), (WEB, act), (OPS, act)])


def test_six_seeded_faults_are_named_with_what_to_do_and_nothing_else_is(
    sound: Desk, world: StandIn, gate: Gate
) -> None:
    del world.trusts[WEB, "krampus-act"]
    world.impostor = {DATA: "999988887777"}
    world.disabled = {LAB: {"ap-east-1"}}
    gate.refuse = simulating({f"arn:aws:iam::{OPS}:role/krampus-act": {"ec2:StopInstances", "iam:DeleteUser"}})
    world.ahead = timedelta(seconds=120)
    sound.git("config", "remote.origin.pushurl", str(sound.root.parent / "nowhere"))

    found = checked(sound)

    assert set(found) == {
        ("website-prod", "act role"),
        ("data-lab", "read role"),
        ("lab", "regions"),
        ("ops", "act role's permissions"),
        ("", "clock"),
        ("", "report branch"),
    }
    for where, words in {
        ("website-prod", "act role"): f"its trust policy does not name `{NEW}`",
        ("data-lab", "read role"): "credentials of account 999988887777, not 444455556666",
        ("lab", "regions"): "region ap-east-1 is not enabled in account lab",
        ("ops", "act role's permissions"): "is denied ec2:StopInstances, iam:DeleteUser; `krampus policy` prints",
        ("", "clock"): "seconds behind AWS's; set it (NTP)",
        ("", "report branch"): "A job needs `contents: write`",
    }.items():
        assert words in found[where], where


def test_findings_are_plain_lines_where_nobody_watches(sound: Desk, world: StandIn) -> None:
    world.disabled = {LAB: {"ap-east-1"}}

    lines = sound.krampus("doctor", after=1 * HOUR).stdout.splitlines()

    assert lines[1].startswith("wrong: lab: regions: region ap-east-1 is not enabled")
    assert (lines[0], lines[2:]) == (TOKENLESS, ["27 checks, 1 wrong"])


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_aws_answers_is_no_command_to_the_runner(sound: Desk, gate: Gate, form: str) -> None:
    hostile = "<Error><Code>Odd</Code><Message>no\n##[error]gotcha\n::error::gotcha</Message></Error>"
    gate.refuse = lambda request: (
        ("400 Bad Request", f"<ErrorResponse>{hostile}</ErrorResponse>") if "Simulate" in request.operation else None
    )

    printed = sound.krampus("doctor", "--format", form, after=1 * HOUR).stdout

    assert "gotcha" in printed
    assert "##[" not in printed
    assert not [line for line in printed.splitlines() if line.lstrip().startswith("::")]


def test_what_is_simulated_is_what_the_tasks_of_the_account_take(sound: Desk, gate: Gate) -> None:
    asked: list[dict[str, list[str]]] = []
    gate.refuse = simulating({}, asked)

    checked(sound, expect=0)

    actions: dict[str, set[str]] = {}
    for form in asked:
        names = {values[0] for name, values in form.items() if name.startswith("ActionNames")}
        actions.setdefault(form["PolicySourceArn"][0], set()).update(names)
    web = actions[f"arn:aws:iam::{WEB}:role/krampus-act"]
    assert {"ec2:StopInstances", "ec2:StartInstances", "ec2:DescribeInstances"} <= web
    assert not web & {"iam:DeleteUser", "ec2:TerminateInstances"}
    assert "iam:DeleteUser" in actions[f"arn:aws:iam::{OPS}:role/krampus-act"]
    assert "ec2:StopInstances" not in actions[f"arn:aws:iam::{OPS}:role/krampus-read"]
    assert f"arn:aws:iam::{LAB}:role/krampus-act" not in actions
    samples = {values[0] for form in asked for name, values in form.items() if name.startswith("ResourceArns")}
    assert f"arn:aws:ec2:eu-west-1:{WEB}:instance/krampus" in samples
    assert not any("*" in sample or "{" in sample for sample in samples)
    values = {values[0] for form in asked for name, values in form.items() if "ContextKeyValues" in name}
    assert "ec2.eu-west-1.amazonaws.com" in values


def test_where_nothing_may_be_simulated_the_looks_of_ec2_are_tried_dry(sound: Desk, gate: Gate) -> None:
    def answer(request: Request) -> tuple[str, str] | None:
        if request.operation == "SimulatePrincipalPolicy":
            return "403 Forbidden", DENIED
        if request.operation == "DescribeSpotInstanceRequests":
            error = "<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>"
            return "403 Forbidden", f"<Response><Errors>{error}</Errors></Response>"
        return None

    gate.refuse = answer
    found = checked(sound)

    assert set(found) == {(name, "read role's permissions") for name in ("website-prod", "lab", "ops")}
    assert "krampus-read is denied ec2:DescribeSpotInstanceRequests" in found["lab", "read role's permissions"]
    dry = [request for request in gate.requests if "DryRun=true" in request.text]
    assert {request.operation for request in dry} == {"DescribeInstances", "DescribeSpotInstanceRequests"}
    unchecked = [line for line in sound.krampus("doctor", after=1 * HOUR).stdout.splitlines() if "unchecked" in line]
    assert any("ops: act role's permissions" in line and "iam:SimulatePrincipalPolicy" in line for line in unchecked)


def test_a_clock_that_is_minutes_off_is_the_one_finding(sound: Desk, world: StandIn) -> None:
    world.ahead = timedelta(seconds=-600)

    assert list(checked(sound)) == [("", "clock")]
    assert world.asked == []


def test_a_clock_of_which_aws_says_nothing_is_not_called_fine(sound: Desk, world: StandIn) -> None:
    world.date = "soon"

    lines = sound.krampus("doctor", after=1 * HOUR).stdout.splitlines()

    assert lines == ["unchecked: clock: AWS did not return its time", TOKENLESS, "27 checks, nothing wrong"]


def test_a_job_without_the_token_is_told_so_and_the_rest_is_checked(
    sound: Desk, world: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")

    found = checked(sound)

    assert list(found) == [("", "credentials")]
    assert "`permissions: id-token: write`" in found["", "credentials"]
    assert world.asked == []


def test_a_job_that_only_looks_does_not_knock_at_the_act_role(sound: Desk, world: StandIn) -> None:
    del world.trusts[WEB, "krampus-act"]

    assert checked(sound, "--no-act", expect=0) == {}
    assert {asked.role for asked in world.asked} == {"krampus-read"}


def test_a_schedule_that_died_is_noticed(sound: Desk) -> None:
    result = sound.krampus("doctor", after=4 * DAY)

    assert result.exit_code == 3
    assert re.search(r"wrong: schedule: no run has completed since 20\d\d-", result.stdout)
    assert "2 wrong" not in result.stdout


def test_what_people_push_to_the_report_branch_is_no_run(sound: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{START + 4 * DAY:%Y-%m-%dT%H:%M:%SZ}")
    Remote(sound.remote).write("krampus/reports", {"notes.txt": b"by hand"})

    assert "wrong: schedule: no run has completed since" in sound.krampus("doctor", after=4 * DAY).stdout


def test_a_heartbeat_that_cannot_be_read_is_not_called_fine(sound: Desk) -> None:
    Remote(sound.remote).write("krampus/reports", {"heartbeat.json": b"{"})

    assert "heartbeat.json on the report branch cannot be read" in checked(sound)["", "schedule"]


def test_before_the_first_run_the_schedule_has_not_begun(office: Desk, gate: Gate) -> None:
    gate.refuse = simulating({})

    found = checked(office)

    assert list(found) == [("", "schedule")]
    assert "no run has completed yet" in found["", "schedule"]
    assert office.head() == ""


def test_a_remote_that_is_gone_is_the_branch_s_fault(sound: Desk) -> None:
    sound.git("remote", "set-url", "origin", str(sound.root / "nowhere"))

    assert list(checked(sound)) == [("", "report branch")]
