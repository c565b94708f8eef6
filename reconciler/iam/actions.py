"""What the kinds declare of an operation of AWS, for whoever has no more than its name. PURE."""

from __future__ import annotations

from functools import cache

from reconciler.model.operation import Known
from reconciler.resources.catalog import KINDS


@cache
def known(service: str, operation: str) -> Known:
    """What kinds declare of an operation, as boto3 or the API names it; the service may be "", where a look failed.

    It imports every kind, since several may use one operation; so it is for what is rare, such as errors.
    """
    asked = operation.replace("_", "").lower()
    found = [
        one
        for kind in KINDS.values()
        for one in kind.operations
        if one.name.replace("_", "") == asked and service in ("", one.service)
    ]
    if len({one.service for one in found}) > 1:
        return Known()  # two services name an operation alike, and it is not known which was asked
    actions = dict.fromkeys(action for one in found for action in one.actions)
    return Known(tuple(actions), tuple(dict.fromkeys(meaning for one in found for meaning in one.errors)))
