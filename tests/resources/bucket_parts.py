"""What the tests of S3 buckets call theirs, and write into policies and ACLs."""

from __future__ import annotations

from typing import Any

from reconciler.resources.shared.s3_access import BLOCKS
from reconciler.resources.shared.s3_grants import GROUPS
from tests.aws import WEB

NAME = "acme-assets"
OWNER, PARTNER = "a" * 64, "b" * 64
ALL = dict.fromkeys(BLOCKS, True)
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{NAME}/*"}
MINE = {**OPEN, "Sid": "mine", "Principal": {"AWS": f"arn:aws:iam::{WEB}:root"}}
TLS = {**OPEN, "Effect": "Deny", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
KEEP = {**OPEN, "Sid": "keep", "Effect": "Deny", "Action": ["s3:DeleteBucket*"]}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def grant(who: str, permission: str) -> dict[str, Any]:
    grantee = {"Type": "Group", "URI": GROUPS[who]} if who in GROUPS else {"Type": "CanonicalUser", "ID": who}
    return {"Grantee": grantee, "Permission": permission}
