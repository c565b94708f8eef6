"""Generated resources made in moto over HTTP, each under a name of its own, and looked at as Krampus does."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from reconciler.model.sighting import Resource
from reconciler.resources.catalog import KINDS
from tests import moto_iam
from tests.aws import Here
from tests.generated import FRIENDS, OWNER, STATEMENT, Drawn
from tests.small_aws import Facts

NUMBERS = count()


def look(here: Here, kind: str, name: str) -> Resource:
    """The one resource of this name."""
    (found,) = KINDS[kind].observe(here, [name])
    return found


def make_group(here: Here, drawn: Drawn) -> tuple[str, dict[str, Any]]:
    """A security group with these rules; the groups that they refer to are real ones, in the options too."""
    facts, options = drawn
    ec2, number = here.client("ec2"), next(NUMBERS)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def made(name: str) -> str:
        return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])

    friends = {friend: made(f"friend-{friend}-{number}") for friend in FRIENDS}
    group = made(f"web-{number}")
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everywhere)
    for rule in facts["rules"]:
        authorize = getattr(ec2, f"authorize_security_group_{rule['direction']}")
        authorize(GroupId=group, **_permission(rule, friends, here.account))
    return group, {key: friends.get(str(value), value) for key, value in options.items()}


def make_bucket(here: Here, drawn: Drawn) -> str:
    """A bucket that is as open as the facts say."""
    facts, _ = drawn
    s3, name = here.client("s3"), f"acme-assets-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": here.region})
    if facts["ownership"] != "ObjectWriter":
        rules = [{"ObjectOwnership": facts["ownership"]}]
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": rules})
    owner = s3.get_bucket_acl(Bucket=name)["Owner"]["ID"]
    grants = json.loads(json.dumps(facts["grants"]).replace(OWNER, owner))
    s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Owner": {"ID": owner}, "Grants": grants})
    if facts["policy"]:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(facts["policy"]).replace("acme-assets", name))
    if facts["access_block"]:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=facts["access_block"])
    return name


def make_principal(here: Here, who: str, facts: Facts) -> str:
    """A user, role or group with these policies; the ids of a user's credentials are moto's own."""
    iam, name = here.client("iam"), f"{who}-{next(NUMBERS)}"
    me = {f"{who.title()}Name": name}
    extra = {"AssumeRolePolicyDocument": "{}"} if who == "role" else {}
    getattr(iam, f"create_{who}")(**me, **extra)
    if facts.get("deny_all"):
        moto_iam.deny_all(here.account)
    for policy, document in facts["inline"].items():
        getattr(iam, f"put_{who}_policy")(**me, PolicyName=policy, PolicyDocument=json.dumps(document))
    for arn in facts["attached"]:
        policy = f"{arn.rsplit('/', 1)[1]}-{name}"
        document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
        made = iam.create_policy(PolicyName=policy, PolicyDocument=document)["Policy"]["Arn"]
        getattr(iam, f"attach_{who}_policy")(**me, PolicyArn=made)
    if who == "user":
        _credentials(iam, name, facts)
    return name


def make_function(here: Here, facts: Facts) -> str:
    """A function with mappings to queues of its own."""
    number = next(NUMBERS)
    client, sqs, name = here.client("lambda"), here.client("sqs"), f"orders-{number}"
    role = here.client("iam").create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    given = {"Role": role, "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}, "Runtime": "python3.12"}
    client.create_function(FunctionName=name, Handler="index.handler", **given)
    for index, mapping in enumerate(facts["mappings"]):
        queue = sqs.create_queue(QueueName=f"{name}-{index}")["QueueUrl"]
        source = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        enabled = mapping["state"] == "Enabled"
        client.create_event_source_mapping(FunctionName=name, EventSourceArn=source, Enabled=enabled)
    if facts["reserved"] is not None:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=facts["reserved"])
    return name


def make_instance(here: Here, flags: list[bool], running: bool = True) -> tuple[str, list[str]]:
    """An instance with a disk for each flag, which says whether the disk ends with it; and the disks' names."""
    ec2 = here.client("ec2")
    disks: list[dict[str, Any]] = [
        {"DeviceName": f"/dev/sd{letter}", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": flag}}
        for letter, flag in zip("fghij", flags, strict=False)
    ]
    image = ec2.describe_images(Owners=["amazon"], MaxResults=5)["Images"][0]["ImageId"]
    (ran,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, BlockDeviceMappings=disks)["Instances"]
    (found,) = ec2.describe_instances(InstanceIds=[ran["InstanceId"]])["Reservations"][0]["Instances"]
    if not running:
        ec2.stop_instances(InstanceIds=[ran["InstanceId"]])
    made = {each["DeviceName"]: each["Ebs"]["VolumeId"] for each in found["BlockDeviceMappings"]}
    return str(ran["InstanceId"]), [made[disk["DeviceName"]] for disk in disks]


def make_database(here: Here, facts: Facts) -> str:
    """A database, available or stopped."""
    rds, name = here.client("rds"), f"orders-{next(NUMBERS)}"
    login = {"MasterUsername": "root", "MasterUserPassword": "only-a-test", "AllocatedStorage": 20}
    rds.create_db_instance(DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", **login)
    if facts["status"] == "stopped":
        rds.stop_db_instance(DBInstanceIdentifier=name)
    return name


def _permission(rule: Facts, friends: dict[str, str], account: str) -> dict[str, Any]:
    names = {"CidrIp": "IpRanges", "CidrIpv6": "Ipv6Ranges", "PrefixListId": "PrefixListIds"}
    source = dict(rule["source"])
    if "GroupId" in source:
        source = {"GroupId": friends[source["GroupId"]], "UserId": account}
    (key,) = [names[name] for name in source if name in names] or ["UserIdGroupPairs"]
    if rule["description"]:
        source["Description"] = rule["description"]
    ports = {} if rule["protocol"] == "-1" else {"FromPort": rule["from"], "ToPort": rule["to"]}
    labels = [{"Key": name, "Value": value} for name, value in rule["tags"].items()]
    specs = [{"ResourceType": "security-group-rule", "Tags": labels}]
    whole = {"IpPermissions": [{"IpProtocol": rule["protocol"], **ports, key: [source]}]}
    return {**whole, "TagSpecifications": specs} if labels else whole


def _credentials(iam: Any, name: str, facts: Facts) -> None:
    for status in facts["access_key"].values():
        key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName=name, AccessKeyId=key, Status=status)
    for number, status in enumerate(facts["ssh_public_key"].values()):
        key = iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=f"ssh-rsa {name}{number}")["SSHPublicKey"]
        iam.update_ssh_public_key(UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"], Status=status)
    for status in facts["service_specific_credential"].values():
        made = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
        id_ = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
        iam.update_service_specific_credential(UserName=name, ServiceSpecificCredentialId=id_, Status=status)
