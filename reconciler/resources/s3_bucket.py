"""S3 buckets: `disable` closes a bucket to the public or takes grants away, `kill` empties and deletes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import PLANNED, Kill, Kind, Options, Place, Refused, Scope, UndoStep, Verb, tags, undo_of
from reconciler.resources.shared.arns import BUCKET, OBJECT
from reconciler.resources.shared.resource_policy import parse, without_public
from reconciler.resources.shared.s3_contents import call, empty, guards, look, seal, text
from reconciler.resources.shared.s3_grants import GROUPS, Permission, grants_of, is_principal, is_public, without

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

LOOKS = (
    "s3:GetBucketTagging",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketPolicy",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketAcl",
)
LOOKS_INSIDE = (
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
)
CLOSES = ("s3:PutBucketPublicAccessBlock", "s3:PutBucketAcl", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
EMPTIES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion")
# A bucket's ARN names no account.
OURS = {"StringEquals": {"s3:ResourceAccount": "{account}"}}


class Close(Options):
    """What `disable` takes: `mode`, or one `principal` and, to take only some of its grants, `permissions`.

    mode: `public` blocks all public access and changes no grant; `acl` takes the public grants out of the ACL;
    `policy` takes the public statements out of the bucket policy
    principal: AllUsers, AuthenticatedUsers, LogDelivery, the URI of one of them, or a canonical user id
    permissions: those of the principal's grants; without FULL_CONTROL among them, the rest of a FULL_CONTROL stays
    """

    mode: Literal["public", "acl", "policy"] = "public"
    principal: str | None = None
    permissions: Annotated[list[Permission], Field(min_length=1)] | None = None

    @field_validator("principal")
    @classmethod
    def _known(cls, principal: str | None) -> str | None:
        named = GROUPS.get(principal or "", principal)
        if named is None or is_principal(named):
            return named
        raise ValueError(f"write {', '.join(GROUPS)}, the URI of such a group, or a canonical user id in lower case")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.permissions and not self.principal:
            raise ValueError("`permissions` are those of a `principal`: name it too")
        if self.principal and "mode" in self.model_fields_set:
            raise ValueError("write either `mode` or `principal`")
        return self


class Delete(Kill):
    """What `kill` takes: `force` lifts statements of the policy that forbid deleting."""

    force: bool = False


def observe(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """ListBuckets shows an account its own buckets only; each is then asked in its own region."""
    for name in names:
        listed = _listed(place, name)
        if not listed:
            continue
        whose = {"Bucket": name, "ExpectedBucketOwner": place.account}
        region = listed.get("BucketRegion") or place.client("s3").head_bucket(**whose)["BucketRegion"]
        s3 = place.client("s3", region)
        tagged = _unless(s3, s3.get_bucket_tagging, "NoSuchTagSet", whose) or {}
        # Only us-east-1 knows when a bucket was created; elsewhere CreationDate moves, e.g. with its policy.
        created = listed["CreationDate"].astimezone(UTC) if place.partition == "aws" else None
        facts = {"account": place.account, "partition": place.partition, **_access(s3, whose)}
        yield Resource(name, facts, created=created, tags=tags(tagged.get("TagSet")), region=region)


def observe_contents(place: Place, names: Sequence[str]) -> Iterator[Resource]:
    """The same, what lies in it, and what would keep that from being deleted."""
    for bucket in observe(place, names):
        s3 = place.client("s3", bucket.region)
        whose = {"Bucket": bucket.name, "ExpectedBucketOwner": place.account}
        lock = _unless(s3, s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", whose)
        facts = {
            "mfa": s3.get_bucket_versioning(**whose).get("MFADelete") == "Enabled",
            "lock": lock is not None and lock["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled",
            **look(s3, whose),
        }
        yield replace(bucket, facts={**bucket.facts, **facts})


def disable(bucket: Resource, options: Close) -> list[Call]:
    """Close it to the public, or take away what the options name and nothing else."""
    if options.mode == "policy":
        return _policy(bucket)
    if options.mode == "public" and not options.principal:
        return _block(bucket)
    # BucketOwnerEnforced switches ACLs off: no grant counts, and AWS accepts no other ACL.
    if bucket.facts["ownership"] == "BucketOwnerEnforced":
        return []
    grants = bucket.facts["grants"]
    if not options.principal:
        return _acl(bucket, [grant for grant in grants if not is_public(grant)])
    if options.principal == bucket.facts["owner"]:
        raise Refused("that principal owns the bucket, and would be shut out of it; close it with `mode: public`")
    return _acl(bucket, without(grants, options.principal, options.permissions))


def kill(bucket: Resource, options: Delete) -> list[Call]:
    """Seal, empty and delete it; a bucket with more inside than one run deletes is deleted in a later one."""
    facts = bucket.facts
    inside = facts["versions"] or facts["markers"]
    if inside and facts["lock"]:
        raise Refused(
            "object lock is on: nobody can delete a version under COMPLIANCE retention or legal hold. Delete all "
            "versions and delete markers when no retention or hold is left, and Krampus deletes the empty bucket"
        )
    if inside and facts["mfa"]:
        raise Refused("MFA delete is on: only the account's root user, with its MFA device, can switch it off")
    protected = guards(facts["policy"])
    if protected and not options.force:
        raise Refused(
            f"its policy forbids everybody to delete (statement {protected[0].get('Sid', 'without a Sid')}); take that "
            "out of the policy, or set `force: true` in the task's options"
        )
    filled = inside or facts["uploads"] or facts["more"]
    sealed = seal(bucket) if filled or protected else []
    return [*sealed, *empty(bucket), *([] if facts["more"] else [call(bucket, "delete_bucket")])]


def undo_calls(bucket: Resource, calls: Sequence[Call]) -> UndoStep:
    """Put back what stood there, unless somebody has written something else since: that is not ours to overwrite."""
    latest = {_part(made): made for made in reversed(calls)}
    standing = []
    for part, made in latest.items():
        now, before = bucket.facts[part], _written(made.undo or made)
        if now == _written(made):
            standing.append(made)
        elif now != before:
            raise Refused(f"its {part.replace('_', ' ')} changed since; put it back by hand if it should be as before")
    return undo_of(reversed(standing))


def _part(made: Call) -> str:
    """The fact that a call writes."""
    parts = {"public_access_block": "access_block", "bucket_policy": "policy", "bucket_acl": "grants"}
    return parts[made.operation.partition("_")[2]]


def _written(made: Call) -> Any:
    """What the fact is after the call, None where it deletes."""
    given = made.arguments
    if "AccessControlPolicy" in given:
        return grants_of(given["AccessControlPolicy"])
    return parse(given["Policy"]) if "Policy" in given else given.get("PublicAccessBlockConfiguration")


def _listed(place: Place, name: str) -> Mapping[str, Any] | None:
    s3 = place.client("s3", "us-east-1" if place.partition == "aws" else "")
    pages = s3.get_paginator("list_buckets").paginate(Prefix=name, PaginationConfig={"PageSize": 1000})
    for page in pages:
        for bucket in page.get("Buckets", ()):
            if bucket["Name"] == name:
                return dict(bucket)
    # A list proves nothing: 403 here is somebody else's bucket, and comes through.
    s3 = place.client("s3")
    if _unless(s3, s3.head_bucket, "404", {"Bucket": name, "ExpectedBucketOwner": place.account}) is None:
        return None
    error = {"Code": "BucketNotListed", "Message": f"{name} exists, but is not among the account's buckets yet"}
    raise s3.exceptions.ClientError({"Error": error}, "ListBuckets")


def _unless(s3: Any, read: Any, none: str, whose: Mapping[str, str]) -> Any:
    """What `read` answers; nothing if AWS says, by that very code, that there is none."""
    try:
        return read(**whose)
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == none:
            return None
        raise


def _access(s3: Any, whose: Mapping[str, str]) -> dict[str, Any]:
    block = _unless(s3, s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", whose)
    policy = _unless(s3, s3.get_bucket_policy, "NoSuchBucketPolicy", whose)
    ownership = _unless(s3, s3.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", whose)
    acl = s3.get_bucket_acl(**whose)
    return {
        "access_block": block and {key: bool(block["PublicAccessBlockConfiguration"].get(key)) for key in BLOCKS},
        "owner": acl["Owner"]["ID"],
        "grants": grants_of(acl),
        # Buckets from before 2021 have no ownership controls: objects belong to whoever writes them.
        "ownership": ownership["OwnershipControls"]["Rules"][0]["ObjectOwnership"] if ownership else "ObjectWriter",
        "policy": policy and parse(policy["Policy"]),
    }


def _block(bucket: Resource) -> list[Call]:
    """Switch all four on: public grants and policies stay as they are, but S3 ignores them.

    A public policy then opens the bucket to its own account and AWS services alone: not to other accounts it names.
    """
    before = bucket.facts["access_block"]
    wanted = dict.fromkeys(BLOCKS, True)
    if before == wanted:
        return []
    undo = (
        call(bucket, "put_public_access_block", PublicAccessBlockConfiguration=before)
        if before
        else call(bucket, "delete_public_access_block")
    )
    return [call(bucket, "put_public_access_block", undo, PublicAccessBlockConfiguration=wanted)]


def _policy(bucket: Resource) -> list[Call]:
    before = bucket.facts["policy"]
    after = before and without_public(before)
    if after == before:
        return []
    # AWS refuses the undo while BlockPublicPolicy is on: that block has to be taken off first.
    undo = call(bucket, "put_bucket_policy", Policy=text(before))
    if after is None:
        return [call(bucket, "delete_bucket_policy", undo)]
    return [call(bucket, "put_bucket_policy", undo, Policy=text(after))]


def _acl(bucket: Resource, wanted: list[dict[str, Any]]) -> list[Call]:
    """Put these grants only. An empty list is a valid ACL that grants nothing; the owner may still change it."""
    before = bucket.facts["grants"]
    if wanted == before:
        return []
    block = bucket.facts["access_block"]
    if block and block["BlockPublicAcls"] and any(is_public(grant) for grant in wanted):
        raise Refused(
            "other public grants would stay, and AWS accepts no ACL with any while BlockPublicAcls is on; take all of "
            "them with `mode: acl`, or switch BlockPublicAcls off"
        )
    owner = {"ID": bucket.facts["owner"]}
    # AWS refuses to take public grants back, too, while BlockPublicAcls is on: that block has to be taken off first.
    undo = call(bucket, "put_bucket_acl", AccessControlPolicy={"Owner": owner, "Grants": before})
    return [call(bucket, "put_bucket_acl", undo, AccessControlPolicy={"Owner": owner, "Grants": wanted})]


KIND = Kind(
    name="s3:bucket",
    title="S3 bucket",
    # Old buckets of us-east-1 have long names, capitals and underscores. The endings are those of directory and table
    # buckets and of access points' aliases, which are other kinds.
    pattern=r"(?!.*(--x-s3|--table-s3|--ol-s3|-s3alias)$)[A-Za-z0-9][A-Za-z0-9._-]{2,254}",
    observe=observe,
    permissions=("s3:ListAllMyBuckets", "s3:ListBucket", *LOOKS),
    verbs={
        "disable": Verb(
            disable,
            does="close the bucket to the public, or take the named grants away",
            manual_commands=(PLANNED,),
            permissions=CLOSES,
            undo=("s3:PutBucketPublicAccessBlock", "s3:PutBucketAcl", "s3:PutBucketPolicy"),
            options=Close,
        ),
        "kill": Verb(
            kill,
            does="delete the bucket with everything in it, over several runs if there is much",
            manual_commands=("aws s3 rb --region {region} s3://{name} --force",),
            permissions=("s3:PutBucketPolicy", *EMPTIES, "s3:DeleteBucket"),
            options=Delete,
            observe=observe_contents,
            reads=LOOKS_INSIDE,
        ),
    },
    scopes=(
        # Without the account: of a bucket that is gone AWS knows none, and would say 403 instead of 404.
        Scope(("s3:ListBucket",), (BUCKET,)),
        Scope((*LOOKS, *LOOKS_INSIDE, *CLOSES, "s3:DeleteBucket"), (BUCKET,), OURS),
        Scope(EMPTIES, (OBJECT,), OURS),
    ),
    batch=1,
    undo_calls=undo_calls,
)
