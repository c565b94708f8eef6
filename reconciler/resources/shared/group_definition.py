"""A security group as calls that make it again, for people: AWS gives it a new id, so that nothing that named it does.

They go with the call that ends it (`Call.again`), so that the ledger keeps them. `NEW` stands for the new id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.shared.ec2_rules import EVERY, permission

NEW = "THE-NEW-ID"
# AWS gives every new group of a VPC the first of these rules, and the other if the VPC has IPv6.
GIVEN = (
    {"IpProtocol": EVERY, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    {"IpProtocol": EVERY, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
)


def made_again(group: Resource) -> tuple[Call, ...]:
    """The calls that make a group of this name, description, VPC, tags and rules."""
    facts = group.facts
    whole = {"GroupName": facts["group_name"], "Description": facts["description"], "VpcId": facts["vpc"]}
    own = {key: value for key, value in group.tags.items() if not key.startswith("aws:")}
    return (_call("create_security_group", **whole, **_tagged("security-group", own)), *_rules(group))


def _rules(group: Resource) -> Iterator[Call]:
    rules = group.facts["rules"]
    out = [permission(rule) for rule in rules if rule["direction"] == "egress" and rule["source"]]
    for given in GIVEN:
        if given not in out:
            yield _call("revoke_security_group_egress", GroupId=NEW, IpPermissions=[given])
    alike: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for rule in rules:
        if not rule["source"]:
            continue
        own = rule["source"].get("GroupId") == group.name
        source = {**rule["source"], **({"GroupId": NEW} if own else {})}
        entry = permission({**rule, "source": source}, described=True)
        if not (rule["direction"] == "egress" and permission(rule) in GIVEN):
            alike.setdefault((rule["direction"], json.dumps(rule["tags"], sort_keys=True)), []).append(entry)
    for (direction, labels), entries in alike.items():
        tagged = _tagged("security-group-rule", json.loads(labels))
        yield _call(f"authorize_security_group_{direction}", GroupId=NEW, IpPermissions=entries, **tagged)


def _tagged(what: str, labels: Mapping[str, str]) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in sorted(labels.items())]
    return {"TagSpecifications": [{"ResourceType": what, "Tags": tags}]} if tags else {}


def _call(operation: str, **arguments: Any) -> Call:
    return Call(service="ec2", operation=operation, arguments=arguments)
