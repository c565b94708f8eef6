"""Whether only the reviewed branch can enter the environments that guard the act role and the App's key."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.settings import Settings, refused_as
from reconciler.errors import TrackerRefused
from reconciler.model.check_result import HERE, CheckResult, State, fine, wrong
from reconciler.model.protection import EnvironmentRules

NEEDS = "`actions: read`"
PUBLISH = "krampus-publish"
UNATTENDED = "nobody need approve a run; with reviewers, each waits for one of them"


def environments(settings: Settings, acting: str, branch: str) -> Iterator[CheckResult]:
    """One result for each environment. `acting`: the one whose jobs may assume the act role. Reviewers are optional."""
    guarded = {acting: "may ask for the act role", PUBLISH: "gets the secrets of that environment, the App's key"}
    for name, gain in guarded.items():
        check = f"environment {name}"
        try:
            rules = settings.environment(name)
        except TrackerRefused as refused:
            yield refused_as(check, refused, NEEDS)
        else:
            problem = _open(rules, branch)
            remedy = f"in its settings, choose selected branches and name {branch} alone"
            sound = fine(check) if rules and rules.reviewed else CheckResult(check, HERE, State.FINE, UNATTENDED)
            yield wrong(check, f"{problem}: a workflow there {gain}; {remedy}") if problem else sound


def _open(rules: EnvironmentRules | None, branch: str) -> str:
    """Who else may deploy to it, "" for nobody."""
    if rules is None:
        return "it does not exist, and GitHub makes it without protection for the first branch whose workflow names it"
    if rules.anybody:
        return "any branch may deploy to it"
    others = [each for each in rules.branches if each != branch]
    if others:
        return f"other branches may deploy to it ({', '.join(others)})"
    if rules.tags:
        return f"tags may deploy to it ({', '.join(rules.tags)})"
    return "" if rules.branches else f"no branch may deploy to it, not even {branch}"
