"""S3 buckets: `disable` closes a bucket to the public or takes grants away, `kill` has AWS empty it, and deletes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Meaning, Operation
from reconciler.model.sighting import Resource, Trouble
from reconciler.resources.kind import Forced, Kind, Names, Options, Part, Refused, Underway, Verb
from reconciler.resources.place import Place
from reconciler.resources.shared import arns, s3_access, s3_contents, s3_policy
from reconciler.resources.shared.guards import unless_forced
from reconciler.resources.shared.reads import answer, pages
from reconciler.resources.shared.resource_policy import parse, text
from reconciler.resources.shared.s3_access import BLOCKING, BLOCKS, blocks_of
from reconciler.resources.shared.s3_contents import BLOCKED, LIFECYCLE, on_bucket
from reconciler.resources.shared.s3_grants import GROUPS, Permission, grants_of, is_principal, is_public, without
from reconciler.resources.shared.settings import Setting, close, stood, undo_settings

NO_ACL = Meaning("AccessControlListNotSupported", "", Trouble.STATE)

LIST = Operation("s3", "list_buckets", iam="s3:ListAllMyBuckets")
# Without the account: of a bucket that is gone AWS knows none, and would say 403 instead of 404.
HEAD = Operation("s3", "head_bucket", iam="s3:ListBucket", on=(arns.BUCKET,), none=("404",))

BLOCK = on_bucket("put_public_access_block", iam="s3:PutBucketPublicAccessBlock")
UNBLOCK = on_bucket("delete_public_access_block", iam="s3:PutBucketPublicAccessBlock")
PUT_ACL = on_bucket("put_bucket_acl", errors=(BLOCKED, NO_ACL))
PUT_POLICY = on_bucket("put_bucket_policy", errors=(BLOCKED,))
REMOVE_POLICY = on_bucket("delete_bucket_policy")
DELETE_POLICY = replace(REMOVE_POLICY, undo=(PUT_POLICY,))
POINTS = Meaning("BucketHasAccessPointsAttached", "", Trouble.STATE, "delete its access points, other accounts' too")
FILLED = Meaning("BucketNotEmpty", "", Trouble.STATE, "something was written to it since; the next run looks again")
DELETE = on_bucket("delete_bucket", errors=(POINTS, FILLED), gone=("NoSuchBucket",), destroys=True)


ACCESS = Setting("access_block", replace(BLOCK, undo=(BLOCK, UNBLOCK)), UNBLOCK, BLOCKING, decode=blocks_of)
# AWS refuses to put public statements or grants back while BlockPublicPolicy or BlockPublicAcls is on: that block has
# to be taken off first.
WRITE_POLICY = replace(PUT_POLICY, undo=(PUT_POLICY, REMOVE_POLICY))
POLICY = Setting(
    "policy",
    WRITE_POLICY,
    DELETE_POLICY,
    "Policy",
    lambda _, policy: text(policy),
    parse,
    public=s3_policy.public_for_s3,
)
GRANTS = Setting(
    "grants",
    replace(PUT_ACL, undo=(PUT_ACL,)),
    None,
    "AccessControlPolicy",
    lambda bucket, grants: {"Owner": {"ID": bucket.facts["owner"]}, "Grants": grants},
    grants_of,
)
SETTINGS = (ACCESS, POLICY, GRANTS, LIFECYCLE)


def _known(principal: str) -> str:
    named = GROUPS.get(principal, principal)
    if is_principal(named):
        return named
    raise ValueError(f"write {', '.join(GROUPS)}, the URI of such a group, or a canonical user id in lower case")


class Close(Options):
    """What `disable` takes: `mode`, or one `principal` and, to take only some of its grants, `permissions`.

    mode: `public` blocks all public access and changes no grant; `acl` takes the public grants out of the ACL;
    `policy` takes the public statements out of the bucket policy
    principal: AllUsers, AuthenticatedUsers, LogDelivery, the URI of one of them, or a canonical user id
    permissions: those of the principal's grants; without FULL_CONTROL among them, the rest of a FULL_CONTROL stays
    """

    mode: Literal["public", "acl", "policy"] = "public"
    principal: Annotated[str, AfterValidator(_known)] | None = None
    permissions: Annotated[list[Permission], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.permissions and not self.principal:
            raise ValueError("`permissions` are those of a `principal`: name it too")
        if self.principal and "mode" in self.model_fields_set:
            raise ValueError("write either `mode` or `principal`")
        return self


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """ListBuckets shows an account its own buckets only, and where they are."""
    for listed in _listed(place, names):
        which = {"Bucket": listed["Name"], "ExpectedBucketOwner": place.account}
        where = listed if listed.get("BucketRegion") else answer(place, HEAD, **which)
        if where is None:
            continue  # deleted since it was listed
        # Only us-east-1 knows when a bucket was created; elsewhere CreationDate moves, e.g. with its policy.
        created = listed["CreationDate"].astimezone(UTC) if place.partition == "aws" else None
        facts = {"account": place.account, "partition": place.partition}
        yield Resource(listed["Name"], facts, created=created, region=where["BucketRegion"])


def closing(options: Close) -> tuple[Part, ...]:
    """What `disable` goes by with these options."""
    if options.mode == "policy":
        return (s3_access.POLICY,)
    # AWS accepts no public grant while new ones are blocked.
    return (s3_access.BLOCK, s3_access.GRANTS) if options.principal or options.mode == "acl" else (s3_access.BLOCK,)


def disable(bucket: Resource, options: Close) -> list[Call]:
    """Close it to the public, or take away what the options name and nothing else."""
    if options.mode == "policy":
        return close(bucket, POLICY)
    if options.mode == "public" and not options.principal:
        # All four: public grants and policies stay as they are, but S3 ignores them. A public policy then opens the
        # bucket to its own account and AWS services alone: not to other accounts it names.
        return ACCESS.change(bucket, dict.fromkeys(BLOCKS, True))
    # BucketOwnerEnforced switches ACLs off: no grant counts, and AWS accepts no other ACL.
    if bucket.facts["ownership"] == "BucketOwnerEnforced":
        return []
    grants = bucket.facts["grants"]
    if not options.principal:
        return _acl(bucket, [grant for grant in grants if not is_public(grant)])
    if options.principal == bucket.facts["owner"]:
        raise Refused("that principal owns the bucket, and would be locked out of it; use `mode: public` instead")
    return _acl(bucket, without(grants, options.principal, options.permissions))


def kill(bucket: Resource, options: Forced) -> list[Call]:
    """Seal it and have AWS empty it, which can both be taken back; delete it once it is empty.

    What would refuse that last step is looked for before the first.
    """
    facts = bucket.facts
    arn = f"arn:{facts['partition']}:s3:::{bucket.name}"
    _check(facts)
    forbidding = s3_policy.forbidding(facts["policy"], arn, facts["account"])
    if forbidding:
        why = s3_policy.why_not(forbidding[0], arn, facts["account"])
        unless_forced(options.force, why, "take that out of the policy")
    sealed = s3_policy.sealed(facts["policy"], arn, facts["account"])
    first = POLICY.change(bucket, sealed) if facts["filled"] or forbidding else []
    if not facts["filled"]:
        return [*first, DELETE(bucket)]
    calls = [*first, *LIFECYCLE.change(bucket, s3_contents.EMPTYING)]
    if not calls:
        raise Underway(
            "AWS empties it by its lifecycle rule KrampusEmpties, which takes days; once it is empty, it is deleted"
        )
    return calls


def _check(facts: Mapping[str, Any]) -> None:
    """Raise Refused for what keeps AWS from deleting it, or what is inside, and only a person can end."""
    if facts["filled"] and facts["lock"]:
        raise Refused(
            "object lock is on: nobody can delete a version under COMPLIANCE retention or legal hold. Delete all "
            "versions and delete markers when no retention or hold is left, and Krampus deletes the empty bucket"
        )
    if facts["filled"] and facts["mfa"]:
        raise Refused("MFA delete is on: only the account's root user, with its MFA device, can disable it")
    if facts["filled"] and facts["replicates_to"]:
        to = ", ".join(facts["replicates_to"])
        raise Refused(f"it replicates to {to}: AWS deletes no object that still waits for that; end the replication")
    if facts["access_points"]:
        raise Refused(f"access points are attached to it: {', '.join(facts['access_points'])}; delete them first")


def before(_bucket: Resource, call: Call) -> Mapping[str, Any]:
    """What would be put back stood there; grants counted, and could be written; there was something to empty."""
    unhindered = {"filled": True, "lock": False, "mfa": False, "replicates_to": [], "access_points": []}
    usual = {"access_block": None, "ownership": "ObjectWriter", "policy": None, "lifecycle": None}
    return {**unhindered, **usual, **stood(call, *SETTINGS)}


def _listed(place: Place, names: Names) -> Iterator[Mapping[str, Any]]:
    own = place.once("buckets", lambda: {bucket["Name"]: bucket for bucket in _pages(place)})
    for name in own if names is None else names:
        if name in own:
            yield own[name]
        # A list proves nothing: 403 here is somebody else's bucket, and comes through.
        elif answer(place, HEAD, Bucket=name, ExpectedBucketOwner=place.account) is not None:
            error = {"Code": "BucketNotListed", "Message": f"{name} exists, but is not among the account's buckets yet"}
            raise place.client("s3").exceptions.ClientError({"Error": error}, "ListBuckets")


def _pages(place: Place) -> Iterator[Mapping[str, Any]]:
    home = "us-east-1" if place.partition == "aws" else ""
    return pages(place, LIST, "Buckets[]", home, PaginationConfig={"PageSize": 1000})


def _acl(bucket: Resource, wanted: list[dict[str, Any]]) -> list[Call]:
    """Put these grants only. An empty list is a valid ACL that grants nothing; the owner may still change it."""
    block = bucket.facts["access_block"]
    public = any(is_public(grant) for grant in wanted)
    if wanted != bucket.facts["grants"] and block and block["BlockPublicAcls"] and public:
        raise Refused(
            "other public grants would stay, and AWS accepts no ACL with one while BlockPublicAcls is on; remove all "
            "of them with `mode: acl`, or turn BlockPublicAcls off"
        )
    return GRANTS.change(bucket, wanted)


KIND = Kind(
    name="s3:bucket",
    title="S3 bucket",
    arn=ArnPattern("arn:{partition}:s3:::{name}"),
    # Old buckets of us-east-1 have long names, capitals and underscores. The endings are those of directory and table
    # buckets and of access points' aliases, which are other kinds.
    pattern=r"(?!.*(--x-s3|--table-s3|--ol-s3|-s3alias)$)[A-Za-z0-9][A-Za-z0-9._-]{2,254}",
    observe=observe,
    reads=(LIST, HEAD),
    verbs={
        "disable": Verb(
            disable,
            "block public access to the bucket, or remove the grants that the options name",
            (ACCESS.put, GRANTS.put, POLICY.put, DELETE_POLICY),
            options=Close,
            parts=(s3_access.BLOCK, s3_access.POLICY, s3_access.GRANTS),
            needs=closing,
        ),
        "kill": Verb(
            kill,
            "stop all writing to the bucket, have AWS delete everything in it by a lifecycle rule (which takes two to "
            "five days, and longer for very many objects), and delete the bucket once it is empty",
            (POLICY.put, LIFECYCLE.put, DELETE),
            manual_commands=("aws s3 rb --region {region} s3://{name} --force",),
            options=Forced,
            parts=(s3_access.POLICY, s3_contents.CONTENTS),
            # AWS begins each midnight (UTC), is done after several of them, and promises no end.
            stuck_after=timedelta(days=14),
        ),
    },
    batch=1,
    tagged="apart",
    before=before,
    undo_calls=undo_settings(*SETTINGS),
)
