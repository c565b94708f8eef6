"""S3 buckets: closed to the public and opened again as they were; emptied and deleted, never past a protection."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from pydantic import ValidationError

from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced as Delete
from reconciler.resources.kind import Refused
from reconciler.resources.s3_bucket import KIND, Close, disable, kill, observe, observe_contents
from reconciler.resources.shared.s3_grants import GROUPS
from tests.aws import DATA, WEB, Here, send
from tests.resources.example import Example
from tests.resources.s3_bucket import ALL, EXAMPLES, KEEP, MINE, NAME, OPEN, TLS, grant, make, make_full, policy

WHOSE = {"Bucket": NAME, "ExpectedBucketOwner": WEB}
OWNER, PARTNER, ORIGIN = "a" * 64, "b" * 64, "c" * 96


def bucket(**facts: Any) -> Resource:
    usual = {
        "account": WEB,
        "partition": "aws",
        "access_block": None,
        "owner": OWNER,
        "grants": [grant(OWNER, "FULL_CONTROL")],
        "ownership": "ObjectWriter",
        "policy": None,
        "mfa": False,
        "lock": False,
        "versions": [],
        "markers": [],
        "uploads": [],
        "more": False,
    }
    return Resource(NAME, {**usual, **facts}, region="eu-west-1")


# --- worlds


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "disable"], ids=str)
def test_disable_does_what_is_asked_once_and_its_undo_restores_everything(here: Here, example: Example) -> None:
    arn, options = example.make(here), Close(**example.options)
    (before,) = observe(here, [NAME])
    assert not example.stands(here, arn)

    calls = disable(before, options)
    send(here, calls)
    (after,) = observe(here, [NAME])
    assert example.stands(here, arn)
    assert disable(after, options) == []

    undo = [call.undo for call in reversed(calls) if call.undo]
    assert len(undo) == len(calls) == 1
    send(here, undo)
    assert list(observe(here, [NAME])) == [before]


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.action == "kill"], ids=str)
def test_kill_leaves_nothing_but_the_neighbour(here: Here, example: Example) -> None:
    arn = example.make(here)
    (seen,) = observe_contents(here, [NAME])

    send(here, kill(seen, Delete(**example.options)))
    assert example.stands(here, arn)
    assert list(observe_contents(here, [NAME])) == []


# --- looking


@dataclass(frozen=True)
class Stubs:
    """A Place whose every region answers what was written down for it, in that order, and nothing else."""

    stubs: dict[str, Stubber]
    account: str = WEB
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        assert service == "s3"
        return self.stubs[region or self.region].client


def stub(region: str) -> Stubber:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    stubber = Stubber(boto3.client("s3", region_name=region, **keys))
    stubber.activate()
    return stubber


@pytest.fixture
def aws() -> Stubs:
    return Stubs({region: stub(region) for region in ("us-east-1", "eu-west-1", "eu-north-1")})


def lists(place: Stubs, *found: dict[str, Any], after: str = "") -> None:
    asked = {"Prefix": NAME, "MaxBuckets": 1000} | ({"ContinuationToken": after} if after else {})
    place.stubs["us-east-1"].add_response("list_buckets", {"Buckets": list(found)}, asked)


def denies(place: Stubs, operation: str, status: int, code: str, region: str = "eu-west-1") -> None:
    place.stubs[region].add_client_error(operation, code, http_status_code=status, expected_params=WHOSE)


BORN = datetime(2019, 4, 1, 12, tzinfo=UTC)
LISTED = {"Name": NAME, "CreationDate": BORN, "BucketRegion": "eu-north-1"}


def test_a_bucket_is_found_among_its_likes_and_asked_in_its_own_region(aws: Stubs) -> None:
    like = {"Name": f"{NAME}-2", "CreationDate": BORN, "BucketRegion": "eu-west-1"}
    first = {"Buckets": [like], "ContinuationToken": "next"}
    aws.stubs["us-east-1"].add_response("list_buckets", first, {"Prefix": NAME, "MaxBuckets": 1000})
    lists(aws, LISTED, after="next")
    north = aws.stubs["eu-north-1"]
    north.add_response("get_bucket_tagging", {"TagSet": [{"Key": "team", "Value": "web"}]}, WHOSE)
    north.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": ALL}, WHOSE)
    north.add_response("get_bucket_policy", {"Policy": json.dumps(policy(OPEN))}, WHOSE)
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    north.add_response("get_bucket_ownership_controls", rules, WHOSE)
    named = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER, "DisplayName": "web"}, "Permission": "FULL_CONTROL"}
    acl = {"Owner": {"ID": OWNER}, "Grants": [grant("LogDelivery", "WRITE"), named]}
    north.add_response("get_bucket_acl", acl, WHOSE)

    (seen,) = observe(aws, [NAME])

    assert (seen.name, seen.region, seen.created, seen.tags) == (NAME, "eu-north-1", BORN, {"team": "web"})
    assert seen.facts == {
        "account": WEB,
        "partition": "aws",
        "access_block": ALL,
        "owner": OWNER,
        "grants": [grant(OWNER, "FULL_CONTROL"), grant("LogDelivery", "WRITE")],
        "ownership": "BucketOwnerEnforced",
        "policy": policy(OPEN),
    }


def test_a_name_that_nobody_has_is_gone(aws: Stubs) -> None:
    lists(aws)
    denies(aws, "head_bucket", 404, "404")

    assert list(observe(aws, [NAME])) == []


def test_a_bucket_of_somebody_else_is_never_gone(aws: Stubs) -> None:
    lists(aws)
    denies(aws, "head_bucket", 403, "403")

    with pytest.raises(ClientError, match="403"):
        list(observe(aws, [NAME]))


def test_a_bucket_that_the_account_does_not_list_is_not_acted_on(here: Here) -> None:
    make(here)

    with pytest.raises(ClientError, match="not among the account's buckets"):
        list(observe(replace(here, account=DATA), [NAME]))
    assert list(observe(here, ["acme-asset"])) == []


def test_a_denied_read_is_not_taken_for_none(aws: Stubs) -> None:
    lists(aws, LISTED)
    denies(aws, "get_bucket_tagging", 404, "NoSuchTagSet", "eu-north-1")
    denies(aws, "get_public_access_block", 403, "AccessDenied", "eu-north-1")

    with pytest.raises(ClientError, match="AccessDenied"):
        list(observe(aws, [NAME]))


def test_where_no_region_knows_the_date_of_creation_none_is_told(here: Here) -> None:
    make(here)

    (at_home,) = observe(here, [NAME])
    (in_china,) = observe(replace(here, partition="aws-cn"), [NAME])
    assert at_home.created
    assert at_home.created.tzinfo is UTC
    assert at_home.region == "eu-west-1"
    assert in_china.created is None


def page(number: int, more: bool, versions: list[str], markers: list[str]) -> dict[str, Any]:
    entries = {"Versions": versions, "DeleteMarkers": markers}
    listed = {what: [{"Key": key, "VersionId": f"{number}"} for key in keys] for what, keys in entries.items()}
    last = {"NextKeyMarker": max(versions + markers), "NextVersionIdMarker": f"{number}"} if more else {}
    return {"IsTruncated": more, **listed, **last}


def contents(place: Stubs, *pages: dict[str, Any], lock: bool = False, **versioning: str) -> Resource:
    home = place.stubs["eu-west-1"]
    lists(place, {**LISTED, "BucketRegion": "eu-west-1"})
    denies(place, "get_bucket_tagging", 404, "NoSuchTagSet")
    denies(place, "get_public_access_block", 404, "NoSuchPublicAccessBlockConfiguration")
    denies(place, "get_bucket_policy", 404, "NoSuchBucketPolicy")
    denies(place, "get_bucket_ownership_controls", 404, "OwnershipControlsNotFoundError")
    home.add_response("get_bucket_acl", {"Owner": {"ID": OWNER}, "Grants": []}, WHOSE)
    if lock:
        locked = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
        home.add_response("get_object_lock_configuration", locked, WHOSE)
    else:
        denies(place, "get_object_lock_configuration", 404, "ObjectLockConfigurationNotFoundError")
    home.add_response("get_bucket_versioning", versioning, WHOSE)
    for answer in pages:
        home.add_response("list_object_versions", answer)
    home.add_response("list_multipart_uploads", {"IsTruncated": False}, {**WHOSE, "MaxUploads": 250})
    (seen,) = observe_contents(place, [NAME])
    home.assert_no_pending_responses()
    return seen


def test_one_look_is_three_pages_and_knows_that_there_is_more(aws: Stubs) -> None:
    seen = contents(aws, page(1, True, ["a"], []), page(2, True, ["b"], ["b"]), page(3, True, ["c"], ["d"]))

    assert seen.facts["more"]
    assert [version["Key"] for version in seen.facts["versions"]] == ["a", "b", "c"]
    # d is cut off: its older versions may be on the next page, and its marker hides them.
    assert [marker["Key"] for marker in seen.facts["markers"]] == ["b"]


def test_a_key_with_nothing_but_markers_does_not_hold_everything_up(aws: Stubs) -> None:
    seen = contents(aws, *(page(number, True, [], ["d"]) for number in (1, 2, 3)))

    assert len(seen.facts["markers"]) == 3


def test_a_look_to_the_end_shows_everything(aws: Stubs) -> None:
    seen = contents(aws, page(1, True, ["a"], ["a"]), page(2, False, ["b"], ["c"]))

    assert not seen.facts["more"]
    assert [marker["Key"] for marker in seen.facts["markers"]] == ["a", "c"]
    assert not seen.facts["lock"]
    assert not seen.facts["mfa"]


def test_protections_of_what_is_inside_are_seen(aws: Stubs) -> None:
    seen = contents(aws, page(1, False, ["a"], []), lock=True, Status="Enabled", MFADelete="Enabled")

    assert seen.facts["lock"]
    assert seen.facts["mfa"]


# --- disable


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


# --- kill


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


@pytest.mark.parametrize("name", ["acme-assets", "Old_Bucket.of.us-east-1", "abc"])
def test_names_of_buckets(name: str) -> None:
    assert re.fullmatch(KIND.pattern, name)


@pytest.mark.parametrize("name", ["ab", "a/key", "acme*", "logs--euw1-az1--x-s3", "tables--table-s3", "point-s3alias"])
def test_objects_wildcards_and_other_kinds_of_bucket_are_not_buckets(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
