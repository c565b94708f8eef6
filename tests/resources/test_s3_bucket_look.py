"""S3 buckets, looked at: found where they are and read whole, and nothing that is denied taken for none."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from reconciler.model.sighting import Resource
from reconciler.resources.s3_bucket import KIND
from tests.aws import DATA, WEB, Alone, Here, seen_by
from tests.resources.bucket_parts import ALL, NAME, OPEN, grant, policy
from tests.resources.s3_bucket import make
from tests.resources.seen_bucket import OWNER, WHOSE
from tests.sdk import offline


@dataclass(frozen=True)
class Stubs(Alone):
    """A Place whose every region answers what was written down for it, in that order, and nothing else."""

    stubs: dict[str, Stubber]
    account: str = WEB
    region: str = "eu-west-1"
    partition: str = "aws"

    def client(self, service: str, region: str = "") -> Any:
        return self.stubs["s3control" if service == "s3control" else region or self.region].client


def stub(region: str, service: str = "s3") -> Stubber:
    stubber = Stubber(offline(service, region))
    stubber.activate()
    return stubber


@pytest.fixture
def aws() -> Stubs:
    regions = {region: stub(region) for region in ("us-east-1", "eu-west-1", "eu-north-1")}
    return Stubs({**regions, "s3control": stub("eu-west-1", "s3control")})


def lists(place: Stubs, *found: dict[str, Any], after: str = "") -> None:
    asked: dict[str, Any] = {"MaxBuckets": 1000} | ({"ContinuationToken": after} if after else {})
    place.stubs["us-east-1"].add_response("list_buckets", {"Buckets": list(found)}, asked)


def denies(place: Stubs, operation: str, status: int, code: str, region: str = "eu-west-1") -> None:
    place.stubs[region].add_client_error(operation, code, http_status_code=status, expected_params=WHOSE)


BORN = datetime(2019, 4, 1, 12, tzinfo=UTC)
LISTED = {"Name": NAME, "CreationDate": BORN, "BucketRegion": "eu-north-1"}


def test_a_bucket_is_found_among_its_likes_and_asked_in_its_own_region(aws: Stubs) -> None:
    like = {"Name": f"{NAME}-2", "CreationDate": BORN, "BucketRegion": "eu-west-1"}
    first = {"Buckets": [like], "ContinuationToken": "next"}
    aws.stubs["us-east-1"].add_response("list_buckets", first, {"MaxBuckets": 1000})
    lists(aws, LISTED, after="next")
    north = aws.stubs["eu-north-1"]
    north.add_response("get_public_access_block", {"PublicAccessBlockConfiguration": ALL}, WHOSE)
    north.add_response("get_bucket_policy", {"Policy": json.dumps(policy(OPEN))}, WHOSE)
    named = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER, "DisplayName": "web"}, "Permission": "FULL_CONTROL"}
    acl = {"Owner": {"ID": OWNER}, "Grants": [grant("LogDelivery", "WRITE"), named]}
    north.add_response("get_bucket_acl", acl, WHOSE)
    rules = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
    north.add_response("get_bucket_ownership_controls", rules, WHOSE)

    (seen,) = seen_by(KIND, "disable", aws, [NAME])

    assert (seen.name, seen.region, seen.created) == (NAME, "eu-north-1", BORN)
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

    assert list(seen_by(KIND, "disable", aws, [NAME])) == []


UNPLACED = {key: value for key, value in LISTED.items() if key != "BucketRegion"}


def test_a_bucket_that_was_deleted_since_it_was_listed_is_gone(aws: Stubs) -> None:
    lists(aws, UNPLACED)
    denies(aws, "head_bucket", 404, "404")

    assert list(seen_by(KIND, "disable", aws, [NAME])) == []


@pytest.mark.parametrize(("listed", "fails"), [([UNPLACED], KeyError), ([], ClientError)])
def test_a_bucket_that_is_there_is_not_gone_for_want_of_its_region(
    aws: Stubs, listed: list[dict[str, Any]], fails: type[Exception]
) -> None:
    lists(aws, *listed)
    aws.stubs["eu-west-1"].add_response("head_bucket", {}, WHOSE)

    with pytest.raises(fails):
        list(seen_by(KIND, "disable", aws, [NAME]))


def test_a_bucket_of_somebody_else_is_never_gone(aws: Stubs) -> None:
    lists(aws)
    denies(aws, "head_bucket", 403, "403")

    with pytest.raises(ClientError, match="403"):
        list(seen_by(KIND, "disable", aws, [NAME]))


def test_a_bucket_that_the_account_does_not_list_is_not_acted_on(here: Here) -> None:
    make(here)

    with pytest.raises(ClientError, match="not among the account's buckets"):
        list(seen_by(KIND, "disable", replace(here, account=DATA), [NAME]))
    assert list(seen_by(KIND, "disable", here, ["acme-asset"])) == []


def test_a_denied_read_is_not_taken_for_none(aws: Stubs) -> None:
    lists(aws, LISTED)
    denies(aws, "get_public_access_block", 403, "AccessDenied", "eu-north-1")

    with pytest.raises(ClientError, match="AccessDenied"):
        list(seen_by(KIND, "disable", aws, [NAME]))


def test_where_no_region_knows_the_date_of_creation_none_is_told(here: Here) -> None:
    make(here)

    (at_home,) = seen_by(KIND, "disable", here, [NAME])
    (in_china,) = seen_by(KIND, "disable", replace(here, partition="aws-cn"), [NAME])
    assert at_home.created
    assert at_home.created.tzinfo is UTC
    assert at_home.region == "eu-west-1"
    assert in_china.created is None


def contents(place: Stubs, *, lock: bool = False, points: Sequence[dict[str, Any]] = ({},), **said: Any) -> Resource:
    """A look at what is inside, with these answers to it; without one, AWS says that there is none."""
    home = place.stubs["eu-west-1"]
    lists(place, {**LISTED, "BucketRegion": "eu-west-1"})
    denies(place, "get_bucket_policy", 404, "NoSuchBucketPolicy")
    if lock:
        locked = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
        home.add_response("get_object_lock_configuration", locked, WHOSE)
    else:
        denies(place, "get_object_lock_configuration", 404, "ObjectLockConfigurationNotFoundError")
    home.add_response("get_bucket_versioning", said.get("versioning", {}), WHOSE)
    if "lifecycle" in said:
        home.add_response("get_bucket_lifecycle_configuration", said["lifecycle"], WHOSE)
    else:
        denies(place, "get_bucket_lifecycle_configuration", 404, "NoSuchLifecycleConfiguration")
    home.add_response("list_object_versions", said.get("inside", {}), {**WHOSE, "MaxKeys": 1})
    if "replication" in said:
        home.add_response("get_bucket_replication", {"ReplicationConfiguration": said["replication"]}, WHOSE)
    else:
        denies(place, "get_bucket_replication", 404, "ReplicationConfigurationNotFoundError")
    asked: dict[str, Any] = {"AccountId": WEB, "Bucket": NAME}
    for page in points:
        place.stubs["s3control"].add_response("list_access_points", page, asked)
        asked = {**asked, "NextToken": page.get("NextToken", "")}
    (seen,) = seen_by(KIND, "kill", place, [NAME])
    for stubbed in place.stubs.values():
        stubbed.assert_no_pending_responses()
    return seen


ENTRY = {"Key": "ann@example.org", "VersionId": "7"}


@pytest.mark.parametrize(
    ("inside", "filled"),
    [
        ({}, False),
        ({"IsTruncated": False, "Versions": [ENTRY]}, True),
        ({"IsTruncated": False, "DeleteMarkers": [ENTRY]}, True),
        ({"IsTruncated": True}, True),
    ],
    ids=["nothing", "a version", "a delete marker", "more to come"],
)
def test_one_entry_is_enough_to_know_that_something_is_inside_and_is_not_kept(
    aws: Stubs, inside: dict[str, Any], filled: bool
) -> None:
    seen = contents(aws, inside=inside)

    assert seen.facts["filled"] is filled
    assert "ann@example.org" not in json.dumps(seen.facts)


def test_protections_of_what_is_inside_are_seen(aws: Stubs) -> None:
    seen = contents(aws, lock=True, versioning={"Status": "Enabled", "MFADelete": "Enabled"})

    assert seen.facts["lock"]
    assert seen.facts["mfa"]


def test_what_replicates_is_seen_and_a_rule_that_is_off_does_not(aws: Stubs) -> None:
    rules = [
        {"Status": status, "Destination": {"Bucket": f"arn:aws:s3:::{where}"}}
        for status, where in (("Enabled", "b"), ("Disabled", "c"), ("Enabled", "a"), ("Enabled", "a"))
    ]
    seen = contents(aws, replication={"Role": "arn:aws:iam::111122223333:role/r", "Rules": rules})

    assert seen.facts["replicates_to"] == ["arn:aws:s3:::a", "arn:aws:s3:::b"]


def test_access_points_are_seen_on_every_page(aws: Stubs) -> None:
    pages = [
        {"AccessPointList": [{"Name": name, "NetworkOrigin": "Internet", "Bucket": NAME}]} for name in ("bbb", "aaa")
    ]

    seen = contents(aws, points=[{**pages[0], "NextToken": "next"}, pages[1]])
    assert seen.facts["access_points"] == ["aaa", "bbb"]


OLD = {"ID": "old", "Status": "Enabled", "Prefix": "", "Expiration": {"Date": datetime(2027, 1, 1, tzinfo=UTC)}}
NEW = {
    "ID": "new",
    "Status": "Enabled",
    "Filter": {"Prefix": "x/"},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 3},
}


def test_a_lifecycle_is_seen_in_one_spelling_and_can_be_written_as_it_is(aws: Stubs) -> None:
    usual, other = "all_storage_classes_128K", "varies_by_storage_class"
    seen = contents(aws, lifecycle={"Rules": [OLD, NEW], "TransitionDefaultMinimumObjectSize": usual})
    again = contents(
        aws, lifecycle={"Rules": [NEW, {**OLD, "Filter": {}}], "TransitionDefaultMinimumObjectSize": other}
    )

    dated = {**OLD, "Filter": {"Prefix": ""}, "Expiration": {"Date": "2027-01-01T00:00:00+00:00"}}
    rules = {"LifecycleConfiguration": {"Rules": [NEW, {key: dated[key] for key in dated if key != "Prefix"}]}}
    assert seen.facts["lifecycle"] == json.loads(json.dumps(rules))
    assert again.facts["lifecycle"] == {**rules, "TransitionDefaultMinimumObjectSize": other}
    client = offline("s3", "eu-west-1")
    shape = client.meta.service_model.operation_model("PutBucketLifecycleConfiguration").input_shape
    assert not ParamValidator().validate({"Bucket": NAME, **again.facts["lifecycle"]}, shape).has_errors()


@pytest.mark.parametrize("name", ["acme-assets", "Old_Bucket.of.us-east-1", "abc"])
def test_names_of_buckets(name: str) -> None:
    assert re.fullmatch(KIND.pattern, name)


@pytest.mark.parametrize("name", ["ab", "a/key", "acme*", "logs--euw1-az1--x-s3", "tables--table-s3", "point-s3alias"])
def test_objects_wildcards_and_other_kinds_of_bucket_are_not_buckets(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
