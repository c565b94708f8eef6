"""Grants of a bucket's ACL: who is public, and what is left without some of them. It calls nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Permission = Literal["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"]

GROUPS = {
    "AllUsers": "http://acs.amazonaws.com/groups/global/AllUsers",
    "AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "LogDelivery": "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
PUBLIC = (GROUPS["AllUsers"], GROUPS["AuthenticatedUsers"])
# A user has 64 digits, a CloudFront origin access identity 96.
CANONICAL = re.compile(r"[0-9a-f]{64}|[0-9a-f]{96}")
PARTS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP")  # what FULL_CONTROL is made of


def grants_of(acl: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The grants as AWS takes them back: it no longer accepts names and e-mail addresses."""
    return _sorted(_grant(grant["Grantee"], grant["Permission"]) for grant in acl["Grants"])


def is_principal(name: str) -> bool:
    """Whether a grant can be given to it: the URI of a group, or a canonical user id."""
    return name in GROUPS.values() or CANONICAL.fullmatch(name) is not None


def is_public(grant: Mapping[str, Any]) -> bool:
    """Whether it is for everybody; "authenticated" users are those of all AWS accounts there are."""
    return _who(grant) in PUBLIC


def without(
    grants: Iterable[Mapping[str, Any]], principal: str, permissions: Sequence[Permission] | None
) -> list[dict[str, Any]]:
    """The grants but for the principal's: for those with these permissions, or all if none are named."""
    named = permissions or (*PARTS, "FULL_CONTROL")
    kept = []
    for grant in grants:
        if _who(grant) != principal:
            kept.append(dict(grant))
        elif grant["Permission"] not in named:
            # A FULL_CONTROL that is not itself named contains what is: its other parts are left.
            parts = PARTS if grant["Permission"] == "FULL_CONTROL" else (grant["Permission"],)
            kept += [_grant(grant["Grantee"], part) for part in parts if part not in named]
    return _sorted(kept)


def _grant(grantee: Mapping[str, str], permission: str) -> dict[str, Any]:
    who = {key: grantee[key] for key in ("Type", "ID", "URI") if key in grantee}
    return {"Grantee": who, "Permission": permission}


def _sorted(grants: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """In one order, and none twice."""
    unique = {(_who(grant), grant["Permission"]): grant for grant in grants}
    return [unique[key] for key in sorted(unique)]


def _who(grant: Mapping[str, Any]) -> str:
    return str(grant["Grantee"].get("ID") or grant["Grantee"].get("URI"))
