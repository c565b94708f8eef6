"""What lies in a bucket, and the lifecycle rule by which AWS empties it. It deletes nothing, and names no object.

Sources: the Amazon S3 User Guide, "Emptying a bucket" and "How S3 Lifecycle interacts with other bucket configurations"
(a policy's denials do not bind it, MFA delete and object lock do, and what could not be replicated stays); the API
Reference, PutBucketLifecycleConfiguration (a rule has either a number of days or delete markers).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Part
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import BUCKET
from reconciler.resources.shared.reads import answer, with_facts
from reconciler.resources.shared.settings import Setting


def whose(bucket: Resource) -> dict[str, str]:
    """Which bucket. It names the owner, since anybody may take the name of a bucket that is gone."""
    return {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.facts["account"]}


# A bucket's ARN names no account.
OURS = {"StringEquals": {"s3:ResourceAccount": "{account}"}}
BLOCKED = Meaning(
    "AccessDenied", "BlockPublic(Policy|Acls)", Trouble.PROTECTED, "whoever blocked public access has to lift that"
)
on_bucket = partial(Operation, "s3", target=whose, on=(BUCKET,), when=OURS)

LIST_VERSIONS = on_bucket("list_object_versions", iam="s3:ListBucketVersions")
NO_LIFECYCLE = ("NoSuchLifecycleConfiguration",)
GET_LIFECYCLE = on_bucket("get_bucket_lifecycle_configuration", iam="s3:GetLifecycleConfiguration", none=NO_LIFECYCLE)
NO_REPLICATION = ("ReplicationConfigurationNotFoundError",)
GET_REPLICATION = on_bucket("get_bucket_replication", iam="s3:GetReplicationConfiguration", none=NO_REPLICATION)
ACCESS_POINTS = Operation("s3control", "list_access_points", iam="s3:ListAccessPoints")
NO_LOCK = ("ObjectLockConfigurationNotFoundError",)
LOCK = on_bucket("get_object_lock_configuration", iam="s3:GetBucketObjectLockConfiguration", none=NO_LOCK)
VERSIONING = on_bucket("get_bucket_versioning")

PUT_LIFECYCLE = on_bucket("put_bucket_lifecycle_configuration", iam="s3:PutLifecycleConfiguration")
DELETE_LIFECYCLE = on_bucket("delete_bucket_lifecycle", iam="s3:PutLifecycleConfiguration")
RULES, SMALLEST = "LifecycleConfiguration", "TransitionDefaultMinimumObjectSize"
USUAL_SMALLEST = "all_storage_classes_128K"
ALL_OBJECTS = {"Prefix": ""}


def lifecycle_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle configuration as it is written, in one spelling. `given`: the arguments that write it."""
    rules = sorted((_rule(rule) for rule in given[RULES]["Rules"]), key=lambda rule: str(rule.get("ID", "")))
    smallest = given.get(SMALLEST, USUAL_SMALLEST)
    return {RULES: {"Rules": rules}, **({} if smallest == USUAL_SMALLEST else {SMALLEST: smallest})}


LIFECYCLE = Setting(
    "lifecycle",
    replace(PUT_LIFECYCLE, undo=(PUT_LIFECYCLE, DELETE_LIFECYCLE)),
    DELETE_LIFECYCLE,
    "",
    decode=lifecycle_of,
)
# In a bucket with versions the first makes of each object an older version below a delete marker, and a day later takes
# that version; the second then takes the marker.
EMPTYING = {
    RULES: {
        "Rules": [
            {
                "ID": "KrampusEmpties",
                "Status": "Enabled",
                "Filter": ALL_OBJECTS,
                "Expiration": {"Days": 1},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
            {
                "ID": "KrampusEmptiesMarkers",
                "Status": "Enabled",
                "Filter": ALL_OBJECTS,
                "Expiration": {"ExpiredObjectDeleteMarker": True},
            },
        ]
    }
}


def read(place: Place, buckets: Sequence[Resource]) -> Iterator[Resource]:
    """What lies in it, and what would keep that from being deleted."""
    for bucket in buckets:
        lock = answer(place, LOCK, bucket.region, **whose(bucket)) or {"ObjectLockConfiguration": {}}
        locked = lock["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"
        mfa = answer(place, VERSIONING, bucket.region, **whose(bucket)).get("MFADelete") == "Enabled"
        yield with_facts(bucket, lock=locked, mfa=mfa, **_inside(place, bucket))


CONTENTS = Part(
    ("lock", "mfa", "lifecycle", "filled", "replicates_to", "access_points"),
    (LOCK, VERSIONING, LIST_VERSIONS, GET_LIFECYCLE, GET_REPLICATION, ACCESS_POINTS),
    read,
)


def _inside(place: Place, bucket: Resource) -> dict[str, Any]:
    """Whether anything is inside, its lifecycle, and what AWS would not delete it with. No key of an object is kept.

    How much is inside is not in it: those that still write would change that from one look to the next.
    """
    lifecycle = answer(place, GET_LIFECYCLE, bucket.region, **whose(bucket))
    first = answer(place, LIST_VERSIONS, bucket.region, **whose(bucket), MaxKeys=1)
    replication = answer(place, GET_REPLICATION, bucket.region, **whose(bucket)) or {}
    rules = replication.get("ReplicationConfiguration", {}).get("Rules", ())
    return {
        "lifecycle": lifecycle and lifecycle_of({**lifecycle, RULES: {"Rules": lifecycle.get("Rules", [])}}),
        "filled": bool(first.get("Versions") or first.get("DeleteMarkers") or first.get("IsTruncated")),
        "replicates_to": sorted({rule["Destination"]["Bucket"] for rule in rules if rule["Status"] == "Enabled"}),
        "access_points": sorted(point["Name"] for point in _access_points(place, bucket)),
    }


def _access_points(place: Place, bucket: Resource) -> Iterator[Mapping[str, Any]]:
    more: dict[str, str] = {}
    while True:
        which = {"AccountId": bucket.facts["account"], "Bucket": bucket.name}
        page = answer(place, ACCESS_POINTS, bucket.region, **which, **more)
        yield from page.get("AccessPointList", ())
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """AWS writes "of all objects" in several ways, and the older form of a prefix beside the newer one."""
    spelled: dict[str, Any] = _plain(rule)
    if not spelled.get("Filter") and not spelled.get("Prefix"):
        spelled = {**{key: value for key, value in spelled.items() if key != "Prefix"}, "Filter": ALL_OBJECTS}
    return spelled


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
