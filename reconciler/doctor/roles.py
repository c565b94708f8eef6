"""Whether the roles of an account can be entered, and are of that account."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.subject import CheckSubject
from reconciler.model.check_result import CheckResult, fine, wrong

READ, ACT = "read role", "act role"


def roles(patient: CheckSubject) -> Iterator[CheckResult]:
    """One call of STS each, as a run begins with."""
    for check, aws in ((READ, patient.reader), (ACT, patient.writer)):
        if aws is not None:
            problem = aws.enter(patient.name)
            yield wrong(check, problem.message, patient.name) if problem else fine(check, patient.name)
