"""Who may reach a bucket: what is blocked, its policy, its grants; each is asked for by itself, of what needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.sighting import Resource
from reconciler.resources.kind import Part
from reconciler.resources.place import Place
from reconciler.resources.shared.reads import answer, with_facts
from reconciler.resources.shared.resource_policy import parse
from reconciler.resources.shared.s3_contents import on_bucket, whose
from reconciler.resources.shared.s3_grants import grants_of

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCKING = "PublicAccessBlockConfiguration"

GET_BLOCK = on_bucket("get_public_access_block", iam="s3:GetBucketPublicAccessBlock", none=(f"NoSuch{BLOCKING}",))
GET_POLICY = on_bucket("get_bucket_policy", none=("NoSuchBucketPolicy",))
OWNERSHIP = on_bucket("get_bucket_ownership_controls", none=("OwnershipControlsNotFoundError",))
GET_ACL = on_bucket("get_bucket_acl")


def blocks_of(given: Mapping[str, Any]) -> dict[str, bool]:
    """What is blocked, AWS's word for each; what it leaves out is not."""
    return {key: bool(given.get(key)) for key in BLOCKS}


def _block(place: Place, buckets: Sequence[Resource]) -> Iterator[Resource]:
    for bucket in buckets:
        found = answer(place, GET_BLOCK, bucket.region, **whose(bucket))
        yield with_facts(bucket, access_block=found and blocks_of(found[BLOCKING]))


def _policy(place: Place, buckets: Sequence[Resource]) -> Iterator[Resource]:
    for bucket in buckets:
        found = answer(place, GET_POLICY, bucket.region, **whose(bucket))
        yield with_facts(bucket, policy=found and parse(found["Policy"]))


def _grants(place: Place, buckets: Sequence[Resource]) -> Iterator[Resource]:
    for bucket in buckets:
        acl = answer(place, GET_ACL, bucket.region, **whose(bucket))
        found = answer(place, OWNERSHIP, bucket.region, **whose(bucket))
        # Buckets from before 2021 have no ownership controls: objects belong to whoever writes them.
        ownership = found["OwnershipControls"]["Rules"][0]["ObjectOwnership"] if found else "ObjectWriter"
        yield with_facts(bucket, owner=acl["Owner"]["ID"], grants=grants_of(acl), ownership=ownership)


BLOCK = Part(("access_block",), (GET_BLOCK,), _block)
POLICY = Part(("policy",), (GET_POLICY,), _policy)
GRANTS = Part(("owner", "grants", "ownership"), (GET_ACL, OWNERSHIP), _grants)
