"""EC2 security groups: `disable` takes rules away, `kill` deletes the group. Neither touches what uses the group."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from reconciler.model.arn_pattern import ArnPattern
from reconciler.model.call import Call
from reconciler.model.operation import Operation
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Kill, Kind, Names, Options, Part, Refused, UndoStep, Verb, undo_of, unique
from reconciler.resources.place import Place
from reconciler.resources.shared.arns import SECURITY_GROUP_RULE
from reconciler.resources.shared.ec2 import tagging
from reconciler.resources.shared.ec2_exposure import is_part, network_of, open_to_world
from reconciler.resources.shared.ec2_rules import (
    EVERY,
    PORTED,
    PROTOCOLS,
    identity,
    permission,
    protocol_name,
    rule_of,
    stood,
)
from reconciler.resources.shared.group_definition import made_again
from reconciler.resources.shared.group_users import (
    DESCRIBE,
    GROUP_NOTES,
    INTERFACES,
    LOOKS,
    interfaces_in,
    references_to,
    users_of,
)
from reconciler.resources.shared.reads import filtered, tags, with_facts

SHOWN = 5  # names of network interfaces in a sentence

ARN = ArnPattern("arn:{partition}:ec2:{region}:{account}:security-group/{name}")
WAYS = ("ingress", "egress")
# A rule has its tags back as it is put back.
TAGGED = tagging(*(f"AuthorizeSecurityGroup{way.title()}" for way in WAYS), arns=(SECURITY_GROUP_RULE,))
on_group = partial(Operation, "ec2", target="GroupId", on=(ARN.glob,))
on_rules = partial(Operation, "ec2", target="GroupId", on=(ARN.glob, SECURITY_GROUP_RULE), also=(TAGGED,))

DESCRIBE_RULES = Operation("ec2", "describe_security_group_rules")
AUTHORIZE = {way: on_rules(f"authorize_security_group_{way}") for way in WAYS}
REVOKE = {way: on_group(f"revoke_security_group_{way}", undo=(AUTHORIZE[way],)) for way in WAYS}
DELETE = on_group("delete_security_group", gone=("InvalidGroup.NotFound",), destroys=True)

Port = Annotated[int, Field(ge=0, le=65535)]
HEX = r"([0-9a-f]{8}|[0-9a-f]{17})$"


def _network(cidr: str) -> str:
    try:
        # As AWS stores it: the network's first address, IPv6 compressed.
        return str(ip_network(cidr, strict=False))
    except ValueError as error:
        raise ValueError("write an IPv4 or IPv6 network, as 203.0.113.0/24 or 2001:db8::/32") from error


def _known(protocol: str | int) -> str:
    name = protocol_name(str(protocol))
    if name in PROTOCOLS.values():
        return name
    if name.isascii() and name.isdigit() and int(name) in range(256):
        return protocol_name(str(int(name)))
    raise ValueError("write tcp, udp, icmp, icmpv6, all, or a number up to 255")


class Close(Options):
    """What `disable` takes, to say which rules: without a source, those that are open to the world, alone or together.

    direction: `ingress` or `egress`
    one source: cidr (10.0.0.0/8), or prefix_list (pl-…), or group (sg-…)
    protocol: tcp, udp, icmp, icmpv6, all, or a number; a rule for all protocols admits each of them
    port: every rule that admits it, taken away whole; or from_port with to_port: rules of exactly this range
    """

    direction: Literal["ingress", "egress"] = "ingress"
    cidr: Annotated[str, AfterValidator(_network)] | None = None
    prefix_list: Annotated[str, Field(pattern="^pl-" + HEX)] | None = None
    group: Annotated[str, Field(pattern="^sg-" + HEX)] | None = None
    protocol: Annotated[str | int, AfterValidator(_known)] | None = None
    port: Port | None = None
    from_port: Port | None = None
    to_port: Port | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Close:
        if sum(source is not None for source in (self.cidr, self.prefix_list, self.group)) > 1:
            raise ValueError("write one of cidr, prefix_list and group")
        if (self.from_port is None) != (self.to_port is None):
            raise ValueError("write from_port and to_port together, or `port` for one port")
        if self.from_port is not None and self.to_port is not None and self.from_port > self.to_port:
            raise ValueError("write a from_port that is not above to_port")
        if self.port is not None and self.from_port is not None:
            raise ValueError("write `port`, or from_port and to_port, not both")
        if (self.port is not None or self.from_port is not None) and self.protocol not in (None, *PORTED):
            raise ValueError("only tcp and udp have ports; write one of them, or leave out the protocol or the ports")
        return self


def observe(place: Place, names: Names) -> Iterator[Resource]:
    """Its rules, which show that it is there; else it is asked about. By filter: ids would fail a batch for one."""
    rules: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for rule in filtered(place, DESCRIBE_RULES, "SecurityGroupRules[]", "group-id", names):
        rules[rule["GroupId"]].append(rule_of(rule))
    described = {} if names is not None and rules.keys() >= set(names) else _described(place, names)
    for name in {**dict.fromkeys(rules), **described}:
        found = sorted(rules[name], key=lambda rule: json.dumps(rule, sort_keys=True))
        yield _told(Resource(name, {"rules": found}), described.get(name))


def read_about(place: Place, groups: Sequence[Resource]) -> Iterator[Resource]:
    """What it is called, and its tags, where that was not seen on the way."""
    described = _described(place, [group.name for group in groups if "vpc" not in group.facts])
    for group in groups:
        if "vpc" in group.facts or group.name in described:
            yield _told(group, described.get(group.name))


def read_users(place: Place, groups: Sequence[Resource]) -> Iterator[Resource]:
    """What stands against its deletion: interfaces in it, others' rules, and what names it without those.

    That is looked for where nothing else is there: it takes some ten calls.
    """
    found = [group.name for group in groups]
    interfaces, references = interfaces_in(place, found), references_to(place, found)
    free = {
        each.name: each.facts["group_name"] for each in groups if not (interfaces[each.name] or references[each.name])
    }
    users = users_of(place, free)
    for group in groups:
        # A busy group has thousands; the sentence needs a few.
        nics, others = sorted(interfaces[group.name]), users.get(group.name, [])
        yield with_facts(
            group,
            interfaces=nics[:SHOWN],
            more=len(nics[SHOWN:]),
            references=sorted(references[group.name]),
            users=others[:SHOWN],
            more_users=len(others[SHOWN:]),
        )


ABOUT = Part(("group_name", "description", "vpc"), (DESCRIBE,), read_about)
USERS = Part(("interfaces", "more", "references", "users", "more_users"), (INTERFACES, *LOOKS), read_users)


def disable(group: Resource, options: Close) -> list[Call]:
    """One call for all the rules that it takes away, and one for each set of tags among them."""
    calls: dict[str, list[Mapping[str, Any]]] = {}
    for rule in _meant(group, options):
        if _admits(rule, options):
            calls.setdefault(json.dumps(rule["tags"], sort_keys=True), []).append(rule)
    return [_revoke(group, options.direction, rules) for rules in calls.values()]


def kill(group: Resource, _options: Kill) -> list[Call]:
    """Delete it; its rules go with it. What it was goes into the ledger, since AWS keeps nothing of it."""
    if group.facts["group_name"] == "default":
        raise Refused("AWS does not delete a VPC's default group; remove its rules with `disable` instead")
    if group.facts["interfaces"]:
        some = _some(group.facts["interfaces"], group.facts["more"])
        raise Refused(f"network interfaces use it: {some}; give them another group, or delete their owners first")
    if group.facts["references"]:
        # AWS minds only those of the same VPC, but a rule in a peered VPC would go stale without a word.
        raise Refused(f"other groups' rules refer to it: {', '.join(group.facts['references'])}; remove those first")
    if group.facts["users"]:
        some = _some(group.facts["users"], group.facts["more_users"])
        raise Refused(
            f"it has no network interface, but is named by {some}; change that first, it would fail without it"
        )
    return [DELETE(group).model_copy(update={"again": made_again(group)})]


def _some(names: Sequence[str], more: int) -> str:
    return ", ".join(names) + (f" and {more} more" if more else "")


def before(_group: Resource, call: Call) -> Mapping[str, Any]:
    """It had the rules that would be put back."""
    again: Mapping[str, Any] = call.undo.arguments if call.undo else {}
    direction = call.operation.rsplit("_", 1)[1]
    labels = {tag["Key"]: tag["Value"] for made in again.get("TagSpecifications", ()) for tag in made["Tags"]}
    if len({identity(direction, entry) for entry in again["IpPermissions"]}) < len(again["IpPermissions"]):
        raise ValueError("a group has no rule twice")
    rules = [stood(direction, entry, labels) for entry in again["IpPermissions"]]
    # What went in several calls, for its tags, was the world only with the others. It is less than 0.0.0.0/0, which is
    # put back as well.
    return {"rules": rules, "together": not open_to_world(rules, None, (None, None))}


def undo_calls(group: Resource, calls: Sequence[Call]) -> UndoStep:
    """Put back what is missing: AWS refuses a whole call for one rule that is there."""
    there = {identity(rule["direction"], permission(rule)) for rule in group.facts["rules"] if rule["source"]}
    again = []
    for call in calls:
        direction, given = call.operation.rsplit("_", 1)[1], (call.undo or call).arguments
        missing = [entry for entry in given["IpPermissions"] if identity(direction, entry) not in there]
        there |= {identity(direction, entry) for entry in missing}
        if missing:
            bare = [json.loads(identity(direction, entry))[1] for entry in missing]
            undo = AUTHORIZE[direction](group, **{**given, "IpPermissions": missing})
            again.append(REVOKE[direction](group, undo, IpPermissions=bare))
    return undo_of(again)


def _meant(group: Resource, options: Close) -> list[Mapping[str, Any]]:
    """The rules of the source that is named; without one, those that are open to the world."""
    rules = [rule for rule in group.facts["rules"] if rule["direction"] == options.direction]
    if named := options.prefix_list or options.group:
        return [rule for rule in rules if named in (rule["source"].get("PrefixListId"), rule["source"].get("GroupId"))]
    if options.cidr is not None:
        return [rule for rule in rules if (network := network_of(rule)) and str(network) == options.cidr]
    ports = (options.from_port, options.to_port) if options.port is None else (options.port, options.port)
    if group.facts.get("together"):
        return [rule for rule in rules if is_part(rule)]
    return open_to_world(rules, str(options.protocol) if options.protocol is not None else None, ports)


def _admits(rule: Mapping[str, Any], options: Close) -> bool:
    protocol = protocol_name(rule["protocol"])
    exact = options.from_port is not None
    if options.protocol is not None and protocol != options.protocol and (exact or protocol != EVERY):
        return False
    if exact:
        return protocol in PORTED and (rule["from"], rule["to"]) == (options.from_port, options.to_port)
    if options.port is None or protocol == EVERY:
        return True
    # The numbers of an ICMP rule are its type and code.
    return protocol in PORTED and bool(rule["from"] <= options.port <= rule["to"])


def _revoke(group: Resource, direction: str, rules: Sequence[Mapping[str, Any]]) -> Call:
    again: dict[str, Any] = {"IpPermissions": [permission(rule, described=True) for rule in rules]}
    if rules[0]["tags"]:
        labels = [{"Key": key, "Value": value} for key, value in sorted(rules[0]["tags"].items())]
        again["TagSpecifications"] = [{"ResourceType": "security-group-rule", "Tags": labels}]
    back = AUTHORIZE[direction](group, **again)
    return REVOKE[direction](group, back, IpPermissions=[permission(rule) for rule in rules])


def _told(group: Resource, found: Mapping[str, Any] | None) -> Resource:
    if found is None:
        return group
    facts = {
        "group_name": found["GroupName"],
        "description": found.get("Description", ""),
        "vpc": found.get("VpcId", ""),
    }
    return replace(with_facts(group, **facts), tags=tags(found.get("Tags")))


def _described(place: Place, names: Names) -> dict[str, Mapping[str, Any]]:
    return {one["GroupId"]: one for one in filtered(place, DESCRIBE, "SecurityGroups[]", "group-id", names)}


KIND = Kind(
    name="ec2:security-group",
    title="EC2 security group",
    arn=ARN,
    pattern=r"sg-([0-9a-f]{8}|[0-9a-f]{17})",
    observe=observe,
    reads=(DESCRIBE, DESCRIBE_RULES),
    verbs={
        "disable": Verb(
            disable,
            "remove rules of the security group: those open to the internet, or those that the options select",
            tuple(REVOKE.values()),
            options=Close,
            parts=(ABOUT,),
        ),
        "kill": Verb(
            kill,
            "delete the security group and its rules",
            (DELETE,),
            manual_commands=("aws ec2 delete-security-group --region {region} --group-id {name}",),
            options=Kill,
            parts=(ABOUT, USERS),
            notes=lambda _group, _options: GROUP_NOTES,
        ),
    },
    dated=False,
    before=before,
    undo_calls=undo_calls,
    display_name=lambda group: group.tags.get("Name") or str(group.facts.get("group_name", "")),
    identity=unique,
)
