"""The regions of AWS, partition by partition."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

# What regions are called; a new one is called so, too (the patterns of botocore's partitions.json).
FORM = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
_PREFIXES = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_AWS = """
af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1
ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1
eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1
me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1 us-east-2 us-west-1 us-west-2
"""
# Those of botocore's endpoints.json and partitions.json, written down: reading those two takes longer than all else
# that `validate` does. A test compares them.
REGIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "aws": frozenset(_AWS.split()),
        "aws-cn": frozenset({"cn-north-1", "cn-northwest-1"}),
        "aws-us-gov": frozenset({"us-gov-east-1", "us-gov-west-1"}),
        "aws-iso": frozenset({"us-iso-east-1", "us-iso-west-1"}),
        "aws-iso-b": frozenset({"us-isob-east-1", "us-isob-west-1"}),
        "aws-iso-e": frozenset({"eu-isoe-west-1"}),
        "aws-iso-f": frozenset({"us-isof-east-1", "us-isof-south-1"}),
        "aws-eusc": frozenset({"eusc-de-east-1"}),
    }
)


def partition_of(region: str, new: Collection[str] = ()) -> str:
    """The partition of a region that AWS is known to have, or that is among the `new` ones; "" of any other."""
    known = next((partition for partition, regions in REGIONS.items() if region in regions), "")
    if known or region not in new or not FORM.fullmatch(region):
        return known
    return next((partition for prefix, partition in _PREFIXES if region.startswith(prefix)), "aws")
