"""How the embedded AWS stands, a line for each resource and each rule: two such looks compared show what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reconciler.demo.accounts import Accounts
from reconciler.demo.world import CreatedResource

Lines = Iterator[str]


def snapshot(aws: Accounts, world: Iterable[CreatedResource]) -> list[str]:
    """A sorted line for each thing that could change. It asks AWS itself, by none of Krampus' own code."""
    return sorted(f"{made.account:13}  {line}" for made in world for line in STATES[made.kind](aws, made))


def _group(aws: Accounts, made: CreatedResource) -> Lines:
    ec2 = aws.client("ec2", made.account, made.region)
    filters = [{"Name": "group-id", "Values": [made.id]}]
    for rule in ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]:
        if not rule["IsEgress"]:
            source = rule.get("CidrIpv4") or rule.get("CidrIpv6")
            yield f"security group {made.name}: port {rule['FromPort']} is open to {source}"


def _instance(aws: Accounts, made: CreatedResource) -> Lines:
    answer = aws.client("ec2", made.account, made.region).describe_instances(InstanceIds=[made.id])
    yield f"instance {made.name}: {answer['Reservations'][0]['Instances'][0]['State']['Name']}"


def _volume(aws: Accounts, made: CreatedResource) -> Lines:
    answer = aws.client("ec2", made.account, made.region).describe_volumes(VolumeIds=[made.id])
    yield f"volume {made.name}: {answer['Volumes'][0]['State']}"


def _bucket(aws: Accounts, made: CreatedResource) -> Lines:
    s3 = aws.client("s3", made.account, made.region)
    yield f"bucket {made.name}: {s3.list_objects_v2(Bucket=made.id)['KeyCount']} object"
    for grant in s3.get_bucket_acl(Bucket=made.id)["Grants"]:
        if "URI" in grant["Grantee"]:
            yield f"bucket {made.name}: grants {grant['Permission']} to {grant['Grantee']['URI'].rpartition('/')[2]}"
    try:
        block = s3.get_public_access_block(Bucket=made.id)["PublicAccessBlockConfiguration"]
    except s3.exceptions.ClientError:
        return  # there is none
    yield f"bucket {made.name}: public access is {'blocked' if all(block.values()) else 'partly blocked'}"


def _user(aws: Accounts, made: CreatedResource) -> Lines:
    iam = aws.client("iam", made.account)
    for key in iam.list_access_keys(UserName=made.id)["AccessKeyMetadata"]:
        yield f"user {made.name}: access key {key['AccessKeyId']} is {key['Status'].lower()}"


def _key(_aws: Accounts, _made: CreatedResource) -> Lines:
    yield from ()  # its user's lines have it


def _role(aws: Accounts, made: CreatedResource) -> Lines:
    names = aws.client("iam", made.account).list_role_policies(RoleName=made.id)["PolicyNames"]
    yield from (f"role {made.name}: policy {name}" for name in names)


def _team(aws: Accounts, made: CreatedResource) -> Lines:
    names = aws.client("iam", made.account).list_group_policies(GroupName=made.id)["PolicyNames"]
    yield from (f"group {made.name}: policy {name}" for name in names)


def _function(aws: Accounts, made: CreatedResource) -> Lines:
    functions = aws.client("lambda", made.account, made.region).list_functions()["Functions"]
    if any(function["FunctionName"] == made.id for function in functions):
        yield f"function {made.name}: exists"


def _database(aws: Accounts, made: CreatedResource) -> Lines:
    answer = aws.client("rds", made.account, made.region).describe_db_instances(DBInstanceIdentifier=made.id)
    yield f"database {made.name}: {answer['DBInstances'][0]['DBInstanceStatus']}"


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
