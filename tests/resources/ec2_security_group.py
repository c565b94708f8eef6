"""Cases of EC2 security groups."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import WEB, Here
from tests.privilege.ask import NEW, Asked, each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must
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


# --- generated

FRIENDS = ("sg-0aaaaaaaaaaaaaaa0", "sg-0bbbbbbbbbbbbbbb0")
LISTS = ("pl-0123456789abcdef0", "pl-0aaaaaaaaaaaaaaa0")
PORTS = st.sampled_from((0, 22, 80, 443, 1023, 3389, 65535)) | st.integers(0, 65535)
PLAIN = st.text("abcXYZ019 ._-/=@", max_size=12).map(str.strip)
TAGS = st.dictionaries(st.sampled_from(("owner", "cost", "why")), PLAIN, max_size=2)
CIDR = (
    st.sampled_from(("0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24"))
    | st.ip_addresses(v=4).map(lambda address: f"{address}/32")
).map(lambda cidr: {"CidrIp": cidr})
CIDR6 = (
    st.sampled_from(("::/0", "2001:db8::/32")) | st.ip_addresses(v=6).map(lambda one: f"{one.compressed}/128")
).map(lambda cidr: {"CidrIpv6": cidr})
LISTED = st.sampled_from(LISTS).map(lambda name: {"PrefixListId": name})
SOURCE = CIDR | CIDR6 | LISTED | st.sampled_from(FRIENDS).map(lambda name: {"GroupId": name, "UserId": WEB})
# moto finds no rule for a group that has a description, and takes no egress rule for IPv6 alone away.
IN_MOTO = CIDR | LISTED
SOURCES = {
    "IpRanges": ("CidrIp",),
    "Ipv6Ranges": ("CidrIpv6",),
    "PrefixListIds": ("PrefixListId",),
    "UserIdGroupPairs": ("GroupId", "UserId"),
}
NUMBERS = count()


@st.composite
def drawn_rule(draw: st.DrawFn, sources: st.SearchStrategy[dict[str, str]]) -> Facts:
    """One rule of a security group."""
    protocol = draw(st.sampled_from(("tcp", "tcp", "udp", "icmp", "-1")))
    one, two = draw(PORTS), draw(PORTS)
    low, high = min(one, two), max(one, two)
    if protocol == "icmp":
        low, high = draw(st.sampled_from(((-1, -1), (8, 0), (3, 4))))
    return {
        "direction": draw(st.sampled_from(("ingress", "ingress", "egress"))),
        "protocol": protocol,
        "from": -1 if protocol == "-1" else low,
        "to": -1 if protocol == "-1" else high,
        "source": draw(sources),
        "description": draw(PLAIN),
        "tags": draw(TAGS),
    }


@st.composite
def drawn(draw: st.DrawFn, sources: st.SearchStrategy[dict[str, str]] = SOURCE) -> Drawn:
    """A security group, and which of its rules are meant."""
    some: list[Facts] = draw(st.lists(drawn_rule(sources), max_size=8, unique_by=_identity))
    rules = _in_order(some)
    options: Options = {}
    named: bool = draw(st.booleans())
    if rules and named:
        meant = draw(st.sampled_from(rules))
        source = meant["source"]
        names = (("CidrIp", "cidr"), ("CidrIpv6", "cidr"), ("PrefixListId", "prefix_list"), ("GroupId", "group"))
        options = {option: source[key] for key, option in names if key in source} | {"direction": meant["direction"]}
        if meant["protocol"] in ("tcp", "udp"):
            exact = {"from_port": meant["from"], "to_port": meant["to"]}
            options |= draw(st.sampled_from(({}, {"protocol": meant["protocol"]}, {"port": meant["from"]}, exact)))
    else:
        options = draw(st.sampled_from(({}, {"port": 22}, {"direction": "egress"}, {"protocol": "udp"})))
    return {"group_name": "web", "rules": rules}, options


def change(facts: Facts, call: Call) -> None:
    named = _rules_of(call.operation, call.arguments)
    there = {_identity(rule) for rule in facts["rules"]}
    must(len({_identity(rule) for rule in named}) == len(named))
    if call.operation.startswith("revoke"):
        must(all(_identity(rule) in there for rule in named))
        gone = {_identity(rule) for rule in named}
        facts["rules"] = [rule for rule in facts["rules"] if _identity(rule) not in gone]
    else:
        must(not any(_identity(rule) in there for rule in named))
        facts["rules"] = _in_order([*facts["rules"], *named])


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
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


def _rules_of(operation: str, arguments: Mapping[str, Any]) -> list[Facts]:
    """The rules that a call names, as facts have them."""
    specs = arguments.get("TagSpecifications") or [{"Tags": []}]
    labels = {one["Key"]: one["Value"] for one in specs[0]["Tags"]}
    return [
        {
            "direction": operation.rsplit("_", 1)[1],
            "protocol": entry["IpProtocol"],
            "from": entry.get("FromPort", -1),
            "to": entry.get("ToPort", -1),
            "source": {name: source[name] for name in names if name in source},
            "description": source.get("Description", ""),
            "tags": labels,
        }
        for entry in arguments["IpPermissions"]
        for key, names in SOURCES.items()
        for source in entry.get(key, ())
    ]


def _identity(rule: Facts) -> str:
    """What AWS knows a rule by."""
    return json.dumps([rule[key] for key in ("direction", "protocol", "from", "to", "source")], sort_keys=True)


def _in_order(rules: Iterable[Facts]) -> list[Facts]:
    """As a look has them."""
    return sorted(rules, key=lambda rule: json.dumps(rule, sort_keys=True))


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
