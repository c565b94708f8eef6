"""The state of the embedded AWS, one line for each resource and each rule, so that two snapshots can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.demo.accounts import Accounts
from reconciler.demo.world import CreatedResource

Lines = Iterator[str]


def snapshot(aws: Accounts, world: Iterable[CreatedResource]) -> list[str]:
    """Sorted lines, one for each thing that could change. They are read from AWS without any code of Krampus itself."""
    return sorted(
        f"{resource.account:13}  {line}" for resource in world for line in STATES[resource.kind](aws, resource)
    )


def _group(aws: Accounts, resource: CreatedResource) -> Lines:
    ec2 = aws.client("ec2", resource.account, resource.region)
    filters = [{"Name": "group-id", "Values": [resource.id]}]
    for rule in ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]:
        if not rule["IsEgress"]:
            source = rule.get("CidrIpv4") or rule.get("CidrIpv6")
            yield f"security group {resource.name}: port {rule['FromPort']} is open to {source}"


def _instance(aws: Accounts, resource: CreatedResource) -> Lines:
    answer = aws.client("ec2", resource.account, resource.region).describe_instances(InstanceIds=[resource.id])
    yield f"instance {resource.name}: {answer['Reservations'][0]['Instances'][0]['State']['Name']}"


def _volume(aws: Accounts, resource: CreatedResource) -> Lines:
    answer = aws.client("ec2", resource.account, resource.region).describe_volumes(VolumeIds=[resource.id])
    yield f"volume {resource.name}: {answer['Volumes'][0]['State']}"


def _bucket(aws: Accounts, resource: CreatedResource) -> Lines:
    s3 = aws.client("s3", resource.account, resource.region)
    yield f"bucket {resource.name}: {s3.list_objects_v2(Bucket=resource.id)['KeyCount']} object"
    for grant in s3.get_bucket_acl(Bucket=resource.id)["Grants"]:
        if uri := grant["Grantee"].get("URI"):
            yield f"bucket {resource.name}: grants {grant['Permission']} to {uri.rpartition('/')[2]}"
    try:
        block = s3.get_public_access_block(Bucket=resource.id)["PublicAccessBlockConfiguration"]
    except s3.exceptions.ClientError:
        return  # there is none
    yield f"bucket {resource.name}: public access is {'blocked' if all(block.values()) else 'partly blocked'}"


def _user(aws: Accounts, resource: CreatedResource) -> Lines:
    iam = aws.client("iam", resource.account)
    for key in iam.list_access_keys(UserName=resource.id)["AccessKeyMetadata"]:
        yield f"user {resource.name}: access key {key['AccessKeyId']} is {key['Status'].lower()}"


def _key(_aws: Accounts, _resource: CreatedResource) -> Lines:
    yield from ()  # the lines of its user include it


def _role(aws: Accounts, resource: CreatedResource) -> Lines:
    names = aws.client("iam", resource.account).list_role_policies(RoleName=resource.id)["PolicyNames"]
    yield from (f"role {resource.name}: policy {name}" for name in names)


def _team(aws: Accounts, resource: CreatedResource) -> Lines:
    names = aws.client("iam", resource.account).list_group_policies(GroupName=resource.id)["PolicyNames"]
    yield from (f"group {resource.name}: policy {name}" for name in names)


def _function(aws: Accounts, resource: CreatedResource) -> Lines:
    functions = aws.client("lambda", resource.account, resource.region).list_functions()["Functions"]
    if any(function["FunctionName"] == resource.id for function in functions):
        yield f"function {resource.name}: exists"


def _database(aws: Accounts, resource: CreatedResource) -> Lines:
    answer = aws.client("rds", resource.account, resource.region).describe_db_instances(
        DBInstanceIdentifier=resource.id
    )
    yield f"database {resource.name}: {answer['DBInstances'][0]['DBInstanceStatus']}"


STATES: dict[str, Callable[[Accounts, CreatedResource], Lines]] = {
    "ec2:security-group": _group,
    "ec2:instance": _instance,
    "ec2:volume": _volume,
    "s3:bucket": _bucket,
    "iam:user": _user,
    "iam:access-key": _key,
    "iam:role": _role,
    "iam:group": _team,
    "lambda:function": _function,
    "rds:db": _database,
}
