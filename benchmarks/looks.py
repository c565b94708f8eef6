"""How everything in a world is right now, as plain values; and how a target must be when it is done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from benchmarks.world import GLOBAL, Action, Aws, Kind, Place, Thing, World, side_by_side

OPEN, DENIED = "0.0.0.0/0", "denied everything"
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
BLOCKED = (True, True, True, True)

# (kind, action) -> how it must be, made from how it was
WANTED: Mapping[tuple[Kind, Action], Callable[[Any], object]] = {
    ("instance", "disable"): lambda _: "stopped",
    ("instance", "kill"): lambda _: "terminated",
    ("security-group", "disable"): lambda rules: [rule for rule in rules if OPEN not in rule],
    ("bucket", "disable"): lambda _: BLOCKED,
    ("function", "disable"): lambda _: 0,
    ("role", "disable"): lambda policies: sorted([*policies, DENIED]),
    ("user", "kill"): lambda _: None,
}


def look(aws: Aws, world: World) -> dict[Thing, object]:
    """How everything is."""
    kinds = {thing.kind for thing in world.before} or set(LOOKS)
    tasks = [
        (kind, place)
        for kind in sorted(kinds)
        for place in world.places
        if kind not in GLOBAL or place.region == world.regions[0]
    ]
    found = side_by_side(lambda task: [*LOOKS[task[0]](aws, task[1])], tasks)
    return {Thing(kind, place, id_): how for (kind, place), ones in zip(tasks, found, strict=True) for id_, how in ones}


Found = Iterator[tuple[str, object]]


def _instances(aws: Aws, place: Place) -> Found:
    for page in aws.client(place, "ec2").get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            yield from ((one["InstanceId"], one["State"]["Name"]) for one in reservation["Instances"])


def _groups(aws: Aws, place: Place) -> Found:
    for group in aws.client(place, "ec2").describe_security_groups()["SecurityGroups"]:
        rules = [
            f"{rule['IpProtocol']} {rule.get('FromPort')} {source['CidrIp']}"
            for rule in group["IpPermissions"]
            for source in rule["IpRanges"]
        ]
        yield group["GroupId"], sorted(rules)


def _buckets(aws: Aws, place: Place) -> Found:
    s3 = aws.client(place, "s3")
    for bucket in s3.list_buckets()["Buckets"]:
        try:
            block = s3.get_public_access_block(Bucket=bucket["Name"])["PublicAccessBlockConfiguration"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
                raise
            block = {}
        yield bucket["Name"], tuple(block.values())


def _functions(aws: Aws, place: Place) -> Found:
    client = aws.client(place, "lambda")
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            answer = client.get_function_concurrency(FunctionName=function["FunctionName"])
            yield function["FunctionName"], answer.get("ReservedConcurrentExecutions")


def _roles(aws: Aws, place: Place) -> Found:
    for role in _details(aws, place, "Role"):
        yield role["RoleName"], _policies(role, "RolePolicyList")


def _users(aws: Aws, place: Place) -> Found:
    for user in _details(aws, place, "User"):
        keys = aws.client(place, "iam").list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]
        signs = sorted(f"{key['AccessKeyId']} {key['Status']}" for key in keys)
        yield user["UserName"], [*_policies(user, "UserPolicyList"), *signs]


def _details(aws: Aws, place: Place, what: str) -> Iterator[Any]:
    pages = aws.client(place, "iam").get_paginator("get_account_authorization_details").paginate(Filter=[what])
    return (detail for page in pages for detail in page[f"{what}DetailList"])


def _policies(detail: Any, inline: str) -> list[str]:
    """Their names; by whichever name, one that denies everything is the same."""
    attached = [policy["PolicyArn"] for policy in detail["AttachedManagedPolicies"]]
    names = [DENIED if arn == DENY_ALL else arn for arn in attached]
    names += [DENIED if _denies(one["PolicyDocument"]) else one["PolicyName"] for one in detail.get(inline, ())]
    return sorted(names)


def _denies(document: Any) -> bool:
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return any(
        everything.items() <= one.items() for one in (statements if isinstance(statements, list) else [statements])
    )


LOOKS: Mapping[Kind, Callable[[Aws, Place], Found]] = {
    "instance": _instances,
    "security-group": _groups,
    "bucket": _buckets,
    "function": _functions,
    "role": _roles,
    "user": _users,
}
