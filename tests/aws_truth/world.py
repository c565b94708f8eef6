"""One resource of each sort that the table asks for, made by boto3 alone; the name tells the rows apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from tests.aws import Here

READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
)
Maker = Callable[[Here, str], str]


def _ec2(here: Here, what: str, name: str) -> str:
    return f"arn:aws:ec2:{here.region}:{here.account}:{what}/{name}"


def instance(here: Here, _name: str = "") -> str:
    """It runs."""
    ec2 = here.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    return _ec2(here, "instance", made["InstanceId"])


def stopped_instance(here: Here, _name: str) -> str:
    """It is stopped."""
    arn = instance(here)
    here.client("ec2").stop_instances(InstanceIds=[arn.rsplit("/", 1)[1]])
    return arn


def volume(here: Here, _name: str = "") -> str:
    """It is free."""
    made = here.client("ec2").create_volume(AvailabilityZone=f"{here.region}a", Size=1)
    return _ec2(here, "volume", made["VolumeId"])


def attached_volume(here: Here, _name: str) -> str:
    """It is a second disk of an instance that runs."""
    arn, host = volume(here), instance(here).rsplit("/", 1)[1]
    here.client("ec2").attach_volume(VolumeId=arn.rsplit("/", 1)[1], InstanceId=host, Device="/dev/sdf")
    return arn


def group(here: Here, name: str) -> str:
    """A security group that is open to the world."""
    ec2 = here.client("ec2")
    made = ec2.create_security_group(GroupName=name, Description=name)["GroupId"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[world])
    return _ec2(here, "security-group", made)


def user(here: Here, name: str) -> str:
    """A user with a password and a key."""
    iam = here.client("iam")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password="Correct-Horse-9")  # noqa: S106  moto's
    iam.create_access_key(UserName=name)
    return f"arn:aws:iam::{here.account}:user/{name}"


def role(here: Here, name: str) -> str:
    """A role with an inline policy."""
    iam = here.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=READ)
    return f"arn:aws:iam::{here.account}:role/{name}"


def people(here: Here, name: str) -> str:
    """An IAM group with an inline policy."""
    iam = here.client("iam")
    iam.create_group(GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="reads", PolicyDocument=READ)
    return f"arn:aws:iam::{here.account}:group/{name}"


def function(here: Here, name: str) -> str:
    """A function without triggers."""
    code = BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): ...")
    iam = here.client("iam")
    runs = f"{name}-runs"
    iam.create_role(RoleName=runs, AssumeRolePolicyDocument=TRUST)
    asked = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": code.getvalue()}}
    here.client("lambda").create_function(FunctionName=name, Role=f"arn:aws:iam::{here.account}:role/{runs}", **asked)
    return f"arn:aws:lambda:{here.region}:{here.account}:function:{name}"


def database(here: Here, name: str) -> str:
    """A database that is available."""
    asked: dict[str, Any] = {"Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    login = {"MasterUsername": "root", "MasterUserPassword": "only-a-test"}
    here.client("rds").create_db_instance(DBInstanceIdentifier=name, **asked, **login)
    return f"arn:aws:rds:{here.region}:{here.account}:db:{name}"


def bucket(here: Here, name: str) -> str:
    """An empty bucket with a public policy and a public grant."""
    s3 = here.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": here.region})
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    mine = {**public, "Principal": {"AWS": f"arn:aws:iam::{here.account}:root"}}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [public, mine]}))
    return f"arn:aws:s3:::{name}"


def full_bucket(here: Here, name: str) -> str:
    """The same with an object in it."""
    arn = bucket(here, name)
    here.client("s3").put_object(Bucket=name, Key="one", Body=b"1")
    return arn
