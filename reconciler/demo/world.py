"""What exists in the embedded AWS before the demo begins: some forty resources, as in a small company."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from reconciler.demo.accounts import ACCOUNTS, HOME, Accounts

WEB, PAY, LAB, EAST = "website-prod", "payments-prod", "data-lab", "us-east-1"
IMAGE = "ami-12c6146b"  # one that moto knows
OFFICE, ANYWHERE, ANYWHERE6 = "203.0.113.0/24", "0.0.0.0/0", "::/0"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}

# (account, region, name, its id in the example files or "", inbound rules as port and source)
GROUPS = (
    (WEB, HOME, "web-legacy", "sg-0a1b2c3d4e5f60718", ((22, ANYWHERE), (22, OFFICE), (443, ANYWHERE))),
    (WEB, HOME, "build-agents", "sg-04d1e8a27b9c3f560", ((22, ANYWHERE), (22, ANYWHERE6), (8443, OFFICE))),
    (WEB, HOME, "web-frontend", "", ((80, ANYWHERE), (443, ANYWHERE))),
    (WEB, EAST, "bastion", "sg-0b7f1c5e93a2d8460", ((22, ANYWHERE),)),
    (PAY, HOME, "payments-admin", "sg-0e92c4a1b5d7f3086", ((22, ANYWHERE), (443, OFFICE))),
    (PAY, HOME, "ledger-db", "", ((5432, "10.20.0.0/16"),)),
    (LAB, HOME, "lab-notebooks", "sg-0c3a7e5f1b9d20846", ((22, ANYWHERE), (8888, OFFICE))),
)
# (account, region, name, example id)
INSTANCES = (
    (WEB, HOME, "shop-1", ""),
    (WEB, HOME, "shop-2", ""),
    (WEB, HOME, "load-test-2", "i-0c1f5a9e3b7d24680"),
    (WEB, EAST, "preview-eu-shop", "i-09d3b6e0f2a8c1574"),
    (WEB, EAST, "campaign-1", "i-0f4e2d1c9b8a70653"),
    (WEB, EAST, "campaign-2", "i-02b4c6d8e0f1a3957"),
    (WEB, EAST, "campaign-3", "i-07a9c3e5b1d2f4860"),
    (PAY, HOME, "ledger-worker", ""),
    (LAB, HOME, "gpu-box", ""),
)
VOLUMES = (
    (WEB, HOME, "shop-uploads", ""),
    (WEB, EAST, "campaign-images", "vol-0d8c7b6a5f4e3d2c1"),
    (WEB, EAST, "campaign-logs", "vol-01f2e3d4c5b6a7089"),
    (WEB, EAST, "campaign-cache", "vol-0a5b4c3d2e1f60987"),
    (WEB, EAST, "campaign-scratch", "vol-0bead1234c5678f90"),
)
# (account, name, open to the public)
BUCKETS = (
    (WEB, "acme-crash-dumps", True),
    (WEB, "acme-website-assets", False),
    (PAY, "acme-invoices-export", True),
    (PAY, "acme-ledger-archive", False),
    (LAB, "acme-lab-datasets", False),
)
# (account, path, name, the example ids of its access keys)
USERS = (
    (WEB, "/", "deploy-bot", ("AKIA4OLDDEPLOYKEY2A7", "")),
    (WEB, "/", "release-bot", ("",)),
    (PAY, "/exports/", "reporting-export", ("",)),
)
ROLES = ((WEB, "consultants-deploy"), (WEB, "break-glass"), (PAY, "invoice-mailer"), (LAB, "notebooks"))
TEAMS = ((WEB, "developers"), (PAY, "finance"), (LAB, "consultants"))
FUNCTIONS = ((PAY, "invoice-mailer"), (PAY, "invoice-mailer-v2"))
DATABASES = ((PAY, "ledger"), (PAY, "reporting-copy"), (LAB, "features"))


class CreatedResource(NamedTuple):
    """A resource that was created. `example`: its id in the example files, "" where its name is its id."""

    account: str
    region: str
    kind: str
    name: str
    id: str
    example: str = ""


def create_world(aws: Accounts) -> tuple[CreatedResource, ...]:
    """Create all resources."""
    makers = (_groups, _instances, _volumes, _buckets, _users, _roles, _teams, _functions, _databases)
    return tuple(resource for maker in makers for resource in maker(aws))


def _groups(aws: Accounts) -> Iterator[CreatedResource]:
    for account, region, name, example, rules in GROUPS:
        ec2 = aws.client("ec2", account, region)
        id_ = ec2.create_security_group(GroupName=name, Description=f"What may reach {name}")["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=id_, IpPermissions=[rule(port, source) for port, source in rules])
        yield CreatedResource(account, region, "ec2:security-group", name, id_, example)


def rule(port: int, source: str) -> dict[str, object]:
    """One inbound rule in AWS's format."""
    ranges, key = ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, ranges: [{key: source}]}


def _instances(aws: Accounts) -> Iterator[CreatedResource]:
    for account, region, name, example in INSTANCES:
        arguments = {"ImageId": IMAGE, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
        answer = aws.client("ec2", account, region).run_instances(
            **arguments, TagSpecifications=_named("instance", name)
        )
        yield CreatedResource(account, region, "ec2:instance", name, answer["Instances"][0]["InstanceId"], example)


def _volumes(aws: Accounts) -> Iterator[CreatedResource]:
    for account, region, name, example in VOLUMES:
        arguments = {"AvailabilityZone": f"{region}a", "Size": 100, "TagSpecifications": _named("volume", name)}
        answer = aws.client("ec2", account, region).create_volume(**arguments)
        yield CreatedResource(account, region, "ec2:volume", name, answer["VolumeId"], example)


def _named(what: str, name: str) -> list[dict[str, object]]:
    return [{"ResourceType": what, "Tags": [{"Key": "Name", "Value": name}]}]


def _buckets(aws: Accounts) -> Iterator[CreatedResource]:
    for account, name, public in BUCKETS:
        s3 = aws.client("s3", account)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": HOME})
        s3.put_object(Bucket=name, Key="2026/11/one.json", Body=b"{}")
        if public:
            s3.put_bucket_acl(Bucket=name, ACL="public-read")
        yield CreatedResource(account, HOME, "s3:bucket", name, name)


def _users(aws: Accounts) -> Iterator[CreatedResource]:
    for account, path, name, keys in USERS:
        iam = aws.client("iam", account)
        iam.create_user(UserName=name, Path=path)
        yield CreatedResource(account, "global", "iam:user", name, name)
        for example in keys:
            key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
            yield CreatedResource(account, "global", "iam:access-key", f"a key of {name}", key, example)


def _roles(aws: Accounts) -> Iterator[CreatedResource]:
    for account, name in ROLES:
        iam = aws.client("iam", account)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=json.dumps(READS))
        yield CreatedResource(account, "global", "iam:role", name, name)


def _teams(aws: Accounts) -> Iterator[CreatedResource]:
    for account, name in TEAMS:
        iam = aws.client("iam", account)
        iam.create_group(GroupName=name)
        iam.put_group_policy(GroupName=name, PolicyName="reads", PolicyDocument=json.dumps(READS))
        yield CreatedResource(account, "global", "iam:group", name, name)


def _functions(aws: Accounts) -> Iterator[CreatedResource]:
    code = BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    for account, name in FUNCTIONS:
        role = f"arn:aws:iam::{ACCOUNTS[account]}:role/invoice-mailer"
        arguments = {"Runtime": "python3.12", "Role": role, "Handler": "index.handler"}
        aws.client("lambda", account).create_function(FunctionName=name, Code={"ZipFile": code.getvalue()}, **arguments)
        yield CreatedResource(account, HOME, "lambda:function", name, name)


def _databases(aws: Accounts) -> Iterator[CreatedResource]:
    for account, name in DATABASES:
        arguments = {"Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
        login = {"MasterUsername": "root", "MasterUserPassword": "only-a-demo"}
        aws.client("rds", account).create_db_instance(DBInstanceIdentifier=name, **arguments, **login)
        yield CreatedResource(account, HOME, "rds:db", name, name)
