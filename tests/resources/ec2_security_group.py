"""Cases of EC2 security groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.aws import Here
from tests.privilege.ask import NEW, Asked, each, on
from tests.resources.drawn_security_group import IN_MOTO, change, drawn, make_drawn
from tests.resources.example import Cases, Example, Generated
from tests.resources.shared.ec2 import LOOKS, name_of, tags_of_the_new

PREFIX_LIST = "pl-0123456789abcdef0"

# (egress, protocol, from, to, source): all that stands in the group of an example.
EVERYTHING = frozenset(
    {
        (False, "tcp", 22, 22, "0.0.0.0/0"),
        (False, "tcp", 22, 22, "::/0"),
        (False, "tcp", 22, 22, "203.0.113.0/24"),
        (False, "tcp", 22, 22, "friend"),
        (False, "tcp", 443, 443, "0.0.0.0/0"),
        (False, "tcp", 443, 443, PREFIX_LIST),
        (False, "tcp", 0, 1023, "0.0.0.0/0"),
        (False, "udp", 22, 22, "0.0.0.0/0"),
        (False, "icmp", 3, 22, "0.0.0.0/0"),
        (False, "-1", -1, -1, "0.0.0.0/0"),
        (True, "-1", -1, -1, "0.0.0.0/0"),
        (True, "-1", -1, -1, "::/0"),
        (True, "tcp", 443, 443, PREFIX_LIST),
    }
)
WORLD = {rule for rule in EVERYTHING if rule[4] in ("0.0.0.0/0", "::/0")}


def make(here: Here) -> str:
    ec2 = here.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    friend = ec2.create_security_group(GroupName="friend", Description="friend", VpcId=vpc)["GroupId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    tcp = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    open_to_all = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "open"}]}
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{**tcp, **open_to_all}, {**tcp, "Ipv6Ranges": [{"CidrIpv6": "::/0", "Description": "six"}]}],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "owner", "Value": "web"}]}],
    )
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {**tcp, "IpRanges": [{"CidrIp": "203.0.113.0/24", "Description": "office"}]},
            {**tcp, "UserIdGroupPairs": [{"GroupId": friend}]},
            {**https, **open_to_all},
            {**https, "PrefixListIds": [{"PrefixListId": PREFIX_LIST}]},
            {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 1023, **open_to_all},
            {"IpProtocol": "udp", "FromPort": 22, "ToPort": 22, **open_to_all},
            {"IpProtocol": "icmp", "FromPort": 3, "ToPort": 22, **open_to_all},
            {"IpProtocol": "-1", **open_to_all},
        ],
    )
    ec2.authorize_security_group_egress(
        GroupId=group, IpPermissions=[{**https, "PrefixListIds": [{"PrefixListId": PREFIX_LIST}]}]
    )
    return f"arn:aws:ec2:{here.region}:{here.account}:security-group/{group}"


def make_bare(here: Here) -> str:
    """A group that refers to itself, which stands in nobody's way, next to one with a rule for somebody else."""
    ec2 = here.client("ec2")
    group = ec2.create_security_group(GroupName="bare", Description="bare")["GroupId"]
    other = ec2.create_security_group(GroupName="other", Description="other")["GroupId"]
    for name in (group, other):
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": name}]}
        ec2.authorize_security_group_ingress(GroupId=name, IpPermissions=[rule])
    return f"arn:aws:ec2:{here.region}:{here.account}:security-group/{group}"


def standing(here: Here, arn: str) -> set[tuple[Any, ...]]:
    ec2 = here.client("ec2")
    names = {group["GroupId"]: group["GroupName"] for group in ec2.describe_security_groups()["SecurityGroups"]}
    filters = [{"Name": "group-id", "Values": [name_of(arn)]}]
    rows = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return {
        (
            row["IsEgress"],
            row["IpProtocol"],
            row["FromPort"],
            row["ToPort"],
            row.get("CidrIpv4")
            or row.get("CidrIpv6")
            or row.get("PrefixListId")
            or names[row["ReferencedGroupInfo"]["GroupId"]],
        )
        for row in rows
    }


def without(*gone: tuple[Any, ...]) -> Callable[[Here, str], bool]:
    assert set(gone) <= EVERYTHING
    return lambda here, arn: standing(here, arn) == EVERYTHING - set(gone)


def gone(here: Here, arn: str) -> bool:
    groups = here.client("ec2").describe_security_groups()["SecurityGroups"]
    return name_of(arn) not in {group["GroupId"] for group in groups} and "other" in {
        group["GroupName"] for group in groups
    }


SSH4, SSH6 = (False, "tcp", 22, 22, "0.0.0.0/0"), (False, "tcp", 22, 22, "::/0")
LOW, UDP = (False, "tcp", 0, 1023, "0.0.0.0/0"), (False, "udp", 22, 22, "0.0.0.0/0")
ALL = (False, "-1", -1, -1, "0.0.0.0/0")


def closing(options: dict[str, Any], *gone: tuple[Any, ...]) -> Example:
    return Example("ec2:security-group", "disable", make, without(*gone), options)


CLOSING = (
    closing({}, *(rule for rule in WORLD if not rule[0])),
    closing({"direction": "egress"}, *(rule for rule in WORLD if rule[0])),
    closing({"direction": "egress", "prefix_list": PREFIX_LIST}, (True, "tcp", 443, 443, PREFIX_LIST)),
    closing({"port": 22}, SSH4, SSH6, UDP, LOW, ALL),
    closing({"port": 22, "protocol": "tcp"}, SSH4, SSH6, LOW, ALL),
    closing({"port": 22, "cidr": "::/0"}, SSH6),
    closing({"protocol": "icmp"}, (False, "icmp", 3, 22, "0.0.0.0/0"), ALL),
    closing({"protocol": "all"}, ALL),
    closing({"from_port": 22, "to_port": 22}, SSH4, SSH6, UDP),
    closing({"from_port": 22, "to_port": 22, "protocol": 6}, SSH4, SSH6),
    closing({"cidr": "203.0.113.77/24"}, (False, "tcp", 22, 22, "203.0.113.0/24")),
    closing({"prefix_list": PREFIX_LIST}, (False, "tcp", 443, 443, PREFIX_LIST)),
)
ENDED = Example("ec2:security-group", "kill", make_bare, gone, {"skip_backup": True})
EXAMPLES = (*CLOSING, ENDED)


def make_beside_a_project(here: Here) -> str:
    """The same, where there is a CodeBuild project, which is looked at in two steps."""
    whole = {
        "source": {"type": "GITHUB", "location": "https://github.com/acme/web"},
        "artifacts": {"type": "NO_ARTIFACTS"},
    }
    computer = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}
    role = f"arn:aws:iam::{here.account}:role/build"
    here.client("codebuild").create_project(name="builds", environment=computer, serviceRole=role, **whole)
    return make_bare(here)


OWN = "arn:{p}:ec2:{r}:{a}:security-group/{GroupId}"


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("ec2").create_tags(Resources=[name_of(arn)], Tags=[{"Key": key, "Value": value}])


CASES = Cases(
    tag=tag,
    arn="arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0123456789abcdef0",
    examples=EXAMPLES,
    more=(Example("ec2:security-group", "kill", make_beside_a_project, gone, {"skip_backup": True}),),
    by_itself={},
    generated=Generated(drawn(), change, make_drawn, in_moto=drawn(IN_MOTO)),
    asked={
        **LOOKS,
        **each(
            ("ec2.AuthorizeSecurityGroupEgress", "ec2.AuthorizeSecurityGroupIngress"),
            Asked((OWN, "arn:{p}:ec2:{r}:{a}:security-group-rule/" + NEW), besides=tags_of_the_new),
        ),
        **each(
            (
                *("ec2.DescribeLaunchTemplateVersions", "autoscaling.DescribeLaunchConfigurations"),
                *("batch.DescribeComputeEnvironments", "codebuild.ListProjects", "lambda.ListFunctions"),
            ),
            on(),
        ),
        **each(
            ("elb.DescribeLoadBalancers", "elbv2.DescribeLoadBalancers"),
            Asked(actions=("elasticloadbalancing:DescribeLoadBalancers",)),
        ),
        "codebuild.BatchGetProjects": on("arn:{p}:codebuild:{r}:{a}:project/{names}"),
        "rds.DescribeDBInstances": on("arn:{p}:rds:{r}:{a}:db:*"),
        "rds.DescribeDBClusters": on("arn:{p}:rds:{r}:{a}:cluster:*"),
        **each(("ec2.DeleteSecurityGroup", "ec2.RevokeSecurityGroupEgress", "ec2.RevokeSecurityGroupIngress"), on(OWN)),
    },
)
