"""A tiny AWS of facts alone: what calls do to what would be seen. Each kind's cases say it for its own calls.

It is as strict as AWS where moto is kind: a rule that is there is not added again, one that is not there is not taken
away, and an instance that does not run does not return to its group.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from reconciler.model.call import Call
from tests.resources.example import Facts, Generated


class NotAllowed(Exception):  # noqa: N818  what AWS says
    """AWS would refuse this call."""


def must(allowed: bool) -> None:
    """NotAllowed, unless it is."""
    if not allowed:
        raise NotAllowed


def after(facts: Facts, calls: Iterable[Call], kind: Generated) -> Facts:
    """The facts after these calls; NotAllowed if one of them would be refused."""
    changed: Facts = copy.deepcopy(facts)
    for call in calls:
        kind.change(changed, Call.model_validate_json(call.model_dump_json()))
    return changed
