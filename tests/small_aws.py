"""A tiny AWS of facts alone: what each call of a `disable`, and its undo, does to what would be seen.

It is as strict as AWS where moto is kind: a rule that is there is not added again, one that is not there is not taken
away, and an instance that does not run does not return to its group.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from reconciler.model.call import Call
from reconciler.resources.shared.resource_policy import parse
from reconciler.resources.shared.s3_grants import grants_of

Facts = dict[str, Any]
SOURCES = {
    "IpRanges": ("CidrIp",),
    "Ipv6Ranges": ("CidrIpv6",),
    "PrefixListIds": ("PrefixListId",),
    "UserIdGroupPairs": ("GroupId", "UserId"),
}


class No(Exception):  # noqa: N818  what AWS says
    """AWS would refuse this call."""


def sent(facts: Facts, calls: Iterable[Call]) -> Facts:
    """The facts after these calls; No if one of them would be refused."""
    after: Facts = copy.deepcopy(facts)
    for call in calls:
        arguments = json.loads(json.dumps(call.arguments))
        {
            "ec2": _ec2,
            "autoscaling": _autoscaling,
            "rds": _rds,
            "lambda": _lambda,
            "s3": _s3,
            "iam": _iam,
        }[call.service](after, call.operation, arguments)
    return after


def rules_of(operation: str, arguments: Facts) -> list[Facts]:
    """The rules that a call on a security group names, as facts have them."""
    specs = arguments.get("TagSpecifications") or [{"Tags": []}]
    labels = {each["Key"]: each["Value"] for each in specs[0]["Tags"]}
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


def identity(rule: Facts) -> str:
    """What AWS knows a rule by."""
    return json.dumps([rule[key] for key in ("direction", "protocol", "from", "to", "source")], sort_keys=True)


def in_order(rules: Iterable[Facts]) -> list[Facts]:
    """As a look has them."""
    return sorted(rules, key=lambda rule: json.dumps(rule, sort_keys=True))


def _ec2(facts: Facts, operation: str, given: Facts) -> None:
    if "security_group" in operation:
        _rules(facts, operation, given)
    elif operation in ("stop_instances", "start_instances"):
        before, after = ("running", "stopped") if operation == "stop_instances" else ("stopped", "running")
        _must(facts["state"] == before)
        facts["state"] = after
    elif operation == "modify_instance_attribute":
        (mapping,) = given["BlockDeviceMappings"]
        _attachment(facts, given["InstanceId"], mapping["DeviceName"]).update(
            delete_on_termination=mapping["Ebs"]["DeleteOnTermination"]
        )
    elif operation == "detach_volume":
        facts["attachments"].remove(_attachment(facts, given["InstanceId"], given["Device"]))
        facts["state"] = "in-use" if facts["attachments"] else "available"
    else:
        _must(operation == "attach_volume")
        new = {"instance": given["InstanceId"], "device": given["Device"], "state": "attached"}
        facts["attachments"].append({**new, "delete_on_termination": False, "boots": ""})
        facts["attachments"].sort(key=lambda each: (each["instance"], each["device"]))
        facts["state"] = "in-use"


def _rules(facts: Facts, operation: str, given: Facts) -> None:
    named = rules_of(operation, given)
    there = {identity(rule) for rule in facts["rules"]}
    _must(len({identity(rule) for rule in named}) == len(named))
    if operation.startswith("revoke"):
        _must(all(identity(rule) in there for rule in named))
        gone = {identity(rule) for rule in named}
        facts["rules"] = [rule for rule in facts["rules"] if identity(rule) not in gone]
    else:
        _must(not any(identity(rule) in there for rule in named))
        facts["rules"] = in_order([*facts["rules"], *named])


def _attachment(facts: Facts, instance: str, device: str) -> Facts:
    found = [each for each in facts["attachments"] if (each["instance"], each["device"]) == (instance, device)]
    _must(bool(found))
    first: Facts = found[0]
    return first


def _autoscaling(facts: Facts, operation: str, _given: Facts) -> None:
    # Auto Scaling replaces a member that does not run, and terminates it.
    _must(facts["state"] == "running")
    before, after = ("InService", "Standby") if operation == "enter_standby" else ("Standby", "InService")
    _must(facts["lifecycle"] == before)
    facts["lifecycle"] = after


def _rds(facts: Facts, operation: str, _given: Facts) -> None:
    before, after = ("available", "stopped") if operation == "stop_db_instance" else ("stopped", "available")
    _must(facts["status"] == before)
    facts["status"] = after


def _lambda(facts: Facts, operation: str, given: Facts) -> None:
    if operation == "update_event_source_mapping":
        (mapping,) = (each for each in facts["mappings"] if each["uuid"] == given["UUID"])
        mapping["state"] = "Enabled" if given["Enabled"] else "Disabled"
    else:
        facts["reserved"] = given.get("ReservedConcurrentExecutions")


def _s3(facts: Facts, operation: str, given: Facts) -> None:
    if operation.endswith("public_access_block"):
        facts["access_block"] = given.get("PublicAccessBlockConfiguration")
    elif operation.endswith("bucket_policy"):
        facts["policy"] = parse(given["Policy"]) if "Policy" in given else None
    else:
        facts["grants"] = grants_of(given["AccessControlPolicy"])


def _iam(facts: Facts, operation: str, given: Facts) -> None:
    verb, _, noun = operation.partition("_")
    if verb == "update":
        (id_,) = (value for key, value in given.items() if key not in ("UserName", "Status"))
        _must(id_ in facts[noun])
        facts[noun][id_] = given["Status"]
    elif verb == "attach":
        facts["attached"] = sorted({*facts["attached"], given["PolicyArn"]})
    elif verb == "detach":
        _must(given["PolicyArn"] in facts["attached"])
        facts["attached"].remove(given["PolicyArn"])
    elif verb == "put":
        facts["inline"][given["PolicyName"]] = json.loads(given["PolicyDocument"])
    else:
        _must(facts["inline"].pop(given["PolicyName"], None) is not None)


def _must(allowed: bool) -> None:
    if not allowed:
        raise No
