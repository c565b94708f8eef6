"""Every partition of AWS is known wherever one is asked for: in files, ARNs, endpoints and policies."""

from __future__ import annotations

import json

import pytest
from botocore.loaders import create_loader

from reconciler.clients.aws.sessions import HOME
from reconciler.clients.stand_in import is_stand_in
from reconciler.iam.documents import LONGEST
from reconciler.load.repository import load
from reconciler.model.config import Account
from reconciler.model.regions import REGIONS
from reconciler.model.target import PARTITIONS
from tests.desk import CONFIG, Desk, task

WEB = "111122223333"
HOMES = [(partition, region) for partition, regions in REGIONS.items() for region in sorted(regions)]


@pytest.mark.parametrize(("partition", "region"), HOMES)
def test_an_account_is_in_the_partition_of_its_regions(partition: str, region: str) -> None:
    assert Account(id=WEB, team="web", regions=(region,)).partition == partition


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-isob-north-1", "aws-iso-b"), ("eusc-de-west-1", "aws-eusc"), ("cn-south-9", "aws-cn"), ("eu-west-9", "aws")],
)
def test_a_region_that_is_newer_is_in_the_partition_that_its_name_tells(region: str, partition: str) -> None:
    assert Account(id=WEB, team="web", regions=(region,)).partition == partition


def test_all_that_is_kept_by_partition_has_each() -> None:
    assert set(PARTITIONS) == set(HOME) == set(REGIONS)
    assert all(HOME[partition] in REGIONS[partition] for partition in REGIONS)
    assert max(map(len, PARTITIONS)) == len(LONGEST["partition"])


@pytest.mark.parametrize("partition", REGIONS)
def test_files_name_targets_and_exemptions_in_it(desk: Desk, partition: str) -> None:
    region = min(REGIONS[partition])
    arn = f"arn:{partition}:ec2:{region}:{WEB}:instance/i-0123456789abcdef0"
    spared = {"reason": "VPN", "owner": "web", "expires": "2026-12-31", "resources": [arn]}
    files = {
        "krampus.yaml": CONFIG.replace("team: web, enforce", f"team: web, regions: [{region}], enforce"),
        "tasks/idle.yaml": task("disable", arn),
        "exemptions/vpn.yaml": json.dumps(spared),
    }
    desk.write(files)

    (order,) = load(desk.root).orders
    assert (order.target.arn, order.target.region) == (arn, region)


@pytest.mark.parametrize("partition", REGIONS)
def test_its_endpoints_are_no_stand_in(partition: str) -> None:
    (known,) = [one for one in create_loader().load_data("partitions")["partitions"] if one["id"] == partition]
    for suffix in (known["outputs"]["dnsSuffix"], known["outputs"]["dualStackDnsSuffix"]):
        for host in (f"ec2.{HOME[partition]}.{suffix}", suffix):
            assert not is_stand_in({"AWS_ENDPOINT_URL": f"https://{host}"}, github=False), host
            assert is_stand_in({"AWS_ENDPOINT_URL": f"https://{host}.example.org"}, github=False), host
