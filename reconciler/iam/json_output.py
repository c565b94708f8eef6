"""The roles of each account as JSON, with all placeholders filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.iam.placeholders import fill
from reconciler.iam.roles import Role, Way, known_trust


def as_json(
    roles: Iterable[Role], accounts: Iterable[Mapping[str, str]], way: Way, names: Mapping[str, str | None]
) -> str:
    """One entry per account (`account`, `id`, `partition`), with each role's name, trust and policies.

    `names`: the values of the placeholders, and `provider`. Without the trusted repository or principal, the trust is
    null.
    """
    known = {name: value for name, value in names.items() if value}
    shown = [
        {**account, "roles": [_role(role, way, {**known, **account, "account": account["id"]}) for role in roles]}
        for account in accounts
    ]
    return json.dumps(shown, indent=2) + "\n"


def _role(role: Role, way: Way, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": fill(role.name, names),
        "does": role.does,
        "trust": known_trust(role.purpose, way, names),
        "policies": [fill(policy, names) for policy in role.policies],
    }
