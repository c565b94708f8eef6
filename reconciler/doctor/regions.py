"""Whether the regions of an account are enabled in it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.subject import Patient
from reconciler.model.check_result import Finding, fine, unchecked, wrong
from reconciler.model.sighting import Problem

REGIONS = "regions"


def regions(patient: Patient) -> Iterator[Finding]:
    """Who am I, asked of STS in each region: it takes no permission, and fails where the account has no part."""
    if patient.eyes.enter(patient.name):
        yield unchecked(REGIONS, "the read role cannot be entered", patient.name)
        return
    problems = []
    for region in patient.regions:
        seen = patient.eyes.look(patient.name, region, lambda place: place.client("sts").get_caller_identity())
        problems += [seen] if isinstance(seen, Problem) else []
    yield from (wrong(REGIONS, problem.says, patient.name) for problem in problems)
    if not problems:
        yield fine(REGIONS, patient.name)
