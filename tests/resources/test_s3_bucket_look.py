"""S3 buckets, looked at: found where they are and read whole, and nothing that is denied taken for none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from reconciler.model.sighting import Resource
from reconciler.resources.s3_bucket import KIND, observe, observe_contents
from tests.aws import DATA, WEB, Here
from tests.resources.s3_bucket import ALL, NAME, OPEN, grant, make, policy
from tests.resources.seen_bucket import OWNER, WHOSE
from tests.sdk import offline


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
    stubber = Stubber(offline("s3", region))
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


UNPLACED = {key: value for key, value in LISTED.items() if key != "BucketRegion"}


def test_a_bucket_that_was_deleted_since_it_was_listed_is_gone(aws: Stubs) -> None:
    lists(aws, UNPLACED)
    denies(aws, "head_bucket", 404, "404")

    assert list(observe(aws, [NAME])) == []


@pytest.mark.parametrize(("listed", "fails"), [([UNPLACED], KeyError), ([], ClientError)])
def test_a_bucket_that_is_there_is_not_gone_for_want_of_its_region(
    aws: Stubs, listed: list[dict[str, Any]], fails: type[Exception]
) -> None:
    lists(aws, *listed)
    aws.stubs["eu-west-1"].add_response("head_bucket", {}, WHOSE)

    with pytest.raises(fails):
        list(observe(aws, [NAME]))


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


@pytest.mark.parametrize("name", ["acme-assets", "Old_Bucket.of.us-east-1", "abc"])
def test_names_of_buckets(name: str) -> None:
    assert re.fullmatch(KIND.pattern, name)


@pytest.mark.parametrize("name", ["ab", "a/key", "acme*", "logs--euw1-az1--x-s3", "tables--table-s3", "point-s3alias"])
def test_objects_wildcards_and_other_kinds_of_bucket_are_not_buckets(name: str) -> None:
    assert not re.fullmatch(KIND.pattern, name)
