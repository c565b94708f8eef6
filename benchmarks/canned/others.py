"""What STS, IAM, S3 and Lambda answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from benchmarks.canned.world import FIRST, Place, World, place_in

DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
BORN = "2026-01-05T10:00:00Z"
TRUST = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"
ROLE = (
    "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROA{tail}</RoleId><Arn>arn:aws:iam::{owner}:role/{name}"
    "</Arn><CreateDate>{born}</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
    "<InstanceProfileList/><RolePolicyList/><AttachedManagedPolicies>{denied}</AttachedManagedPolicies><Tags><member>"
    "<Key>team</Key><Value>web</Value></member></Tags></member>"
)
ATTACHED = f"<member><PolicyName>AWSDenyAll</PolicyName><PolicyArn>{DENY_ALL}</PolicyArn></member>"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCKED = "".join(f"<{name}>true</{name}>" for name in BLOCKS)
BLOCK, MISSING = "publicAccessBlock", "<Error><Code>{}</Code><Message>There is none</Message></Error>"
# As a new bucket has them, by how they are asked for.
SETTINGS = {
    "": (200, ""),
    BLOCK: (404, MISSING.format("NoSuchPublicAccessBlockConfiguration")),
    "tagging": (404, MISSING.format("NoSuchTagSet")),
    "policy": (404, MISSING.format("NoSuchBucketPolicy")),
    "ownershipControls": (
        200,
        "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
    ),
    "acl": (
        200,
        "<AccessControlPolicy><Owner><ID>{owner}</ID></Owner><AccessControlList><Grant><Grantee "
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>{owner}</ID></Grantee>'
        "<Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
    ),
}


class Request(NamedTuple):
    """A request to a service that knows paths."""

    method: str
    path: str
    query: Mapping[str, str]
    body: str


Answer = tuple[int, str]


def sts(form: Mapping[str, str]) -> str:
    """A session, whose key tells its account."""
    action, until = form["Action"], datetime.now(UTC) + timedelta(hours=12)
    account = form.get("RoleArn", f"::::{FIRST}").split(":")[4]
    if action == "GetCallerIdentity":
        return f"<{action}Response><{action}Result><Account>{account}</Account></{action}Result></{action}Response>"
    return (
        f"<{action}Response><{action}Result><AssumedRoleUser><AssumedRoleId>A:x</AssumedRoleId><Arn>arn:aws:sts::"
        f"{account}:assumed-role/x/y</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIA{account}</AccessKeyId>"
        f"<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{until:%Y-%m-%dT%H:%M:%SZ}"
        f"</Expiration></Credentials></{action}Result></{action}Response>"
    )


def iam(world: World, place: Place, form: Mapping[str, str]) -> str:
    """The account's roles; other operations have nothing to tell."""
    action, body = form["Action"], ""
    if action == "GetAccountAuthorizationDetails":
        asked = [value for key, value in form.items() if key.startswith("Filter.")]
        roles = _roles(world, place) if not asked or "Role" in asked else ""
        lists = f"<UserDetailList/><GroupDetailList/><RoleDetailList>{roles}</RoleDetailList><Policies/>"
        body = f"<IsTruncated>false</IsTruncated>{lists}"
    elif action == "GetPolicy":
        body = f"<Policy><Arn>{DENY_ALL}</Arn><DefaultVersionId>v1</DefaultVersionId></Policy>"
    elif action == "AttachRolePolicy":
        world.change("denied", [form["RoleName"]])
    return f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"


def _roles(world: World, place: Place) -> str:
    usual = {"owner": FIRST + place.account, "born": BORN, "trust": TRUST}
    return "".join(
        ROLE.format(
            name=name, tail=name[-16:].upper(), denied=ATTACHED if f"denied {name}" in world.changed else "", **usual
        )
        for name in world.names("role", Place(place.account, 0))
    )


def s3(world: World, account: int, request: Request) -> Answer:
    """Buckets, their settings as a new bucket has them, and their public access block once it is put."""
    name = request.path.strip("/").split("/")[0]
    if not name:
        return 200, _buckets(world, Place(account, 0), request.query.get("prefix", ""))
    if request.method == "PUT" and BLOCK in request.query:
        world.change("blocked", [name])
    asked = next((key for key in request.query if key in SETTINGS), "")
    if asked == BLOCK and f"blocked {name}" in world.changed:
        return 200, f"<PublicAccessBlockConfiguration>{BLOCKED}</PublicAccessBlockConfiguration>"
    owner = FIRST + place_in(name).account
    return SETTINGS[asked][0], SETTINGS[asked][1].replace("{owner}", f"{owner:064x}")


def _buckets(world: World, place: Place, prefix: str) -> str:
    region = world.region(0)
    rows = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>{BORN}</CreationDate><BucketRegion>{region}</BucketRegion></Bucket>"
        for name in world.names("bucket", place)
        if name.startswith(prefix)
    )
    return f"<ListAllMyBucketsResult><Buckets>{rows}</Buckets></ListAllMyBucketsResult>"


def functions(world: World, place: Place, request: Request) -> Answer:
    """Functions by list or by name, and their concurrency once it is put."""
    named = re.search(r"/functions/([^/]+)", request.path)
    name = unquote(named[1]) if named else ""
    if request.path.endswith("/concurrency"):
        if request.method == "PUT":
            world.change("closed", [name])
        closed = f"closed {name}" in world.changed
        return 200, json.dumps({"ReservedConcurrentExecutions": 0} if closed else {})
    if "/tags/" in request.path:
        return 200, json.dumps({"Tags": {"team": "web"}})
    if "event-source-mappings" in request.path:
        return 200, json.dumps({"EventSourceMappings": []})
    if request.path.rstrip("/").endswith("/functions"):
        return 200, json.dumps({"Functions": [_function(world, place, one) for one in world.names("function", place)]})
    return 200, json.dumps({"Configuration": _function(world, place, name)} if name else {})


def _function(world: World, place: Place, name: str) -> dict[str, object]:
    arn = f"arn:aws:lambda:{world.region(place.region)}:{FIRST + place.account}:function:{name}"
    return {
        "FunctionName": name,
        "FunctionArn": arn,
        "Runtime": "python3.12",
        "LastModified": "2026-01-05T10:00:00.000+0000",
    }


REST: Mapping[str, Callable[[World, Place, Request], Answer]] = {
    "s3": lambda world, place, request: s3(world, place.account, request),
    "lambda": functions,
}
