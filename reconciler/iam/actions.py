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
    wanted = operation.replace("_", "").lower()
    found = [
        declared
        for kind in KINDS.values()
        for declared in kind.operations
        if declared.name.replace("_", "") == wanted and service in ("", declared.service)
    ]
    if len({declared.service for declared in found}) > 1:
        return Known()  # two services name an operation alike, and it is not known which was asked
    actions = dict.fromkeys(action for declared in found for action in declared.actions)
    return Known(tuple(actions), tuple(dict.fromkeys(meaning for declared in found for meaning in declared.meanings)))
