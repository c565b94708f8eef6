"""IAM roles: denied everything or deleted, never one that belongs to an AWS service."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.iam_role import KIND, disable, kill, observe
from reconciler.resources.kind import Kill, Options, Refused
from tests.aws import Here, send
from tests.resources.iam_role import READ, TRUST, make, make_where_aws_denies


def role(**facts: object) -> Resource:
    usual = {"id": "AROA1", "path": "/", "inline": {}, "attached": [], "profiles": [], "deny_all": ""}
    return Resource("deploy", {**usual, **facts})


def look(here: Here) -> Resource:
    (seen,) = observe(here, ["deploy", "nobody"])
    return seen


def test_a_role_is_seen_with_what_it_has(here: Here) -> None:
    make(here)
    seen = look(here)

    facts = dict(seen.facts)
    assert len(facts.pop("id")) > 15
    assert facts == {
        "path": "/ci/",
        "inline": {"inline": READ},
        "attached": [f"arn:aws:iam::{here.account}:policy/read"],
        "profiles": ["deploy-profile"],
        "deny_all": "",
    }
    assert seen.created
    assert seen.created.tzinfo


def test_a_namesake_created_later_is_another_role(here: Here) -> None:
    make(here)
    before = look(here)
    send(here, kill(before, Kill()))
    here.client("iam").create_role(RoleName="deploy", Path="/ci/", AssumeRolePolicyDocument=json.dumps(TRUST))

    assert look(here).facts["id"] != before.facts["id"]


@pytest.mark.parametrize("world", [make, make_where_aws_denies])
def test_disable_is_undone_exactly(here: Here, world: Callable[[Here], str]) -> None:
    world(here)
    before = look(here)
    calls = disable(before, Options())
    send(here, calls)
    assert disable(look(here), Options()) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    assert look(here) == before


def test_kill_sends_what_aws_wants_in_its_order() -> None:
    calls = kill(role(inline={"b": READ, "a": READ}, attached=["arn:x"], profiles=["p", "q"]), Kill())

    assert [(call.operation, *sorted(call.arguments.values())) for call in calls] == [
        ("delete_role_policy", "a", "deploy"),
        ("delete_role_policy", "b", "deploy"),
        ("remove_role_from_instance_profile", "deploy", "p"),
        ("remove_role_from_instance_profile", "deploy", "q"),
        ("detach_role_policy", "arn:x", "deploy"),
        ("delete_role", "deploy"),
    ]


@pytest.mark.parametrize("verb", [lambda seen: disable(seen, Options()), lambda seen: kill(seen, Kill())])
@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/aws-service-role/autoscaling.amazonaws.com/", "service-linked role of autoscaling.amazonaws.com"),
        ("/aws-reserved/sso.amazonaws.com/eu-west-1/", "Identity Center"),
    ],
)
def test_a_role_of_a_service_is_left_to_it(verb: Callable[[Resource], list[Call]], path: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        verb(role(path=path))


def test_a_role_in_the_path_of_services_is_ordinary() -> None:
    assert kill(role(path="/service-role/"), Kill())
    assert disable(role(path="/service-role/"), Options())


def test_moto_knows_service_linked_roles(here: Here) -> None:
    here.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    (seen,) = KIND.observe(here, ["AWSServiceRoleForAutoScaling"])

    with pytest.raises(Refused):
        kill(seen, Kill())
