"""Whether the regions of krampus.yaml are regions: a typo there must not look like one in every task. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.errors import Fault, nearest
from reconciler.load.document import Document
from reconciler.model.config import Config
from reconciler.model.regions import FORM, REGIONS, partition_of

ALL = tuple(region for regions in REGIONS.values() for region in regions)
REGIONS_OF = "regions of "  # an account: what a fault of a target is about


def in_doubt(config: Document[Config], part: str) -> bool:
    """Whether a part of the configuration that was looked up, `regions of NAME`, has a fault of its own."""
    name = part.removeprefix(REGIONS_OF)
    if name == part or name not in config.content.accounts:
        return False
    new = config.content.aws.new_regions
    faulty = any(gap[:3] == ("accounts", name, "regions") for gap in config.gaps)
    return faulty or not all(partition_of(region, new) for region in config.content.accounts[name].regions)


def region_faults(config: Document[Config]) -> Iterator[Fault]:
    """A fault for each region that AWS is not known to have, and for accounts with regions of several partitions."""
    new = config.content.aws.new_regions
    for index, region in enumerate(new):
        if partition_of(region) or not FORM.fullmatch(region):
            what = "is known" if partition_of(region) else "cannot be one: eu-west-1 is how AWS calls them"
            yield config.fault(("aws", "new_regions", index), f"the region '{region}' {what}", "delete it here")
    for name, account in config.content.accounts.items():
        first = partition_of(account.regions[0], new) if account.regions else ""
        for index, region in enumerate(account.regions):
            path, partition = ("accounts", name, "regions", index), partition_of(region, new)
            if region in account.regions[:index]:
                yield config.fault(path, f"the region {region} appears twice", "keep one of the two")
            elif not partition:
                lately = f"; if AWS has opened it lately, add `aws: {{new_regions: [{region}]}}`"
                help = nearest(region, ALL) + (lately if FORM.fullmatch(region) else "")
                yield config.fault(path, f"AWS has no region '{region}' as far as Krampus knows", help)
            elif first and partition != first:
                message = f"{region} is of the partition {partition}, but {account.regions[0]} of {first}"
                yield config.fault(path, message, "an account is in one partition; delete one of the two")
