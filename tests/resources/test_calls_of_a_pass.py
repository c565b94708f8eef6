"""What one pass over n and over 2n of a kind asks of AWS: some once, some of each, and nothing that no option needs."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from reconciler.demo.server import Gate, Request
from reconciler.model.sighting import Look, Problem, Resource
from reconciler.model.target import Target
from reconciler.model.task import Action
from reconciler.observe.named import WORKERS, observe
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.place import Entered
from tests.aws import Here
from tests.resources.examples import CASES as KIND_CASES

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
FEW = 2
LOST: Mapping[str, Any] = {"skip_backup": True}
KEY: Mapping[str, Any] = {"access_key_id": "AKIAIOSFODNN7EXAMPLE"}


def users(here: Here, count: int) -> list[str]:
    iam, names = here.client("iam"), [f"user-{number}" for number in range(count)]
    for name in names:
        iam.create_user(UserName=name)
        iam.create_access_key(UserName=name)
        iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    return names


def roles(here: Here, count: int) -> list[str]:
    names = [f"role-{number}" for number in range(count)]
    for name in names:
        here.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    return names


def groups(here: Here, count: int) -> list[str]:
    iam, names = here.client("iam"), [f"group-{number}" for number in range(count)]
    policy = iam.create_policy(PolicyName="read", PolicyDocument=ALLOW)["Policy"]["Arn"]
    for name in names:
        iam.create_group(GroupName=name)
        iam.attach_group_policy(GroupName=name, PolicyArn=policy)
    return names


def instances(here: Here, count: int) -> list[str]:
    made = here.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=count, MaxCount=count)
    return [instance["InstanceId"] for instance in made["Instances"]]


def stopped(here: Here, count: int) -> list[str]:
    names = instances(here, count)
    here.client("ec2").stop_instances(InstanceIds=names)
    return names


def volumes(here: Here, count: int) -> list[str]:
    ec2 = here.client("ec2")
    return [ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1)["VolumeId"] for _ in range(count)]


def security_groups(here: Here, count: int) -> list[str]:
    ec2 = here.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    names = [
        str(ec2.create_security_group(GroupName=f"group-{number}", Description="x", VpcId=vpc)["GroupId"])
        for number in range(count)
    ]
    for name in names:
        ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=name, IpPermissions=[ssh])
    return names


def databases(here: Here, count: int) -> list[str]:
    names = [f"db-{number}" for number in range(count)]
    for name in names:
        here.client("rds").create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="mysql", MasterUsername="a"
        )
    return names


DETAILS = ["GetAccountAuthorizationDetails"]
PRINCIPAL = [*DETAILS, "GetPolicy"]
OF_EACH_USER = ["ListAccessKeys", "ListSSHPublicKeys", "ListSigningCertificates"]
SERVICE = "ListServiceSpecificCredentials"
DENYING = ["GetPolicy", "GetPolicyVersion"]
BACKUPS, PROTECTIONS = ["DescribeImages", "DescribeSnapshots"], ["DescribeInstanceAttribute"] * 2
HOSTS = ["DescribeAutoScalingInstances", "DescribeInstances"]
RULES = ["DescribeSecurityGroupRules", "DescribeSecurityGroups"]
NAMED_BY = [
    *("DescribeDBClusters", "DescribeDBInstances", "DescribeLaunchConfigurations", "DescribeLaunchTemplateVersions"),
    *("DescribeLoadBalancers", "DescribeLoadBalancers", "DescribeNetworkInterfaces", "GET /2015-03-31/functions"),
    *("ListProjects", "POST /v1/describecomputeenvironments", "DescribeSecurityGroups", "DescribeSecurityGroups"),
]
Made = Callable[[Here, int], list[str]]
CASES: list[tuple[str, Made, Action, Mapping[str, Any], list[str], list[str]]] = [
    ("iam:user", users, "disable", {}, [*PRINCIPAL, SERVICE], OF_EACH_USER),
    ("iam:user", users, "disable", KEY, PRINCIPAL, ["ListAccessKeys"]),
    ("iam:user", users, "kill", LOST, [*PRINCIPAL, SERVICE], [*OF_EACH_USER, "GetLoginProfile", "ListMFADevices"]),
    ("iam:user", users, "kill", {**LOST, **KEY}, PRINCIPAL, ["ListAccessKeys"]),
    ("iam:role", roles, "disable", {}, PRINCIPAL, []),
    ("iam:role", roles, "kill", LOST, PRINCIPAL, []),
    ("iam:group", groups, "disable", {}, [*DETAILS, *DENYING], []),
    ("iam:group", groups, "disable", {"policy_name": "inline"}, DETAILS, []),
    ("iam:group", groups, "disable", {"force": True}, DETAILS, []),
    ("iam:group", groups, "kill", LOST, [*DETAILS, *DETAILS, *DENYING], []),
    ("iam:group", groups, "kill", {**LOST, "force": True}, [*DETAILS, *DETAILS], []),
    ("ec2:instance", instances, "disable", {}, HOSTS, []),
    ("ec2:instance", stopped, "disable", {}, ["DescribeInstances"], []),
    ("ec2:instance", instances, "kill", LOST, HOSTS, PROTECTIONS),
    ("ec2:instance", instances, "kill", {"backup": "image"}, [*HOSTS, *BACKUPS], PROTECTIONS),
    ("ec2:volume", volumes, "disable", {}, ["DescribeVolumes"], []),
    ("ec2:volume", volumes, "kill", {}, ["DescribeSnapshots", "DescribeVolumes"], []),
    ("ec2:volume", volumes, "kill", LOST, ["DescribeVolumes"], []),
    ("ec2:security-group", security_groups, "disable", {}, RULES, []),
    ("ec2:security-group", security_groups, "disable", {"port": 23}, ["DescribeSecurityGroupRules"], []),
    ("ec2:security-group", security_groups, "kill", LOST, [*RULES, *NAMED_BY], []),
    ("rds:db", databases, "disable", {}, ["DescribeDBInstances"], []),
    ("rds:db", databases, "kill", {}, ["DescribeDBInstances", "DescribeDBSnapshots"], []),
    ("rds:db", databases, "kill", LOST, ["DescribeDBInstances"], []),
]


class Reader:
    """One account in one region."""

    def __init__(self, here: Here) -> None:
        self._here = here

    def look(self, _account: str, _region: str, see: Callable[[Entered], list[Resource]]) -> list[Resource] | Problem:
        return see(self._here)


def looks(kind: str, names: Iterable[str], action: Action, options: Mapping[str, Any]) -> list[Look]:
    arn = KINDS[kind].arn
    return [
        Look(
            Target(
                arn.format(partition="aws", region="eu-west-1", account=Here.account, path="/", name=name),
                *("web", Here.account, "eu-west-1", kind, name),
            ),
            action,
            options,
        )
        for name in names
    ]


@pytest.mark.parametrize(("kind", "make", "action", "options", "once", "each"), CASES)
def test_a_pass_asks_once_what_is_the_places_and_of_each_what_is_its_own(  # noqa: PLR0913, PLR0917  a row of the table
    here: Here,
    gate: Gate,
    kind: str,
    make: Made,
    action: Action,
    options: Mapping[str, Any],
    once: list[str],
    each: list[str],
) -> None:
    names = make(here, 2 * FEW)
    for some in (names[:FEW], names):
        gate.requests.clear()
        live = observe(looks(kind, some, action, options), Reader(here))

        assert all(sighting.resource for sighting in live.values())
        assert Counter(one.operation for one in gate.requests) == Counter(once) + Counter(each * len(some))


@pytest.mark.parametrize("kind", sorted({case[0] for case in CASES}))
def test_of_what_is_gone_nothing_more_is_asked(here: Here, gate: Gate, kind: str) -> None:
    gone = resolve(KIND_CASES[kind].arn)[1]
    for action in KINDS[kind].verbs:
        gate.requests.clear()
        live = observe(looks(kind, [gone], action, {}), Reader(here))

        assert [sighting.resource for sighting in live.values()] == [None]
        # A group that has no rules may be there.
        assert len(gate.requests) == 1 + (kind == "ec2:security-group")


def test_what_is_of_each_is_read_of_many_at_a_time(here: Here, gate: Gate) -> None:
    names = users(here, WORKERS)
    counted, full = threading.Lock(), threading.Event()
    waiting = 0

    def wait(request: Request) -> None:
        nonlocal waiting
        if request.operation == "ListAccessKeys":
            with counted:
                waiting += 1
            if waiting >= 16:
                full.set()
            assert full.wait(20), "sixteen are not asked at a time"

    gate.refuse = wait
    observe(looks("iam:user", names, "kill", LOST), Reader(here))

    assert full.is_set()
