"""Cloud Custodian, as who knows it would set it up for the same lists: `c7n` an account, and `c7n-org` over all.

A policy a kind and action. The list comes first in its filters, so that nothing is asked about bystanders where
Custodian allows that; and in memory each run lists a kind once. Custodian gives no notice and keeps no record here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.looks import DENY_ALL, OPEN
from benchmarks.tools.tool import Commands, Phase, Tool
from benchmarks.world import GLOBAL, Action, Kind, World

BIN = Path(__file__).parent.parent / ".venv-custodian" / "bin"
# (kind, action) -> resource, key of its id, further filters, action
POLICIES: Mapping[tuple[Kind, Action], tuple[str, str, Sequence[Any], Any]] = {
    ("instance", "disable"): ("ec2", "InstanceId", [{"State.Name": "running"}], "stop"),
    ("instance", "kill"): ("ec2", "InstanceId", [{"not": [{"State.Name": "terminated"}]}], "terminate"),
    ("security-group", "disable"): (
        "security-group",
        "GroupId",
        [{"type": "ingress", "Cidr": {"value": OPEN}}],
        {"type": "remove-permissions", "ingress": "matched"},
    ),
    ("bucket", "disable"): ("s3", "Name", [{"type": "check-public-block"}], {"type": "set-public-block"}),
    ("function", "disable"): (
        "lambda",
        "FunctionName",
        [{"not": [{"type": "reserved-concurrency", "value": 0}]}],
        {"type": "set-concurrency", "value": 0},
    ),
    ("role", "disable"): (
        "iam-role",
        "RoleName",
        [{"type": "no-specific-managed-policy", "value": DENY_ALL.rpartition("/")[2]}],
        {"type": "set-policy", "state": "attached", "arn": DENY_ALL},
    ),
    ("user", "kill"): ("iam-user", "UserName", [], "delete"),
}


def policies(world: World) -> str:
    """The policy file. Accounts share it: what has the same name in several accounts is a target in each."""
    ids: dict[tuple[Kind, Action], set[str]] = defaultdict(set)
    for thing, action in world.targets:
        ids[thing.kind, action].add(thing.id)
    written = []
    for (kind, action), names in ids.items():
        resource, key, filters, act = POLICIES[kind, action]
        listed = {"type": "value", "key": key, "op": "in", "value": sorted(names)}
        # What has no region would else be looked at, and acted on, once in each.
        once = {"conditions": [{"region": world.regions[0]}]} if kind in GLOBAL else {}
        policy = {"name": f"{kind}-{action}", "resource": resource, **once}
        written.append({**policy, "filters": [listed, *filters], "actions": [act]})
    return json.dumps({"policies": written}, indent=1)  # JSON is YAML


def _prepare(world: World, folder: Path) -> None:
    (folder / "policies.yml").write_text(policies(world), encoding="utf-8")
    accounts = [
        {"account_id": id_, "name": name, "regions": [*world.regions], "role": _role(id_)}
        for name, id_ in world.accounts.items()
    ]
    (folder / "accounts.yml").write_text(json.dumps({"accounts": accounts}, indent=1), encoding="utf-8")


def _role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/krampus-act"


def _one_by_one(world: World, _folder: Path, phase: Phase) -> Commands:
    regions = [part for region in world.regions for part in ("--region", region)]
    usual = [str(BIN / "custodian"), "run", *regions, "--cache", "memory"]
    return [
        [*usual, "--assume", _role(account), "--output-dir", f"out-{phase}/{account}", "policies.yml"]
        for account in world.accounts.values()
    ]


def _together(_world: World, folder: Path, phase: Phase) -> Commands:
    cache = folder / f"cache-{phase}"
    cache.mkdir()
    usual = [str(BIN / "c7n-org"), "run", "-c", "accounts.yml", "-u", "policies.yml", "-s", f"out-{phase}"]
    return [[*usual, "--cache-path", str(cache), "--cache-period", "15"]]


C7N = Tool(("act", "steady"), _prepare, _one_by_one)
C7N_ORG = Tool(("act", "steady"), _prepare, _together)
