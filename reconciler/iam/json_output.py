"""The roles of each account as JSON, with all placeholders filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way, trust


def as_json(
    roles: Iterable[Role], accounts: Iterable[Mapping[str, str]], way: Way, names: Mapping[str, str | None]
) -> str:
    """One entry per account (`account`, `id`, `partition`), with each role's name, trust and policies.

    `names`: the values of the placeholders. Without the trusted repository or principal, the trust is null.
    """
    known = {name: value for name, value in names.items() if value}
    shown = [
        {**account, "roles": [_role(role, way, {**known, **account, "account": account["id"]}) for role in roles]}
        for account in accounts
    ]
    return json.dumps(shown, indent=2) + "\n"


def _role(role: Role, way: Way, names: Mapping[str, str]) -> dict[str, Any]:
    external = "{external_id}" if "external_id" in names else None
    document = trust(role.purpose, way, pinned="workflow" in names, external_id=external)
    trusted = "repository" in names if way == "oidc" else "trusted" in names
    return {
        "name": fill(role.name, names),
        "does": role.does,
        "trust": fill(document, names) if document and trusted else None,
        "policies": [fill(policy, names) for policy in role.policies],
    }
