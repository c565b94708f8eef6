"""Cases of S3 buckets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.model.call import Call
from reconciler.model.task import Action
from reconciler.resources.s3_bucket import KIND
from reconciler.resources.shared.s3_access import BLOCKS
from tests.aws import Here, seen_by
from tests.privilege.ask import Asked, Sent, each
from tests.resources.bucket_parts import ALL, KEEP, MINE, NAME, OPEN, OWNER, PARTNER, TLS, grant, policy
from tests.resources.drawn_bucket import change, drawn, make_drawn
from tests.resources.example import Cases, Example, Generated
from tests.stubbed import Stubbed


def make(here: Here) -> str:
    """A bucket as open as can be, with what must survive beside every thing that is public."""
    s3 = here.client("s3")
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": here.region})
    owner = s3.get_bucket_acl(Bucket=NAME)["Owner"]["ID"]
    grants = [
        grant(owner, "FULL_CONTROL"),
        grant("AllUsers", "FULL_CONTROL"),
        grant("AuthenticatedUsers", "READ"),
        grant("LogDelivery", "WRITE"),
        grant(PARTNER, "READ"),
        grant(PARTNER, "WRITE_ACP"),
    ]
    s3.put_bucket_acl(Bucket=NAME, AccessControlPolicy={"Owner": {"ID": owner}, "Grants": grants})
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy(OPEN, MINE, TLS)))
    s3.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
    return f"arn:aws:s3:::{NAME}"


def make_half_closed(here: Here) -> str:
    arn = make(here)
    here.client("s3").put_public_access_block(
        Bucket=NAME, PublicAccessBlockConfiguration={**dict.fromkeys(BLOCKS, False), "BlockPublicPolicy": True}
    )
    return arn


def make_all_public(here: Here) -> str:
    arn = make(here)
    here.client("s3").put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy(OPEN)))
    return arn


def make_full(here: Here) -> str:
    """Versions, delete markers, an upload under way, and a neighbour whose name begins alike."""
    arn, s3 = make(here), here.client("s3")
    # moto enforces policies, but not their conditions.
    s3.delete_bucket_policy(Bucket=NAME)
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    for key in ("index.html", "a b+c", "ü/é", "a b+c"):
        s3.put_object(Bucket=NAME, Key=key, Body=b"x")
    s3.delete_object(Bucket=NAME, Key="index.html")
    s3.create_multipart_upload(Bucket=NAME, Key="huge")
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy(OPEN, MINE)))
    s3.create_bucket(Bucket=f"{NAME}-2", CreateBucketConfiguration={"LocationConstraint": here.region})
    s3.put_object(Bucket=f"{NAME}-2", Key="kept", Body=b"x")
    return arn


def make_without_policy(here: Here) -> str:
    """One with something inside and no policy, so that the way back of its seal is to have none."""
    arn, s3 = make(here), here.client("s3")
    s3.delete_bucket_policy(Bucket=NAME)
    s3.put_object(Bucket=NAME, Key="index.html", Body=b"x")
    return arn


def make_guarded(here: Here) -> str:
    arn = make_full(here)
    here.client("s3").put_bucket_policy(Bucket=NAME, Policy=json.dumps(policy(KEEP)))
    return arn


def blocked(here: Here, _arn: str) -> bool:
    s3 = here.client("s3")
    try:
        return bool(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"] == ALL)
    except s3.exceptions.ClientError:
        return False


def statements(here: Here, _arn: str = "") -> list[Any]:
    s3 = here.client("s3")
    try:
        return list(json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"])
    except s3.exceptions.ClientError:
        return []


def grants(here: Here) -> set[tuple[str, str]]:
    """What is granted to others than the owner, who must have everything."""
    acl = here.client("s3").get_bucket_acl(Bucket=NAME)
    held = {(g["Grantee"].get("ID") or g["Grantee"]["URI"].split("/")[-1], g["Permission"]) for g in acl["Grants"]}
    return held - {(acl["Owner"]["ID"], "FULL_CONTROL")} if (acl["Owner"]["ID"], "FULL_CONTROL") in held else set()


def only(*expected: tuple[str, str]) -> Any:
    return lambda here, _arn: grants(here) == set(expected)


def lifecycle(here: Here, _arn: str = "") -> None:
    """A night of AWS: it deletes all that is inside a bucket that has our lifecycle rules, and nothing elsewhere."""
    s3 = here.client("s3")
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    except s3.exceptions.ClientError:
        return
    assert [rule["ID"] for rule in rules] == ["KrampusEmpties", "KrampusEmptiesMarkers"]
    # A policy does not bind the rule, and moto would not tell it from a person.
    policy = s3.get_bucket_policy(Bucket=NAME)["Policy"]
    s3.delete_bucket_policy(Bucket=NAME)
    listed = s3.list_object_versions(Bucket=NAME)
    for one in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())):
        s3.delete_object(Bucket=NAME, Key=one["Key"], VersionId=one["VersionId"])
    for upload in s3.list_multipart_uploads(Bucket=NAME).get("Uploads", ()):
        s3.abort_multipart_upload(Bucket=NAME, Key=upload["Key"], UploadId=upload["UploadId"])
    s3.put_bucket_policy(Bucket=NAME, Policy=policy)


def gone(here: Here, _arn: str) -> bool:
    s3 = here.client("s3")
    names = [found["Name"] for found in s3.list_buckets()["Buckets"]]
    return names == [f"{NAME}-2"] and s3.list_objects_v2(Bucket=f"{NAME}-2")["KeyCount"] == 1


LOG, READ, ACP = ("LogDelivery", "WRITE"), (PARTNER, "READ"), (PARTNER, "WRITE_ACP")
EVERYBODY, KNOWN = ("AllUsers", "FULL_CONTROL"), ("AuthenticatedUsers", "READ")
PARTS = tuple(("AllUsers", permission) for permission in ("READ", "READ_ACP", "WRITE_ACP"))
EXAMPLES = (
    Example("s3:bucket", "disable", make, blocked),
    Example("s3:bucket", "disable", make_half_closed, blocked),
    Example("s3:bucket", "disable", make, only(LOG, READ, ACP), {"mode": "acl"}),
    Example("s3:bucket", "disable", make, lambda here, _: statements(here) == [MINE, TLS], {"mode": "policy"}),
    Example("s3:bucket", "disable", make_all_public, lambda here, _: statements(here) == [], {"mode": "policy"}),
    Example("s3:bucket", "disable", make, only(EVERYBODY, KNOWN, LOG), {"principal": PARTNER}),
    Example(
        "s3:bucket",
        "disable",
        make,
        only(EVERYBODY, KNOWN, LOG, ACP),
        {"principal": PARTNER, "permissions": ["READ", "WRITE"]},
    ),
    Example(
        "s3:bucket",
        "disable",
        make,
        only(*PARTS, KNOWN, LOG, READ, ACP),
        {"principal": "AllUsers", "permissions": ["WRITE"]},
    ),
    Example("s3:bucket", "kill", make_full, gone, {"skip_backup": True}, meanwhile=lifecycle),
    Example("s3:bucket", "kill", make_guarded, gone, {"force": True, "skip_backup": True}, meanwhile=lifecycle),
)

# --- what IAM is asked

BUCKET = "arn:{p}:s3:::{Bucket}"


def _owner(sent: Sent) -> Mapping[str, tuple[str, ...]]:
    return {"s3:ResourceAccount": (sent.account,)}


def owned(arn: str, *actions: str) -> Asked:
    """On a bucket, of which IAM knows the owner."""
    return Asked((arn,), actions, context=_owner)


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("s3").put_bucket_tagging(
        Bucket=arn.rsplit(":", 1)[1], Tagging={"TagSet": [{"Key": key, "Value": value}]}
    )


def unlisted(action: Action) -> list[Call]:
    """A bucket that its account does not list: AWS is asked whether it is anybody's."""
    with Stubbed("s3", region="us-east-1") as place:
        place.answers("list_buckets", {"MaxBuckets": 1000}, {"Buckets": []})
        place.fails("head_bucket", "404", 404)
        assert seen_by(KIND, action, place, [NAME]) == []
    return []


CASES = Cases(
    not_in_moto=unlisted,
    tag=tag,
    arn=f"arn:aws:s3:::{NAME}",
    unrecorded={
        "s3.HeadBucket": {"BucketRegion": "us-east-1"},
        "s3.GetBucketAcl": {"Owner": {"ID": OWNER}, "Grants": []},
        "s3.GetBucketVersioning": {},
        "s3control.ListAccessPoints": {"AccessPointList": []},
    },
    examples=EXAMPLES,
    more=(Example("s3:bucket", "kill", make_without_policy, gone, {"skip_backup": True}, meanwhile=lifecycle),),
    by_itself={
        "s3.ListObjectVersions": {"Versions": [{"Key": "written-just-now", "VersionId": "7"}], "DeleteMarkers": []},
    },
    generated=Generated(drawn(), change, make_drawn),
    read_in_part={"s3.ListObjectVersions": "filled"},
    asked={
        **each(
            (
                *("s3.DeleteBucket", "s3.DeleteBucketPolicy", "s3.GetBucketAcl", "s3.GetBucketOwnershipControls"),
                *("s3.GetBucketPolicy", "s3.GetBucketVersioning"),
                *("s3.PutBucketAcl", "s3.PutBucketPolicy"),
            ),
            owned(BUCKET),
        ),
        "s3.DeleteBucketLifecycle": owned(BUCKET, "s3:PutLifecycleConfiguration"),
        "s3.DeletePublicAccessBlock": owned(BUCKET, "s3:PutBucketPublicAccessBlock"),
        "s3.GetBucketLifecycleConfiguration": owned(BUCKET, "s3:GetLifecycleConfiguration"),
        "s3.GetBucketReplication": owned(BUCKET, "s3:GetReplicationConfiguration"),
        "s3.GetObjectLockConfiguration": owned(BUCKET, "s3:GetBucketObjectLockConfiguration"),
        "s3.GetPublicAccessBlock": owned(BUCKET, "s3:GetBucketPublicAccessBlock"),
        "s3.HeadBucket": Asked((BUCKET,), ("s3:ListBucket",)),
        "s3.ListBuckets": Asked(actions=("s3:ListAllMyBuckets",)),
        "s3.ListObjectVersions": owned(BUCKET, "s3:ListBucketVersions"),
        "s3.PutBucketLifecycleConfiguration": owned(BUCKET, "s3:PutLifecycleConfiguration"),
        "s3.PutPublicAccessBlock": owned(BUCKET, "s3:PutBucketPublicAccessBlock"),
        "s3control.ListAccessPoints": Asked(actions=("s3:ListAccessPoints",)),
    },
)
