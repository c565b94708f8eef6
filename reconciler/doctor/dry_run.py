"""Dry runs of EC2's read operations, for accounts in which policies may not be simulated.

Only of reads: if the `DryRun` flag were ignored, nothing would be changed.
"""

from __future__ import annotations

from typing import Any

from reconciler.doctor.subject import CheckSubject
from reconciler.iam.scope import used
from reconciler.iam.statements import statements
from reconciler.model.sighting import Problem
from reconciler.resources.kind import Place

NEED_A_RESOURCE = ("DescribeInstanceAttribute",)


def denied_reads(subject: CheckSubject) -> dict[str, str]:
    """The IAM actions of EC2's reads that the read role is denied, without reasons; none if that is unknown."""
    actions = {action for statement in statements("read", used(subject.repository)) for action in statement.actions}
    reads = sorted(action[4:] for action in actions if action.startswith("ec2:Describe"))
    if not (reads and subject.regions):
        return {}
    tried = [read for read in reads if read not in NEED_A_RESOURCE]
    denied = subject.reader.look(subject.name, subject.regions[0], lambda place: _denied(place, tried))
    return {} if isinstance(denied, Problem) else denied


def _denied(place: Place, reads: list[str]) -> dict[str, str]:
    ec2 = place.client("ec2")
    methods = {operation: method for method, operation in ec2.meta.method_to_api_mapping.items()}
    return {f"ec2:{read}": "" for read in reads if _is_denied(ec2, methods[read])}


def _is_denied(ec2: Any, method: str) -> bool:
    try:
        getattr(ec2, method)(DryRun=True)
    except ec2.exceptions.ClientError as error:
        return bool(error.response.get("Error", {}).get("Code") == "UnauthorizedOperation")
    return False
