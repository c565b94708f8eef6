"""What lies in a bucket, and the calls that seal and empty it, a few thousand versions a run. It deletes no bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import partial
from itertools import islice
from typing import Any

from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Place
from reconciler.resources.shared.arns import BUCKET, OBJECT
from reconciler.resources.shared.reads import answer
from reconciler.resources.shared.resource_policy import listed, names_everybody, statements, text


def whose(bucket: Resource) -> dict[str, str]:
    """Which bucket. It names the owner, since anybody may take the name of a bucket that is gone."""
    return {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.facts["account"]}


# A bucket's ARN names no account.
OURS = {"StringEquals": {"s3:ResourceAccount": "{account}"}}
BLOCKED = Meaning(
    "AccessDenied", "BlockPublic(Policy|Acls)", Trouble.PROTECTED, "whoever blocked public access has to lift that"
)
LOCKED = Meaning("AccessDenied", "object lock", Trouble.PROTECTED, "wait until its retention or legal hold has ended")
on_bucket = partial(Operation, "s3", target=whose, on=(BUCKET,), when=OURS)
on_object = partial(Operation, "s3", target=whose, on=(OBJECT,), when=OURS)

LIST_VERSIONS = on_bucket("list_object_versions", iam="s3:ListBucketVersions")
LIST_UPLOADS = on_bucket("list_multipart_uploads", iam="s3:ListBucketMultipartUploads")
PUT_POLICY = on_bucket("put_bucket_policy", errors=(BLOCKED,))
ABORT = on_object("abort_multipart_upload")
DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion")
DELETE_OBJECTS = on_object("delete_objects", iam=DELETING, errors=(LOCKED,))
DELETE_OBJECT = on_object("delete_object", iam=DELETING, errors=(LOCKED,))
READS = (LIST_VERSIONS, LIST_UPLOADS)
EMPTYING = (PUT_POLICY, ABORT, DELETE_OBJECTS, DELETE_OBJECT)

# What one run looks at, and so the most that it deletes; the next run goes on.
PAGE = 1000
PAGES = 3
UPLOADS = 250
SEAL = "KrampusSeal"
DELETIONS = ("s3:deletebucket", "s3:deleteobject", "s3:deleteobjectversion")
# DeleteObjects writes keys in XML 1.0, which has no way to say these: one such key would fail its whole batch.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def look(place: Place, bucket: Resource) -> dict[str, Any]:
    """The first pages of what is inside, as DeleteObjects wants it, and whether there is more."""
    versions, markers, last = [], [], None
    s3 = place.client("s3", bucket.region)
    pages = s3.get_paginator(LIST_VERSIONS.name).paginate(**whose(bucket), PaginationConfig={"PageSize": PAGE})
    for page in islice(pages, PAGES):
        versions += [_version(entry) for entry in page.get("Versions", ())]
        markers += [_version(entry) for entry in page.get("DeleteMarkers", ())]
        last = page["NextKeyMarker"] if page["IsTruncated"] else None
    # The last key may have versions that are not on these pages: without its marker, the object would reappear.
    settled = [marker for marker in markers if last is None or marker["Key"] != last]
    uploads = answer(place, LIST_UPLOADS, bucket.region, **whose(bucket), MaxUploads=UPLOADS)
    return {
        "versions": versions,
        "markers": settled if settled or versions else markers,
        "uploads": [{"Key": entry["Key"], "UploadId": entry["UploadId"]} for entry in uploads.get("Uploads", ())],
        "more": last is not None or uploads.get("IsTruncated", False),
    }


def guards(policy: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The statements that forbid deleting to everybody, whatever the request: somebody's protection of the bucket."""
    return [statement for statement in statements(policy) if _is_guard(statement)]


def seal(bucket: Resource) -> list[Call]:
    """Let nobody write any more, or the bucket would fill while it is emptied. Guards are lifted: ask before.

    What denies stays, as it may protect what is still inside. What allows goes: nobody needs it any more, and S3
    refuses to write a policy with public statements in it while public access is blocked.
    """
    policy = bucket.facts["policy"]
    denials = [statement for statement in statements(policy) if statement["Effect"] == "Deny"]
    if any(statement.get("Sid") == SEAL for statement in denials) and not guards(policy):
        return []
    lock = {
        "Sid": SEAL,
        "Effect": "Deny",
        "Principal": "*",
        # Replication into the bucket is no PutObject; everything else that writes is, multipart uploads too.
        "Action": ["s3:PutObject", "s3:ReplicateDelete", "s3:ReplicateObject"],
        "Resource": f"arn:{bucket.facts['partition']}:s3:::{bucket.name}/*",
    }
    kept = [statement for statement in denials if statement.get("Sid") != SEAL and not _is_guard(statement)]
    sealed = {**(policy or {"Version": "2012-10-17"}), "Statement": [*kept, lock]}
    return [PUT_POLICY(bucket, Policy=text(sealed))]


def empty(bucket: Resource) -> list[Call]:
    """Delete what the look showed; delete markers last, for an object without its marker is visible again."""
    inside = bucket.facts
    uploads = [ABORT(bucket, **upload) for upload in inside["uploads"]]
    return [*uploads, *_delete(bucket, inside["versions"]), *_delete(bucket, inside["markers"])]


def _version(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"Key": entry["Key"], "VersionId": entry["VersionId"]}


def _delete(bucket: Resource, versions: list[dict[str, Any]]) -> Iterator[Call]:
    writable = [version for version in versions if not UNWRITABLE.search(version["Key"])]
    for start in range(0, len(writable), PAGE):
        yield DELETE_OBJECTS(bucket, Delete={"Objects": writable[start : start + PAGE], "Quiet": True})
    for version in versions:
        if UNWRITABLE.search(version["Key"]):
            yield DELETE_OBJECT(bucket, **version)


def _is_guard(statement: Mapping[str, Any]) -> bool:
    # A denial on a condition (no TLS, not from our VPC) does not aim at deleting, and AWS still enforces it.
    if statement["Effect"] != "Deny" or "Condition" in statement or not names_everybody(statement):
        return False
    patterns = [action.lower() for action in listed(statement.get("Action", statement.get("NotAction", [])))]
    named = [any(fnmatchcase(deletion, pattern) for pattern in patterns) for deletion in DELETIONS]
    return any(named) if "Action" in statement else not all(named)
