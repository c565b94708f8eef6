"""The list of AWS's regions is the one that the pinned SDK knows."""

from __future__ import annotations

from botocore.loaders import create_loader

from reconciler.model.regions import REGIONS


def test_the_regions_are_those_of_the_sdk() -> None:
    data = create_loader()
    known: dict[str, set[str]] = {}
    for partition in data.load_data("endpoints")["partitions"]:
        known.setdefault(partition["partition"], set()).update(partition["regions"])
    for partition in data.load_data("partitions")["partitions"]:
        # `aws-global` and its like are no regions, but where the SDK sends calls to global services.
        regions = {region for region in partition["regions"] if not region.endswith("-global")}
        known.setdefault(partition["id"], set()).update(regions)

    assert {partition: set(regions) for partition, regions in REGIONS.items()} == known
