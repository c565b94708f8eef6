"""Resource policies: which statements let everybody in, and a policy without those. It calls nothing."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Key of a condition, in small letters -> whether a value of it ties a statement to somebody.
Ties = Mapping[str, Callable[[str], bool]]
# Tags, Referer, TLS and the like are missing on purpose: whoever asks chooses them.
KEYS = """aws:PrincipalAccount aws:PrincipalArn aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalServiceName
    aws:SourceAccount aws:SourceArn aws:SourceOrgID aws:SourceOrgPaths aws:SourceOwner aws:SourceVpc
    aws:SourceVpcArn aws:SourceVpce aws:userid kms:CallerAccount s3:DataAccessPointAccount
    s3:DataAccessPointArn""".lower().split()
# `…IfExists` and `ForAllValues:` are absent: both hold for a request that does not have the key at all.
EQUALS = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
# A wider range of addresses counts as everybody; S3 draws the line here.
NARROWEST = {4: 8, 6: 32}
WILD = ("*", "?", "${")
BUCKET = re.compile(r"[a-z0-9.-]+")


def parse(text: str) -> dict[str, Any]:
    """A policy in one spelling: AWS gives lists of strings in any order, and a list of one also without brackets."""
    policy: dict[str, Any] = _in_order(json.loads(text))
    return policy


def text(policy: Mapping[str, Any]) -> str:
    """A policy as AWS takes it, as short as it can be: there are limits of some kilobytes."""
    return json.dumps(policy, ensure_ascii=False, separators=(",", ":"))


def statements(policy: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Its statements; AWS also takes a single one without a list."""
    found = (policy or {}).get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def somebodys(value: str) -> bool:
    """Whether only somebody in particular can match it: one account, one organization, the sessions of one role."""
    signs = [value.index(sign) for sign in WILD if sign in value]
    if not signs:
        return bool(value)
    if value.startswith("arn:"):
        # An ARN is its account's. A bucket's names none, or any, as notifications do: its name is one of a kind.
        _, _, service, _, account, name = (value.split(":", 5) + [""] * 5)[:6]
        return account.isdigit() or (service == "s3" and bool(BUCKET.fullmatch(name)))
    # An organization's path or a role's sessions: `o-a1b2c3d4e5/*`, `AROAEXAMPLE:*`.
    return value[: min(signs)].endswith(("/", ":"))


TIES: Ties = dict.fromkeys(KEYS, somebodys)


def is_public(statement: Mapping[str, Any], ties: Ties = TIES) -> bool:
    """Whether it allows something to everybody, be it on conditions that anybody can meet. `ties`: see `Ties`."""
    named = names_everybody(statement) or _names_a_web_identity(statement)
    return statement["Effect"] == "Allow" and named and not any(_ties(statement, ties))


def names_everybody(statement: Mapping[str, Any]) -> bool:
    """Whether no principal is left out; NotPrincipal leaves out only a few."""
    principal = statement.get("Principal", {})
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    return "NotPrincipal" in statement or any("*" in listed(names) for names in named)


def without_public(
    policy: Mapping[str, Any], public: Callable[[Mapping[str, Any]], bool] = is_public
) -> Mapping[str, Any] | None:
    """The policy without its public statements, the very same if it has none; None if no statement is left."""
    all_of_them = statements(policy)
    kept = [statement for statement in all_of_them if not public(statement)]
    if len(kept) == len(all_of_them):
        return policy
    return {**policy, "Statement": kept} if kept else None


def listed(value: Any) -> list[Any]:
    """One or many, as policies have them nearly everywhere."""
    return value if isinstance(value, list) else [value]


def fixed(value: str) -> bool:
    """Whether it has no wildcard and no policy variable in it."""
    return bool(value) and not any(sign in value for sign in WILD)


def _names_a_web_identity(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    providers = listed(principal.get("Federated", [])) if isinstance(principal, Mapping) else []
    return any(not provider.startswith("arn:") for provider in providers)


def _ties(statement: Mapping[str, Any], ties: Ties) -> Iterator[bool]:
    # Operators and keys are joined by AND, so one that ties is enough; values by OR, so each must tie.
    for operator, keys in statement.get("Condition", {}).items():
        name = operator.lower().removeprefix("foranyvalue:")
        for key, values in keys.items():
            if name in EQUALS and key.lower() in ties:
                yield all(ties[key.lower()](str(value)) for value in listed(values))
            if name == "ipaddress" and key.lower() == "aws:sourceip":
                yield all(_narrow(value) for value in listed(values))


def _narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= NARROWEST[network.version]


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _in_order(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(inner, str) for inner in value):
        return sorted(set(value)) if len(set(value)) > 1 else value[0]
    return [_in_order(inner) for inner in value] if isinstance(value, list) else value
