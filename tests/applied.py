"""What undo is tried on: a task that has been applied, how things stand after it, and an exemption from it."""

from __future__ import annotations

from typing import Any

from tests.aws import Here
from tests.desk import DAY, HOUR, START, Desk, task

SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}


def name(arn: str) -> str:
    """What EC2 calls a resource."""
    return arn.rsplit("/", 1)[1]


def open_group(here: Here, called: str = "web") -> str:
    """Open to the world on two ports, and to somebody on a third."""
    ec2 = here.client("ec2")
    group = ec2.create_security_group(GroupName=called, Description=called)["GroupId"]
    world = {"IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    https = {**SSH, "FromPort": 443, "ToPort": 443}
    office = {**SSH, "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**SSH, **world}, {**https, **world}, office])
    return f"arn:aws:ec2:{here.region}:{here.account}:security-group/{group}"


def rules(here: Here, arn: str) -> list[tuple[Any, ...]]:
    """The rules of a group, in order."""
    answer = here.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [name(arn)]}])
    found = answer["SecurityGroupRules"]
    return sorted((r["IsEgress"], r["FromPort"], r["CidrIpv4"], r.get("Description", "")) for r in found)


def done(desk: Desk, *targets: str | dict[str, str], action: str = "disable", **keys: Any) -> None:
    """Apply a task: its targets are noticed, acted on, and seen to be as it asks."""
    desk.write({"tasks/open.yaml": task(action, *targets, **keys)})
    for after in (0 * HOUR, 1 * DAY, 1 * DAY + HOUR):
        desk.reconcile(after)


def exemption(target: str, **keys: Any) -> str:
    """An exemption file's text."""
    lines = {
        "reason": "Needed",
        "owner": "web",
        "expires": f"{START.date() + 300 * DAY}",
        "resources": f"['{target}']",
        **keys,
    }
    return "".join(f"{key}: {value}\n" for key, value in lines.items())
