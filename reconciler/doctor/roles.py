"""Whether the roles of an account can be assumed, and belong to that account."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.subject import CheckSubject
from reconciler.model.check_result import CheckResult, fine, wrong

READ, ACT = "read role", "act role"


def roles(subject: CheckSubject) -> Iterator[CheckResult]:
    """One call of STS for each role, as at the start of a run."""
    for check, aws in ((READ, subject.reader), (ACT, subject.writer)):
        if aws is not None:
            problem = aws.enter(subject.name)
            yield wrong(check, problem.message, subject.name) if problem else fine(check, subject.name)
