"""The floor: a script that does the same work in batches with 32 threads, and nothing else.

No YAML, no git, no record, no notice, no check of whether what it finds may be touched: not for use. It reads
`targets.json` from its folder. Run by the benchmark: python -m benchmarks.tools.probe
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks.tools.tool import Commands, Phase, Tool
from benchmarks.world import World

THREADS, BATCH = 32, 200
OPEN, DENY_ALL = "0.0.0.0/0", "arn:aws:iam::aws:policy/AWSDenyAll"
MODELS = botocore.session.get_session().get_component("data_loader")
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
Step = Callable[[], list[Any]]  # makes calls, and returns the steps that follow from their answers


class Account:
    """Its clients, made when needed, one after the other."""

    def __init__(self, account: str) -> None:
        role = f"arn:aws:iam::{account}:role/krampus-act"
        given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]
        core = botocore.session.get_session()
        core.register_component("data_loader", MODELS)
        core.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        self.session = boto3.Session(botocore_session=core)
        self.clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str) -> Any:
        """A client that all steps of the account share."""
        if (service, region) not in self.clients:
            settings = Config(max_pool_connections=THREADS)
            self.clients[service, region] = self.session.client(service, region_name=region, config=settings)
        return self.clients[service, region]


def steps(account: Account, kind: str, region: str, ids: dict[str, str]) -> list[Step]:
    """The first steps for the targets of one kind in a place. ids: with what is to be done to each."""
    names = [*ids]
    if kind == "instance":
        ec2 = account.client("ec2", region)
        return [partial(_instances, ec2, ids, part) for part in _batches(names)]
    if kind == "security-group":
        ec2 = account.client("ec2", region)
        return [partial(_groups, ec2, part) for part in _batches(names)]
    if kind == "bucket":
        return [partial(_buckets, account.client("s3", region), names)]
    if kind == "function":
        functions = account.client("lambda", region)
        return [partial(_function, functions, name) for name in names]
    return [partial(_roles if kind == "role" else _users, account.client("iam", region), set(names))]


def _batches(ids: list[str]) -> Iterator[list[str]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def _instances(ec2: Any, actions: dict[str, str], ids: list[str]) -> list[Step]:
    found = ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": ids}])["Reservations"]
    states = {one["InstanceId"]: one["State"]["Name"] for each in found for one in each["Instances"]}
    stop = [id_ for id_, state in states.items() if actions[id_] == "disable" and state == "running"]
    end = [id_ for id_, state in states.items() if actions[id_] == "kill" and state != "terminated"]
    acts = ((ec2.stop_instances, stop), (ec2.terminate_instances, end))
    return [partial(_sent, act, InstanceIds=due) for act, due in acts if due]


def _groups(ec2: Any, ids: list[str]) -> list[Step]:
    found = ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": ids}])["SecurityGroups"]
    made: list[Step] = []
    for group in found:
        rules = [
            {**{key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort")}, "IpRanges": [{"CidrIp": OPEN}]}
            for rule in group["IpPermissions"]
            if any(source["CidrIp"] == OPEN for source in rule["IpRanges"])
        ]
        revoke = {"GroupId": group["GroupId"], "IpPermissions": rules}
        made += [partial(_sent, ec2.revoke_security_group_ingress, **revoke)] if rules else []
    return made


def _buckets(s3: Any, names: list[str]) -> list[Step]:
    found = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    return [partial(_bucket, s3, name) for name in names if name in found]


def _bucket(s3: Any, name: str) -> list[Step]:
    try:
        if s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == BLOCKED:
            return []
    except ClientError:
        pass
    return _sent(s3.put_public_access_block, Bucket=name, PublicAccessBlockConfiguration=BLOCKED)


def _function(client: Any, name: str) -> list[Step]:
    if client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions") == 0:
        return []
    return _sent(client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=0)


def _details(iam: Any, what: str) -> Iterator[Any]:
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=[what])
    return (detail for page in pages for detail in page[f"{what}DetailList"])


def _roles(iam: Any, names: set[str]) -> list[Step]:
    due = [
        role["RoleName"]
        for role in _details(iam, "Role")
        if role["RoleName"] in names and all(one["PolicyArn"] != DENY_ALL for one in role["AttachedManagedPolicies"])
    ]
    return [partial(_sent, iam.attach_role_policy, RoleName=name, PolicyArn=DENY_ALL) for name in due]


def _users(iam: Any, names: set[str]) -> list[Step]:
    return [partial(_user, iam, user) for user in _details(iam, "User") if user["UserName"] in names]


def _user(iam: Any, user: Any) -> list[Step]:
    name = user["UserName"]
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in user.get("UserPolicyList", ()):
        iam.delete_user_policy(UserName=name, PolicyName=policy["PolicyName"])
    for policy in user["AttachedManagedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    return _sent(iam.delete_user, UserName=name)


def _sent(call: Callable[..., Any], **arguments: Any) -> list[Step]:
    call(**arguments)
    return []


def main() -> None:
    """Do it all."""
    accounts = json.loads(Path("targets.json").read_text(encoding="utf-8"))
    boto3.client("sts")  # so that the threads find ready what all clients share
    with ThreadPoolExecutor(THREADS) as pool:
        wave: list[Step] = [partial(_begin, number, groups) for number, groups in accounts.items()]
        while wave:
            wave = [step for made in pool.map(lambda step: step(), wave) for step in made]


def _begin(number: str, groups: list[tuple[str, str, dict[str, str]]]) -> list[Step]:
    account = Account(number)
    return [step for kind, region, ids in groups for step in steps(account, kind, region, ids)]


def _prepare(world: World, folder: Path) -> None:
    found: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    for (kind, place, id_), action in world.targets:
        found.setdefault(place.account, {}).setdefault((kind, place.region), {})[id_] = action
    text = json.dumps({number: [(*key, ids) for key, ids in groups.items()] for number, groups in found.items()})
    (folder / "targets.json").write_text(text, encoding="utf-8")


def _commands(_world: World, _folder: Path, _phase: Phase) -> Commands:
    return [[sys.executable, "-m", "benchmarks.tools.probe"]]


PROBE = Tool(("act", "steady"), _prepare, _commands)

if __name__ == "__main__":
    main()
