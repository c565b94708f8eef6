"""Whether the regions of an account are enabled in it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.subject import CheckSubject
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.sighting import Problem

REGIONS = "regions"


def regions(subject: CheckSubject) -> Iterator[CheckResult]:
    """GetCallerIdentity of STS in each region: it needs no permission, and fails where the region is not enabled."""
    if subject.reader.enter(subject.name):
        yield unchecked(REGIONS, "the read role cannot be assumed", subject.name)
        return
    problems = []
    for region in subject.regions:
        answer = subject.reader.look(subject.name, region, lambda place: place.client("sts").get_caller_identity())
        problems += [answer] if isinstance(answer, Problem) else []
    yield from (wrong(REGIONS, problem.message, subject.name) for problem in problems)
    if not problems:
        yield fine(REGIONS, subject.name)
