"""IAM groups: without policies, or gone; the members are never touched, and never set free of a denial unasked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.sighting import Resource
from reconciler.model.task import Action
from reconciler.resources.iam_group import KIND, Disable, disable, kill
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Refused
from tests.aws import Here, seen_by, send
from tests.resources.iam_group import ADMIN, NO_MFA, READ, make
from tests.stubbed import Stubbed


def group(**facts: object) -> Resource:
    usual = {"id": "AGPA1", "inline": {}, "attached": [], "denying": [], "members": []}
    return Resource("ops", {**usual, **facts})


def look(here: Here, verb: Action = "disable") -> Resource:
    (seen,) = seen_by(KIND, verb, here, ["ops", "nobody"])
    return seen


def sent(calls: list[Any]) -> list[tuple[str, ...]]:
    return [(call.operation, *call.arguments.values()) for call in calls]


def test_a_group_is_seen_with_what_it_has(here: Here) -> None:
    make(here)
    seen = look(here, "kill")

    facts = dict(seen.facts)
    assert len(facts.pop("id")) > 15
    assert facts == {
        "path": "/teams/",
        "inline": {"inline": READ, "second": READ},
        "attached": [f"arn:aws:iam::{here.account}:policy/read", ADMIN],
        "denying": [],
        "members": ["ann", "bob"],
    }
    assert seen.created
    assert seen.created.tzinfo


def test_a_namesake_created_later_is_another_group(here: Here) -> None:
    make(here)
    before = look(here, "kill")
    send(here, kill(before, Delete()))
    here.client("iam").create_group(GroupName="ops", Path="/teams/")

    assert look(here).facts["id"] != before.facts["id"]


@pytest.mark.parametrize("options", [Disable(), Disable(policy_arn=ADMIN), Disable(policy_name="inline")])
def test_disable_is_undone_exactly(here: Here, options: Disable) -> None:
    make(here)
    before = look(here, "kill")
    calls = disable(look(here), options)
    send(here, calls)
    assert calls
    assert disable(look(here), options) == []

    send(here, [call.undo for call in reversed(calls) if call.undo])
    assert look(here, "kill") == before


def test_a_policy_that_the_group_has_not_needs_nothing() -> None:
    other = group(inline={"inline": READ}, attached=["arn:aws:iam::123456789012:policy/read"])

    assert disable(other, Disable(policy_arn=ADMIN)) == []
    assert disable(other, Disable(policy_name="other")) == []


def test_kill_empties_the_group_first_though_moto_would_not_ask_for_it() -> None:
    calls = kill(group(inline={"b": READ, "a": READ}, attached=[ADMIN], members=["ann", "bob"]), Delete())

    assert sent(calls) == [
        ("remove_user_from_group", "ops", "ann"),
        ("remove_user_from_group", "ops", "bob"),
        ("detach_group_policy", "ops", ADMIN),
        ("delete_group_policy", "ops", "a"),
        ("delete_group_policy", "ops", "b"),
        ("delete_group", "ops"),
    ]
    assert [bool(call.undo) for call in calls] == [True] * 5 + [False]


@pytest.mark.parametrize(
    "facts",
    [
        {"inline": {"no-mfa": NO_MFA}},
        {"inline": {"no-mfa": {"Version": "2012-10-17", "Statement": [READ["Statement"][0], NO_MFA["Statement"]]}}},
        {
            "attached": ["arn:aws:iam::123456789012:policy/no-mfa"],
            "denying": ["arn:aws:iam::123456789012:policy/no-mfa"],
        },
    ],
)
def test_a_denial_is_not_taken_from_the_members_unless_forced(facts: dict[str, Any]) -> None:
    guarded = group(**facts)

    with pytest.raises(Refused, match="no-mfa denies the members"):
        disable(guarded, Disable())
    with pytest.raises(Refused, match="no-mfa denies the members"):
        kill(guarded, Delete())
    assert disable(guarded, Disable(force=True))
    assert kill(guarded, Delete(force=True))


def test_a_denial_that_stays_is_no_reason_to_refuse() -> None:
    guarded = group(inline={"no-mfa": NO_MFA, "read": READ}, attached=["arn:x"], denying=["arn:x"])

    assert sent(disable(guarded, Disable(policy_name="read"))) == [("delete_group_policy", "ops", "read")]


def test_attached_policies_are_read_for_denials(here: Here) -> None:
    make(here)
    iam = here.client("iam")
    policy = iam.create_policy(PolicyName="no-mfa", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="ops", PolicyArn=policy)
    assert look(here).facts["denying"] == []

    iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(NO_MFA), SetAsDefault=True)
    assert look(here).facts["denying"] == [policy]


def test_a_policy_that_cannot_be_read_is_not_taken_for_harmless() -> None:
    attached = [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMIN}]
    detail = {"Path": "/", "GroupName": "ops", "GroupId": "AGPA1234567890123OPS", "AttachedManagedPolicies": attached}
    detail |= {"CreateDate": "2026-01-05T00:00:00Z"}
    asked = {"Filter": ["Group"], "MaxItems": 1000}
    with Stubbed("iam") as place:
        place.answers("get_account_authorization_details", asked, {"GroupDetailList": [detail], "IsTruncated": False})
        place.fails("get_policy", "AccessDenied", status=403)

        with pytest.raises(place.client("iam").exceptions.ClientError, match="AccessDenied"):
            seen_by(KIND, "disable", place, ["ops"])


@pytest.mark.parametrize("options", [{"policy_arn": "AdministratorAccess"}, {"policy_name": "a b"}, {"policy": "x"}])
def test_options_that_name_no_policy_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Disable(**options)  # type: ignore[arg-type]  # pydantic checks it
