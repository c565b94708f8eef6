"""The checks of this repository on GitHub, one after the other, and what they tell the checks of the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reconciler.connections import Connections
from reconciler.doctor.branch_rules import approvals_by_jobs, main_rules, report_rules
from reconciler.doctor.code_owners import PLACES, code_owners, read, tasks_are_owned, unreadable
from reconciler.doctor.environments import environments
from reconciler.doctor.settings import Settings, refused_as
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.iam.trust import GITHUB
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.config import Config
from reconciler.model.protection import RepositoryIdentity

SETTINGS, SUBJECT = "GitHub settings", "token subject"


@dataclass(frozen=True)
class Told:
    """The options of `krampus policy` by which the roles were made; `branch` "": the repository's default branch."""

    branch: str
    environment: str
    workflow: str = ""
    read_workflow: str = ""


@dataclass(frozen=True)
class Hosted:
    """The results, and whom the roles are to trust: by placeholder, and the repository's names in its tokens."""

    results: tuple[CheckResult, ...] = ()
    trusted: dict[str, str] = field(default_factory=dict)
    forms: tuple[str, ...] = ()


def hosted(connections: Connections, config: Config, told: Told) -> Hosted:
    """All checks of this repository's settings; no result if it is not named as one on GitHub."""
    results: list[CheckResult] = []
    identity, settings = connections.identity(), None
    try:
        settings = connections.settings()
        identity = settings.identity() if settings else identity
    except DoorClosed as closed:
        results.append(unchecked(SETTINGS, str(closed)))
    except TrackerRefused as refused:
        results.append(refused_as(SETTINGS, refused, "`contents: read` and `actions: read`"))
    branch = told.branch or (identity.default_branch if identity else "") or "main"
    if settings and not results:
        results += _settings(connections, settings, config, branch, told.environment)
    trusted = {**_told(told, branch), "provider": connections.token_provider()}
    if identity is None:
        return Hosted(tuple(results), trusted)
    return Hosted(tuple(results), trusted | _names(identity), identity.forms)


def _told(told: Told, branch: str) -> dict[str, str]:
    pins = {"workflow": told.workflow, "read_workflow": told.read_workflow}
    given = {name: value for name, value in pins.items() if value}
    return {"branch": branch, "environment": told.environment, "audience": "sts.amazonaws.com", **given}


def _names(identity: RepositoryIdentity) -> dict[str, str]:
    return {"repository_id": identity.number, "plain_repository": identity.name}


def _settings(
    connections: Connections, settings: Settings, config: Config, branch: str, environment: str
) -> Iterator[CheckResult]:
    yield from environments(settings, environment, branch)
    owned = False
    try:
        reviewed = connections.reviewed(branch, PLACES)
    except DoorClosed as closed:
        yield unreadable(str(closed))
    else:
        owners = read(reviewed.files)
        owned = tasks_are_owned(owners, reviewed.paths)
        yield from code_owners(settings, owners, reviewed.paths, branch)
    yield from main_rules(settings, branch, owned)
    yield from approvals_by_jobs(settings)
    protected = config.report.signers == "protected-branch"
    if protected or config.report.branch != branch:
        yield from report_rules(settings, config.report.branch, protected=protected)
    if config.aws.credentials == "oidc" and connections.token_provider() == GITHUB:
        yield _subject(settings)


def _subject(settings: Settings) -> CheckResult:
    try:
        default = settings.default_subject()
    except TrackerRefused as refused:
        return refused_as(SUBJECT, refused, "`actions: read`")
    if default:
        return fine(SUBJECT)
    return wrong(
        SUBJECT,
        "the repository's tokens have a `sub` of a template's form, which the roles do not trust; set it back to "
        "GitHub's own (gh api -X PUT repos/OWNER/NAME/actions/oidc/customization/sub -F use_default=true)",
    )
