"""EC2 security groups as hypothesis makes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import WEB, Here
from tests.resources.example import Drawn, Facts, Options
from tests.resources.facts import must

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
