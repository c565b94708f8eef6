"""Dry runs of EC2's looks, for accounts where nothing may be simulated.

Of looks alone: a dry run that was taken for a run would change nothing.
"""

from __future__ import annotations

from typing import Any

from reconciler.doctor.subject import CheckSubject
from reconciler.iam.scope import used
from reconciler.iam.statements import statements
from reconciler.model.sighting import Problem
from reconciler.resources.kind import Place

NEED_A_NAME = ("DescribeInstanceAttribute",)


def denied_looks(subject: CheckSubject) -> dict[str, str]:
    """The looks of EC2 that the read role is denied; none if that could not be told."""
    actions = {action for one in statements("read", used(subject.repository)) for action in one.actions}
    looks = sorted(action[4:] for action in actions if action.startswith("ec2:Describe"))
    if not (looks and subject.regions):
        return {}
    asked = [look for look in looks if look not in NEED_A_NAME]
    denied = subject.reader.look(subject.name, subject.regions[0], lambda place: _denied(place, asked))
    return {} if isinstance(denied, Problem) else denied


def _denied(place: Place, looks: list[str]) -> dict[str, str]:
    ec2 = place.client("ec2")
    methods = {operation: method for method, operation in ec2.meta.method_to_api_mapping.items()}
    return {f"ec2:{look}": "" for look in looks if _is_denied(ec2, methods[look])}


def _is_denied(ec2: Any, method: str) -> bool:
    try:
        getattr(ec2, method)(DryRun=True)
    except ec2.exceptions.ClientError as error:
        return bool(error.response.get("Error", {}).get("Code") == "UnauthorizedOperation")
    return False
