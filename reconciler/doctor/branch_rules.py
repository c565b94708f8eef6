"""Whether the rules of main let nothing in without review, and those of the report branch nobody rewrite it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.doctor.settings import Settings, refused_as
from reconciler.errors import TrackerRefused
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.protection import ADMINISTRATORS, GITHUB_ACTIONS, Actor, Actors, BranchRules

NEEDS = "`contents: read`"
CHECK, APPROVALS = "validate", "approvals by jobs"
NAMES = {
    GITHUB_ACTIONS: "GitHub Actions, which is any workflow of any branch",
    Actor("RepositoryRole", 5): "administrators",
    Actor("RepositoryRole", 4): "everybody who may write",
    Actor("RepositoryRole", 2): "maintainers",
    Actor("OrganizationAdmin"): "the organization's owners",
    Actor("DeployKey"): "deploy keys",
}


def main_rules(settings: Settings, branch: str, tasks_are_owned: bool) -> Iterator[CheckResult]:
    """Whether an order on this branch was reviewed. `tasks_are_owned`: whether each file in tasks/ has a code owner."""
    check = f"rules of {branch}"
    try:
        rules = settings.branch_rules(branch)
    except TrackerRefused as refused:
        yield refused_as(check, refused, NEEDS)
        return
    problems = [*_unreviewed(rules, tasks_are_owned), *_rewritten(rules)]
    if not any(name.rpartition(" / ")[2] == CHECK for name in rules.checks):
        problems.append(f"the check `{CHECK}` is not required, so a faulty file stops every run")
    if others := rules.bypass - ADMINISTRATORS:
        problems.append(f"{_named(others)} may bypass them, and so order without review")
    yield _result(check, rules, problems, f"set them for {branch} in a ruleset")


def approvals_by_jobs(settings: Settings) -> Iterator[CheckResult]:
    """Whether an approval is a person's: a job's token is had by whoever may push a branch with a workflow."""
    try:
        may = settings.jobs_may_approve()
    except TrackerRefused as refused:
        yield refused_as(APPROVALS, refused, "`administration: read`")
        return
    remedy = 'switch off "Allow GitHub Actions to create and approve pull requests" in the settings of Actions'
    gain = "jobs may approve pull requests, so whoever may write can have a workflow on a branch approve his own"
    yield wrong(APPROVALS, f"{gain}; {remedy}") if may else fine(APPROVALS)


def report_rules(settings: Settings, branch: str, *, protected: bool) -> Iterator[CheckResult]:
    """Whether the report branch keeps what it says. `protected`: whether the ledger counts because nobody else pushes.

    The token of a job is that of GitHub Actions, in a workflow of whatever branch: it is no proof of who pushed.
    """
    check = f"rules of {branch}"
    try:
        rules = settings.branch_rules(branch)
    except TrackerRefused as refused:
        yield refused_as(check, refused, NEEDS)
        return
    problems = [*_rewritten(rules), *(_foreign(rules) if protected else ())]
    yield _result(check, rules, problems, f"set them for {branch} in a ruleset", asks_who=protected)


def _unreviewed(rules: BranchRules, tasks_are_owned: bool) -> Iterator[str]:
    if rules.approvals is None:
        yield "it can be pushed without a pull request, so whoever may write can order anything alone"
        return
    if not rules.code_owners:
        yield "the review of code owners is not required, so CODEOWNERS stops nobody"
    if rules.approvals == 0 and not tasks_are_owned:
        yield "no approval is required and tasks/ has no code owner, so whoever may write can order alone"
    if not rules.fresh:
        yield (
            "an approval outlives later pushes, so what is merged need not be what was reviewed: dismiss stale "
            "approvals, or require approval of the last push"
        )


def _rewritten(rules: BranchRules) -> Iterator[str]:
    if not rules.no_force:
        yield "force pushes are allowed, so its history can be replaced"
    if not rules.no_deletion:
        yield "it can be deleted, and made anew with another history"


def _foreign(rules: BranchRules) -> Iterator[str]:
    """Who else than an App of your own may write the ledger."""
    for actors, does in ((rules.pushers, "push it"), (rules.creators, "create it")):
        if actors is None:
            yield f"everybody who may write can {does}: whoever does can forge the ledger (restrict it to an App)"
        elif others := frozenset(one for one in actors if one.kind != "Integration" or one == GITHUB_ACTIONS):
            yield f"{_named(others)} may {does}, and so forge the ledger: let only an App of your own, or set signers"
    if others := frozenset(one for one in rules.bypass if one.kind != "Integration" or one == GITHUB_ACTIONS):
        yield f"{_named(others)} may replace or delete it"


def _result(check: str, rules: BranchRules, problems: list[str], remedy: str, *, asks_who: bool = True) -> CheckResult:
    if problems and not rules.older_hidden:
        return wrong(check, f"{'; '.join(problems)}. {remedy[0].upper()}{remedy[1:]}")
    if problems:
        why = "unless the older kind of protection says otherwise, which GitHub shows with `administration: read`"
        return unchecked(check, f"{'; '.join(problems)}; {why}")
    if rules.bypass_hidden and asks_who:
        why = "GitHub shows to those who may edit the ruleset (`administration: write`); run it once with such a token"
        return unchecked(check, f"the rules are as they should be; who may bypass them {why}")
    return fine(check)


def _named(actors: Actors) -> str:
    kinds = {"Integration": "App", "RepositoryRole": "role"}
    names = (NAMES.get(one) or f"{kinds.get(one.kind, one.kind.lower())} {one.number}" for one in actors)
    return ", ".join(sorted(names))
