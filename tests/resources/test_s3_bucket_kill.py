"""S3 buckets, killed: sealed, emptied and deleted, never past a protection."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Refused
from reconciler.resources.s3_bucket import kill, observe_contents
from tests.aws import WEB, Here, send
from tests.resources.example import Example
from tests.resources.s3_bucket import EXAMPLES, KEEP, MINE, NAME, OPEN, TLS, make_full, policy
from tests.resources.seen_bucket import WHOSE, bucket


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "kill"], ids=str)
def test_kill_leaves_nothing_but_the_neighbour(here: Here, example: Example) -> None:
    arn = example.make(here)
    (seen,) = observe_contents(here, [NAME])

    send(here, kill(seen, Delete(**example.options)))
    assert example.stands(here, arn)
    assert list(observe_contents(here, [NAME])) == []


def versions(*keys: str) -> list[dict[str, str]]:
    return [{"Key": key, "VersionId": "null"} for key in keys]


def sealed(call: Any) -> list[Any]:
    assert call.operation == "put_bucket_policy"
    kept: list[Any]
    *kept, lock = json.loads(call.arguments["Policy"])["Statement"]
    assert lock["Effect"] == "Deny"
    assert lock["Principal"] == "*"
    assert "s3:PutObject" in lock["Action"]
    assert lock["Resource"] == f"arn:aws:s3:::{NAME}/*"
    return kept


def test_an_empty_bucket_is_just_deleted() -> None:
    assert [call.operation for call in kill(bucket(policy=policy(OPEN)), Delete())] == ["delete_bucket"]


def test_it_is_sealed_first_and_deleted_last_and_markers_go_after_versions() -> None:
    upload = {"Key": "huge", "UploadId": "u"}
    seen = bucket(versions=versions(*(f"{n:04}" for n in range(2001))), markers=versions("a"), uploads=[upload])

    first, abort, *deletes, last = kill(seen, Delete())
    assert sealed(first) == []
    assert (abort.operation, abort.arguments) == ("abort_multipart_upload", {**WHOSE, **upload})
    batches = [delete.arguments["Delete"]["Objects"] for delete in deletes]
    assert [len(batch) for batch in batches] == [1000, 1000, 1, 1]
    assert [entry for batch in batches for entry in batch] == seen.facts["versions"] + seen.facts["markers"]
    assert (last.operation, last.arguments) == ("delete_bucket", WHOSE)


def test_with_more_inside_the_bucket_waits_for_a_later_run() -> None:
    calls = kill(bucket(versions=versions("a"), more=True), Delete())

    assert [call.operation for call in calls] == ["put_bucket_policy", "delete_objects"]


def test_it_is_sealed_once(here: Here) -> None:
    make_full(here)
    (seen,) = observe_contents(here, [NAME])
    first, *_ = kill(seen, Delete())
    send(here, [first])

    (again,) = observe_contents(here, [NAME])
    assert first.operation == "put_bucket_policy"
    assert "put_bucket_policy" not in [call.operation for call in kill(again, Delete())]


def test_sealing_keeps_what_denies_and_drops_what_allows() -> None:
    first, *_ = kill(bucket(versions=versions("a"), policy=policy(OPEN, MINE, TLS)), Delete())

    assert sealed(first) == [TLS]


def test_a_guard_that_comes_after_the_seal_is_lifted_by_force_too() -> None:
    first, *_ = kill(bucket(versions=versions("a")), Delete())
    seal = json.loads(first.arguments["Policy"])["Statement"]

    again, *_ = kill(bucket(versions=versions("a"), policy=policy(*seal, KEEP, TLS)), Delete(force=True))
    assert sealed(again) == [TLS]


def test_keys_that_xml_cannot_carry_go_one_by_one() -> None:
    odd = versions("a", "ctl\x01", "tab\t")
    _seal, batch, single, _last = kill(bucket(versions=odd), Delete())

    assert [entry["Key"] for entry in batch.arguments["Delete"]["Objects"]] == ["a", "tab\t"]
    assert (single.operation, single.arguments) == ("delete_object", {**WHOSE, **odd[1]})


@pytest.mark.parametrize(
    ("protection", "says"), [({"lock": True}, "object lock is on"), ({"mfa": True}, "MFA delete is on")]
)
def test_kill_refuses_what_cannot_be_deleted_unless_nothing_is_left(protection: dict[str, Any], says: str) -> None:
    for inside in ({"versions": versions("a")}, {"markers": versions("a")}):
        with pytest.raises(Refused, match=says):
            kill(bucket(**protection, **inside), Delete(force=True))
    assert [call.operation for call in kill(bucket(**protection), Delete())] == ["delete_bucket"]


ROOT = {"AWS": f"arn:aws:iam::{WEB}:root"}


@pytest.mark.parametrize(
    "denial",
    [
        KEEP,
        {**KEEP, "Action": "s3:deleteobject"},
        {**KEEP, "Action": "*"},
        {**KEEP, "Principal": {"AWS": ["*"]}},
        {"Effect": "Deny", "NotPrincipal": ROOT, "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*", "s3:DeleteObject*"], "Resource": "*"},
    ],
)
def test_a_policy_that_forbids_deleting_is_lifted_by_force_alone(denial: dict[str, Any]) -> None:
    for inside in ([], versions("a")):
        seen = bucket(policy=policy(denial, TLS), versions=inside)
        with pytest.raises(Refused, match="forbids everybody to delete"):
            kill(seen, Delete())
        first, *_, last = kill(seen, Delete(force=True))
        assert sealed(first) == [TLS]
        assert last.operation == "delete_bucket"


@pytest.mark.parametrize(
    "denial",
    [
        TLS,
        {**KEEP, "Principal": ROOT},
        {**KEEP, "Effect": "Allow"},
        {**KEEP, "Action": "s3:PutObject"},
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:Delete*", "Resource": "*"},
    ],
)
def test_other_statements_do_not_hold_it_up(denial: dict[str, Any]) -> None:
    assert kill(bucket(policy=policy(denial)), Delete())[-1].operation == "delete_bucket"
