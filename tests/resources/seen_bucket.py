"""A bucket as it is seen, with the facts that a test gives it; and how AWS is asked about it alone."""

from __future__ import annotations

from typing import Any

from reconciler.model.sighting import Resource
from tests.aws import WEB
from tests.resources.bucket_parts import NAME, grant

WHOSE = {"Bucket": NAME, "ExpectedBucketOwner": WEB}
OWNER = "a" * 64


def bucket(**facts: Any) -> Resource:
    usual = {
        "account": WEB,
        "partition": "aws",
        "access_block": None,
        "owner": OWNER,
        "grants": [grant(OWNER, "FULL_CONTROL")],
        "ownership": "ObjectWriter",
        "policy": None,
        "mfa": False,
        "lock": False,
        "lifecycle": None,
        "filled": False,
        "replicates_to": [],
        "access_points": [],
    }
    return Resource(NAME, {**usual, **facts}, region="eu-west-1")
