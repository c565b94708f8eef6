"""A small world in two accounts, the orders about it, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.aws import WEB, Here
from tests.desk import DAY, START, task

PAY = "777788889999"
USER = "left-in-october"
CONFIG = f"""
name: Faults
accounts:
  website-prod: {{id: "{WEB}", team: web, enforce: true}}
  payments-prod: {{id: "{PAY}", team: pay, enforce: true}}
teams: {{web: {{}}, pay: {{}}}}
aws: {{credentials: role}}
defaults: {{grace: 1d, team: web}}
issues: {{tracker: files, folder: ../issues}}
"""


@dataclass(frozen=True)
class World:
    """The names of what there is besides the user in the other account; one of the instances is exempt."""

    idle: str
    exempt: str
    group: str
    volume: str

    @property
    def files(self) -> Mapping[str, str]:
        """The repository: several kinds, a verb of two calls, and a kill that takes two runs."""
        ec2 = f"arn:aws:ec2:eu-west-1:{WEB}"
        exemption = {
            "reason": "Needed until the move",
            "owner": "web",
            "expires": str(START.date() + 30 * DAY),
            "resources": [f"{ec2}:instance/{self.exempt}"],
        }
        return {
            "krampus.yaml": CONFIG,
            "tasks/idle.yaml": task("disable", f"{ec2}:instance/{self.idle}", f"{ec2}:instance/{self.exempt}"),
            "tasks/ssh.yaml": task("disable", f"{ec2}:security-group/{self.group}"),
            "tasks/disk.yaml": task("kill", f"{ec2}:volume/{self.volume}"),
            "tasks/left.yaml": task("disable", f"arn:aws:iam::{PAY}:user/{USER}"),
            "exemptions/move.yaml": json.dumps(exemption),
        }


@dataclass
class Aws:
    """The people's way into the two accounts, without Krampus' own code."""

    url: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, account: str, service: str) -> Any:
        """A client, made once."""
        if (account, service) not in self._clients:
            self._clients[account, service] = Here(self.url, account).client(service)
        return self._clients[account, service]


def make(aws: Aws) -> World:
    """Make it all."""
    ec2, iam = aws.client(WEB, "ec2"), aws.client(PAY, "iam")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    idle, exempt = (one["InstanceId"] for one in ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"])
    group = ec2.create_security_group(GroupName="open", Description="open")["GroupId"]
    rules = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}
        for port, source in ((22, "0.0.0.0/0"), (443, "203.0.113.0/24"))
    ]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rules)
    volume = ec2.create_volume(AvailabilityZone="eu-west-1a", Size=1)["VolumeId"]
    iam.create_user(UserName=USER)
    iam.create_access_key(UserName=USER)
    return World(idle, exempt, group, volume)


def facts(aws: Aws, world: World) -> dict[str, Any]:
    """How AWS stands, as far as anything here may change it."""
    ec2, iam = aws.client(WEB, "ec2"), aws.client(PAY, "iam")
    reservations = ec2.describe_instances(InstanceIds=[world.idle, world.exempt])["Reservations"]
    instances = {one["InstanceId"]: one["State"]["Name"] for each in reservations for one in each["Instances"]}
    (group,) = ec2.describe_security_groups(GroupIds=[world.group])["SecurityGroups"]
    volume = [{"Name": "volume-id", "Values": [world.volume]}]
    return {
        "instances": instances,
        "rules": group["IpPermissions"],
        "volumes": [one["State"] for one in ec2.describe_volumes(Filters=volume)["Volumes"]],
        "snapshots": [one["State"] for one in ec2.describe_snapshots(Filters=volume)["Snapshots"]],
        "policies": [
            iam.list_user_policies(UserName=USER)["PolicyNames"],
            iam.list_attached_user_policies(UserName=USER)["AttachedPolicies"],
        ],
        "keys": [one["Status"] for one in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]],
    }
