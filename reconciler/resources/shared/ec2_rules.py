"""Rules of security groups: as AWS shows them, as facts, and as permissions that take them away or put them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.resources.shared.reads import tags

EVERY = "-1"  # AWS's name for all protocols
PROTOCOLS = {"all": EVERY, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
PORTED = ("tcp", "udp")
# A rule's one source, and the list of a permission in which AWS takes it.
SOURCES = {
    "CidrIp": "IpRanges",
    "CidrIpv6": "Ipv6Ranges",
    "PrefixListId": "PrefixListIds",
    "GroupId": "UserIdGroupPairs",
}


def protocol_name(name: str) -> str:
    """A protocol as it is compared: AWS knows some by name and by number."""
    return PROTOCOLS.get(name.lower(), name.lower())


def identity(direction: str, permission: Mapping[str, Any]) -> str:
    """What AWS knows a rule by: all but its description."""
    (key,) = permission.keys() & SOURCES.values()
    bare = [{name: said for name, said in entry.items() if name != "Description"} for entry in permission[key]]
    return json.dumps([direction, {**permission, key: bare}], sort_keys=True)


def rule_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as a fact, without what does not come back: its id, and a peering's status, which moves by itself."""
    return {
        "direction": "egress" if row["IsEgress"] else "ingress",
        "protocol": row["IpProtocol"],
        "from": row.get("FromPort", -1),
        "to": row.get("ToPort", -1),
        "source": _source(row),
        "description": row.get("Description", ""),
        # AWS alone writes aws: tags; a call that carries one is refused.
        "tags": {key: value for key, value in tags(row.get("Tags")).items() if not key.startswith("aws:")},
    }


def _source(row: Mapping[str, Any]) -> dict[str, str]:
    group = {key: row.get("ReferencedGroupInfo", {}).get(key) for key in ("GroupId", "UserId")}
    other = {"CidrIp": row.get("CidrIpv4"), "CidrIpv6": row.get("CidrIpv6"), "PrefixListId": row.get("PrefixListId")}
    return {key: value for key, value in {**group, **other}.items() if value}


def permission(rule: Mapping[str, Any], *, described: bool = False) -> dict[str, Any]:
    """AWS finds a rule by protocol, ports and its one source; the description matters only for putting it back."""
    entry = dict(rule["source"])
    (key,) = (SOURCES[source] for source in entry if source in SOURCES)
    if described and rule["description"]:
        entry["Description"] = rule["description"]
    # A rule for all protocols is described with ports of -1, and written without any.
    ports = {} if rule["protocol"] == EVERY else {"FromPort": rule["from"], "ToPort": rule["to"]}
    return {"IpProtocol": rule["protocol"], **ports, key: [entry]}


def stood(direction: str, permission: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """The rule, as a fact, that a permission and its tags describe."""
    (key,) = permission.keys() & SOURCES.values()
    (entry,) = permission[key]
    return {
        "direction": direction,
        "protocol": permission["IpProtocol"],
        "from": permission.get("FromPort", -1),
        "to": permission.get("ToPort", -1),
        "source": {name: said for name, said in entry.items() if name != "Description"},
        "description": entry.get("Description", ""),
        "tags": labels,
    }
