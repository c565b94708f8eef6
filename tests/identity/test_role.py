"""Roles assumed from the credentials at hand, and credentials that end in the middle of a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from reconciler.demo.server import Gate
from reconciler.model.call import Call
from reconciler.model.sighting import Trouble
from tests.aws import WEB
from tests.identity.conftest import with_keys
from tests.identity.enter import config, entered, seen
from tests.identity.stand_in import Answer, Asked, StandIn, refusal

ROLE = {"credentials": "role"}
EXPIRED = (
    "<Response><Errors><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired"
    "</Message></Error></Errors></Response>"
)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Now, and as much as it was moved."""
        return datetime.now(UTC) + self.ahead

    def move(self, world: StandIn, by: timedelta) -> None:
        """STS's clock goes with it."""
        self.ahead += by
        world.ahead += by


def test_a_role_is_assumed_with_the_keys_at_hand_and_the_external_id(
    world: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_keys(monkeypatch)
    world.external_id = "acme:krampus"

    assert seen(entered(world, config=config(aws={**ROLE, "external_id": "acme:krampus"}))) is False
    problem = seen(entered(world, config=config(aws=ROLE)))

    first, second = world.asked
    assert (first.action, first.signed, first.form["ExternalId"]) == ("AssumeRole", True, "acme:krampus")
    assert "ExternalId" not in second.form
    assert "cannot be assumed with the credentials here" in problem.message and "`external_id`" in problem.message
    assert world.tokens == []


@pytest.mark.parametrize("way", ["oidc", "ambient"])
def test_an_external_id_that_nobody_would_send_is_a_fault(way: str) -> None:
    with pytest.raises(ValidationError, match="is not sent with"):
        config(aws={"credentials": way, "external_id": "acme:krampus"})


def test_without_any_credentials_it_says_so(world: StandIn) -> None:
    assert "there are no AWS credentials here" in seen(entered(world, config=config(aws=ROLE))).message


@pytest.mark.parametrize("way", ["role", "oidc"])
def test_credentials_are_renewed_before_they_end(world: StandIn, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    with_keys(monkeypatch)
    clock = Clock()
    aws = entered(world, config=config(aws={"credentials": way}), clock=clock)
    for minutes, asked in ((0, 1), (44, 1), (2, 2), (10, 2), (50, 3)):
        clock.move(world, timedelta(minutes=minutes))
        assert seen(aws) is False
        assert len(world.asked) == asked, minutes


def test_a_renewal_that_fails_early_is_not_noticed_and_one_at_the_end_is_said(
    world: StandIn, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    aws = entered(world, clock=clock)
    assert seen(aws) is False
    world.trusts = {}

    clock.move(world, timedelta(minutes=50))
    assert [seen(aws), seen(aws)] == [False, False]
    assert len(world.asked) == 2  # not with each request
    clock.move(world, timedelta(minutes=2))
    assert seen(aws) is False
    assert len(world.asked) == 3

    clock.move(world, timedelta(minutes=7))
    assert "does not let this job in" in seen(aws).message
    assert capfd.readouterr() == ("", "")  # no traceback of the SDK's


def test_a_call_in_a_session_that_aws_ended_early_is_sent_once_more_in_a_new_one(world: StandIn, gate: Gate) -> None:
    aws = entered(world, "act")
    ended = iter([("400 Bad Request", EXPIRED)])
    gate.refuse = lambda request: next(ended, None) if request.service == "ec2" else None
    call = Call(service="ec2", operation="create_tags", arguments={"Resources": ["vpc-1"], "Tags": []})

    problem = aws.send("web", "eu-west-1", call)

    assert problem is None or problem.trouble is not Trouble.CREDENTIALS  # moto has no such VPC
    assert [asked.role for asked in world.asked] == ["krampus-act"] * 2
    assert len(set(world.tokens)) == 2


def test_no_call_is_sent_when_the_session_can_not_be_renewed(world: StandIn, gate: Gate) -> None:
    clock = Clock()
    aws = entered(world, "act", clock=clock)
    assert aws.enter("web") is None
    clock.move(world, timedelta(minutes=59))
    world.trusts = {}
    gate.requests.clear()

    problem = aws.send(
        "web", "eu-west-1", Call(service="ec2", operation="stop_instances", arguments={"InstanceIds": ["i"]})
    )

    assert problem and problem.trouble is Trouble.CREDENTIALS
    assert gate.requests == []


def test_credentials_that_have_ended_already_are_said_and_no_error_of_the_sdk(world: StandIn) -> None:
    world.lasts = timedelta(minutes=-1)

    assert "STS gave credentials that have expired" in seen(entered(world)).message


def test_a_throttled_sts_is_asked_again(world: StandIn) -> None:
    refused: list[Asked] = []

    def once(asked: Asked) -> Answer | None:
        refused.append(asked)
        return refusal("Throttling", "Rate exceeded") if len(refused) == 1 else None

    world.spoil = once

    assert seen(entered(world)) is False
    assert [asked.account for asked in world.asked] == [WEB, WEB]
