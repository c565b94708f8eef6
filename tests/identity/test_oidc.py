"""The job's own token, straight into each account: what STS judges of it, and what a refusal says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.clients.aws.oidc_token import JobToken
from reconciler.clients.aws.sessions import HOME, Sessions
from reconciler.demo.server import Gate
from reconciler.model.regions import REGIONS
from reconciler.model.sighting import Problem, Trouble
from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, Desk, instances, state, task
from tests.identity.enter import config, entered, seen
from tests.identity.stand_in import AUDIENCE, NEW, OLD, Answer, StandIn, refusal


@pytest.mark.parametrize("subject", [OLD, NEW])
def test_a_token_of_either_form_opens_the_role_that_names_it(world: StandIn, subject: str) -> None:
    world.subject, world.trusts = subject, {(WEB, "krampus-read"): {subject}}

    assert seen(entered(world)) is False

    (asked,) = world.asked
    assert (asked.action, asked.signed, world.audiences) == ("AssumeRoleWithWebIdentity", False, [AUDIENCE])
    assert asked.form["RoleSessionName"] == "krampus-read-77.1"
    assert "krampus/" in asked.agent and "run/77.1" in asked.agent


@pytest.mark.parametrize(("subject", "trusted"), [(OLD, NEW), (NEW, OLD), (f"{NEW}x", NEW)])
def test_a_refused_trust_says_whose_token_it_was(world: StandIn, subject: str, trusted: str) -> None:
    world.subject, world.trusts = subject, {(WEB, "krampus-read"): {trusted}}

    problem = seen(entered(world))

    assert problem.trouble is Trouble.CREDENTIALS
    assert "role/krampus-read does not let this job in: Not authorized" in problem.message
    assert f"its trust policy does not name `{subject}`" in problem.message


def test_an_account_without_the_provider_says_so(world: StandIn) -> None:
    world.without_provider = {WEB}

    assert (
        "needs an OIDC provider for the token's issuer (token.actions.githubusercontent.com"
        in seen(entered(world)).message
    )


def test_each_account_and_each_renewal_gets_a_token_of_its_own(world: StandIn) -> None:
    aws = entered(world)

    assert [seen(aws, name) for name in ("web", "data", "web")] == [False] * 3

    assert len(world.asked) == len(set(world.tokens)) == 2


def test_a_token_that_ended_on_its_way_is_asked_for_anew_once(world: StandIn) -> None:
    world.late = timedelta(minutes=6)

    def in_time(_count: int) -> None:
        world.late = timedelta(minutes=6) if len(world.audiences) == 1 else timedelta()

    world.gives = in_time
    assert seen(entered(world)) is False
    assert len(world.tokens) == 2

    world.gives = lambda _count: None
    world.late = timedelta(minutes=6)
    problem = seen(entered(world), "data")
    assert "have expired: Token expired" in problem.message
    assert len(world.tokens) == 4


@pytest.mark.parametrize(
    ("answers", "waits", "says"),
    [
        ([(503, "")], [0.5], ""),
        ([(429, "")] * 3, [0.5, 1, 2], ""),
        ([(503, "")] * 4, [0.5, 1, 2], "GitHub gave this job no token (HTTP 503)"),
        ([(401, "")], [], "GitHub gave this job no token (HTTP 401)"),
        ([(302, "")], [], "GitHub gave this job no token (HTTP 302)"),
        ([(200, '{"value": ""}')] * 4, [0.5, 1, 2], "holds none"),
        ([(200, "<html>")] * 4, [0.5, 1, 2], "holds none"),
    ],
)
def test_what_github_answers_instead_of_a_token(
    world: StandIn, answers: Sequence[Answer], waits: list[float], says: str
) -> None:
    queue, waited = list(answers), list[float]()
    world.gives = lambda _count: queue.pop(0) if queue else None

    found = seen(entered(world, paused=waited))

    assert waited == waits
    assert found is False if not says else says in found.message


def test_a_job_that_may_not_ask_for_a_token_could_not_run(
    office: Desk, world: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")

    result = office.krampus("plan", after=0 * HOUR)

    assert result.exit_code == 1
    assert "`permissions: id-token: write`" in result.stderr
    assert world.asked == []


def test_the_secret_goes_nowhere_but_over_https(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "http://token.example.org/?x=1")

    result = office.krampus("plan", after=0 * HOUR)

    assert (result.exit_code, "no https address" in result.stderr) == (1, True)


def test_another_account_is_refused_before_anything_is_asked_there(world: StandIn, gate: Gate) -> None:
    world.impostor = {WEB: "999988887777"}
    gate.requests.clear()

    problem = seen(entered(world))

    assert f"STS answered with credentials of account 999988887777, not {WEB}" in problem.message
    assert [request.operation for request in gate.requests] == ["AssumeRole"]  # the stand-in's own


@pytest.mark.parametrize(("ahead", "says"), [(400, "400 seconds behind"), (-400, "400 seconds ahead of"), (200, "")])
def test_a_clock_that_is_off_by_minutes_lets_nobody_in(world: StandIn, ahead: int, says: str) -> None:
    world.ahead = timedelta(seconds=ahead)
    now = datetime.now(UTC)

    problem = seen(entered(world, clock=lambda: now))

    assert (problem is False) if not says else ("set it (NTP)" in problem.message)
    if says:
        words = problem.message.split("the clock here is ")[1]
        assert abs(int(words.split()[0]) - 400) <= 5
        assert words.split(" ", 1)[1].startswith(says.split(" ", 1)[1])


def test_what_sts_repeats_of_a_token_is_not_said(world: StandIn) -> None:
    world.spoil = lambda asked: refusal("ValidationError", f"1 error: '{asked.form['WebIdentityToken']}' is wrong")

    problem = seen(entered(world))

    assert "'***' is wrong" in problem.message


def test_nor_is_it_in_a_report_that_is_pushed(office: Desk, world: StandIn) -> None:
    """Plan, ledger, report and issue are looked through for it at the end of the test run, as all others are."""
    world.spoil = lambda asked: refusal("AccessDenied", f"{asked.form['WebIdentityToken']} is not trusted", 403)
    office.write({"tasks/idle.yaml": task("disable", f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0")})

    office.reconcile(0 * HOUR, expect=3)

    assert "*** is not trusted" in office.reported("report.json")


def test_nothing_of_a_secret_is_in_a_representation(world: StandIn) -> None:
    token = JobToken(world.url, world.request_secret)
    aws = entered(world)
    assert seen(aws) is False

    shown = repr((token, aws, aws._entrance, aws._entered))

    assert world.request_secret not in shown
    assert "'secret'" not in shown


@pytest.mark.parametrize("partition", REGIONS)
def test_each_partition_has_roles_and_endpoints_of_its_own(
    world: StandIn, monkeypatch: pytest.MonkeyPatch, partition: str
) -> None:
    accounts = {"web": {"id": WEB, "team": "t", "regions": [min(REGIONS[partition])]}}
    aws = entered(world, config=config(accounts=accounts))

    assert aws.enter("web") is None
    assert world.asked[0].form["RoleArn"] == f"arn:{partition}:iam::{WEB}:role/krampus-read"

    monkeypatch.delenv("AWS_ENDPOINT_URL_STS")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    home = HOME[partition]
    client = Sessions("77.1").session().client("sts", region_name=home)
    assert home in REGIONS[partition]
    assert client.meta.partition == partition
    assert client.meta.endpoint_url == f"https://sts.{home}.{SUFFIX.get(partition, 'amazonaws.com')}"


SUFFIX = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
REFUSING = {
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>",
}


@pytest.mark.parametrize(
    ("code", "message", "region", "off"),
    [
        ("AuthFailure", "AWS was not able to validate the provided access credentials", "ap-east-1", True),
        ("OptInRequired", "You are not subscribed to this service", "ap-east-1", True),
        ("InvalidClientTokenId", "The security token included in the request is invalid", "ap-east-1", True),
        ("AuthFailure", "Not authorized for images: [ami-1]", "ap-east-1", False),
        ("InvalidClientTokenId", "The security token included in the request is invalid", "us-east-1", False),
    ],
)
def test_a_region_that_is_not_enabled_is_called_so(  # noqa: PLR0913, PLR0917  a row of a table
    world: StandIn, gate: Gate, code: str, message: str, region: str, off: bool
) -> None:
    gate.refuse = lambda request: (
        ("401 Unauthorized", REFUSING["ec2"].format(code, message)) if request.service == "ec2" else None
    )

    problem = entered(world).look("web", region, lambda place: place.client("ec2").describe_instances())

    assert isinstance(problem, Problem)
    assert (f"region {region} is not enabled in account web" in problem.message) is off


def test_the_main_job_from_notice_to_act_without_any_key(office: Desk, world: StandIn, endpoint: str) -> None:
    web = Here(endpoint, WEB)
    (target,) = instances(web)
    office.write({"tasks/idle.yaml": task("disable", target)})

    office.reconcile(0 * HOUR)
    office.reconcile(1 * DAY)

    assert state(web, target) == "stopped"
    assert [(asked.account, asked.role) for asked in world.asked] == [
        (WEB, "krampus-read"),
        (WEB, "krampus-read"),
        (WEB, "krampus-act"),
    ]
    policy = json.loads(world.asked[-1].form["Policy"])
    assert policy["Statement"][0]["Sid"] == "OnlyWhatThePlanTakes"
