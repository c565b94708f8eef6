"""S3 buckets, disabled: closed to the public or to whom a task names, and opened again as they were."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Refused
from reconciler.resources.s3_bucket import KIND, Close, disable
from reconciler.resources.shared.s3_grants import GROUPS
from tests.aws import Here, seen_by, send
from tests.resources.bucket_parts import ALL, NAME, OPEN, grant, policy
from tests.resources.drawn_bucket import change
from tests.resources.example import Example
from tests.resources.s3_bucket import EXAMPLES
from tests.resources.seen_bucket import OWNER, bucket

PARTNER, ORIGIN = "b" * 64, "c" * 96


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "disable"], ids=str)
def test_disable_does_what_is_asked_once_and_its_undo_restores_everything(here: Here, example: Example) -> None:
    arn, options = example.make(here), Close(**example.options)
    (before,) = seen_by(KIND, "disable", here, [NAME])
    assert not example.stands(here, arn)

    calls = disable(before, options)
    send(here, calls)
    (after,) = seen_by(KIND, "disable", here, [NAME])
    assert example.stands(here, arn)
    assert disable(after, options) == []

    undo = [call.undo for call in reversed(calls) if call.undo]
    assert len(undo) == len(calls) == 1
    send(here, undo)
    assert list(seen_by(KIND, "disable", here, [NAME])) == [before]


@pytest.mark.parametrize("options", [Close(mode="acl"), Close(principal=OWNER), Close(principal="AllUsers")])
def test_with_acls_switched_off_no_grant_counts(options: Close) -> None:
    assert disable(bucket(ownership="BucketOwnerEnforced", grants=[grant("AllUsers", "READ")]), options) == []


def test_the_owner_is_not_shut_out() -> None:
    with pytest.raises(Refused, match="owns the bucket"):
        disable(bucket(), Close(principal=OWNER, permissions=["WRITE"]))


def test_an_acl_with_public_grants_is_not_sent_where_aws_refuses_it() -> None:
    seen = bucket(access_block=ALL, grants=[grant("AllUsers", "READ"), grant("AllUsers", "WRITE")])

    with pytest.raises(Refused, match="BlockPublicAcls is on"):
        disable(seen, Close(principal="AllUsers", permissions=["WRITE"]))
    assert len(disable(seen, Close(principal="AllUsers"))) == 1


def left(seen: Resource, options: Close) -> list[Any]:
    (call,) = disable(seen, options)
    assert call.arguments["AccessControlPolicy"]["Owner"] == {"ID": OWNER}
    return list(call.arguments["AccessControlPolicy"]["Grants"])


def test_what_full_control_contains_is_left_and_not_twice() -> None:
    mine = grant(OWNER, "FULL_CONTROL")
    seen = bucket(grants=[mine, grant(PARTNER, "FULL_CONTROL"), grant(PARTNER, "READ"), grant(PARTNER, "READ_ACP")])

    rest = left(seen, Close(principal=PARTNER, permissions=["READ", "WRITE"]))
    assert rest == [mine, grant(PARTNER, "READ_ACP"), grant(PARTNER, "WRITE_ACP")]
    rest = left(seen, Close(principal=PARTNER, permissions=["FULL_CONTROL"]))
    assert rest == [mine, grant(PARTNER, "READ"), grant(PARTNER, "READ_ACP")]


@pytest.mark.promise(5)
@pytest.mark.parametrize("modes", list(permutations(("public", "acl", "policy"))), ids=", ".join)
def test_what_was_closed_last_is_opened_first(modes: tuple[str, ...]) -> None:
    # AWS takes no public grant or policy back while a block that came after it is on.
    facts: dict[str, Any] = {"access_block": None, "grants": [grant("AllUsers", "READ")], "policy": policy(OPEN)}
    acts: list[Call] = []
    for mode in modes:
        (call,) = disable(bucket(**facts), Close.model_validate({"mode": mode}))
        acts.insert(0, call)
        change(facts, call)

    assert KIND.undo_calls(bucket(**facts), acts).calls == [call.reversed for call in acts]


def test_an_acl_may_end_up_empty() -> None:
    # moto cannot show it: it answers no more for a bucket whose ACL is empty.
    assert left(bucket(grants=[grant("AllUsers", "READ")]), Close(principal="AllUsers")) == []


def test_a_principal_is_a_group_by_name_or_uri_or_a_canonical_id() -> None:
    assert Close(principal="AllUsers").principal == Close(principal=GROUPS["AllUsers"]).principal == GROUPS["AllUsers"]
    assert Close(principal=ORIGIN).principal == ORIGIN


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"principal": "Everyone"}, "write AllUsers, AuthenticatedUsers, LogDelivery"),
        ({"principal": ""}, "write AllUsers"),
        ({"permissions": ["READ"]}, "name it too"),
        ({"principal": "AllUsers", "permissions": []}, "at least 1"),
        ({"principal": "AllUsers", "permissions": ["READ_ALL"]}, "FULL_CONTROL"),
        ({"principal": "AllUsers", "mode": "acl"}, "either"),
        ({"mode": "all"}, "'public', 'acl' or 'policy'"),
    ],
)
def test_options_that_say_nothing_or_two_things_are_not_taken(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Close(**options)
