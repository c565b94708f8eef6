"""Dry runs of EC2's read operations, for accounts in which policies may not be simulated.

Only of reads: if the `DryRun` flag were ignored, nothing would be changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.doctor.subject import CheckSubject
from reconciler.iam.scope import used
from reconciler.iam.statements import operations
from reconciler.model.operation import Operation
from reconciler.model.sighting import Problem
from reconciler.resources.place import Entered


def denied_reads(subject: CheckSubject) -> dict[str, str]:
    """The IAM actions of EC2's reads that the read role is denied, without reasons; none if that is unknown."""
    # Those that are used on one resource would need its name.
    reads = {
        operation.name: operation
        for operation in operations("read", used(subject.repository))
        if operation.service == "ec2" and operation.on == ("*",)
    }
    if not (reads and subject.regions):
        return {}
    denied = subject.reader.look(subject.name, subject.regions[0], lambda place: _denied(place, reads.values()))
    return {} if isinstance(denied, Problem) else denied


def _denied(place: Entered, reads: Iterable[Operation]) -> dict[str, str]:
    ec2 = place.client("ec2")
    return {action: "" for read in reads if _is_denied(ec2, read.name) for action in read.actions}


def _is_denied(ec2: Any, method: str) -> bool:
    try:
        getattr(ec2, method)(DryRun=True)
    except ec2.exceptions.ClientError as error:
        return bool(error.response.get("Error", {}).get("Code") == "UnauthorizedOperation")
    return False
