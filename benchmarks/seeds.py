"""Puts things into an empty AWS, always the same ones; what it makes is as open as it can be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from zipfile import ZipFile

from benchmarks.looks import OPEN
from benchmarks.world import Aws, Place, Thing

IMAGE, OFFICE = "ami-12c6146b", "203.0.113.0/24"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
READING = json.dumps(READS)


def instances(aws: Aws, place: Place, count: int) -> list[Thing]:
    """Running ones."""
    answer = aws.client(place, "ec2").run_instances(
        ImageId=IMAGE, InstanceType="t3.micro", MinCount=count, MaxCount=count
    )
    return [Thing("instance", place, one["InstanceId"]) for one in answer["Instances"]]


def groups(aws: Aws, place: Place, count: int, ports: Sequence[int]) -> Iterator[Thing]:
    """Each with these ports open to all, and one to the office."""
    ec2 = aws.client(place, "ec2")
    rules = [*((port, OPEN) for port in ports), (443, OFFICE)]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}
        for port, source in rules
    ]
    for number in range(count):
        made = ec2.create_security_group(GroupName=f"group-{number:03}", Description="A group")["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=permissions)
        yield Thing("security-group", place, made)


def buckets(aws: Aws, place: Place, count: int) -> Iterator[Thing]:
    """Without any block of public access. The names of buckets are one space over all accounts."""
    for number in range(count):
        name = f"bench-{place.account}-{number:03}"
        aws.client(place, "s3").create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": place.region}
        )
        yield Thing("bucket", place, name)


def functions(aws: Aws, place: Place, count: int) -> Iterator[Thing]:
    """Without a reserved concurrency. Their role is there already."""
    code = BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    for number in range(count):
        name = f"function-{number:03}"
        aws.client(place, "lambda").create_function(
            FunctionName=name,
            Code={"ZipFile": code.getvalue()},
            Role=f"arn:aws:iam::{place.account}:role/role-000",
            Runtime="python3.12",
            Handler="index.handler",
        )
        yield Thing("function", place, name)


def roles(aws: Aws, place: Place, count: int) -> Iterator[Thing]:
    """Each with an inline policy."""
    iam = aws.client(place, "iam")
    for number in range(count):
        name = f"role-{number:03}"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=READING)
        yield Thing("role", place, name)


def users(aws: Aws, place: Place, count: int) -> Iterator[Thing]:
    """Each with two access keys, an inline policy and an attached one."""
    iam = aws.client(place, "iam")
    shared = iam.create_policy(PolicyName="reads", PolicyDocument=READING)["Policy"]["Arn"]
    for number in range(count):
        name = f"user-{number:03}"
        iam.create_user(UserName=name)
        for _ in range(2):
            iam.create_access_key(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="reads", PolicyDocument=READING)
        iam.attach_user_policy(UserName=name, PolicyArn=shared)
        yield Thing("user", place, name)
