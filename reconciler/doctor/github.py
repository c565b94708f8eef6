"""Whether the GitHub tokens may write issues in every repository in which teams have theirs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from reconciler.errors import Deferred, DoorClosed, TrackerRefused
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong
from reconciler.model.repository_settings import RepositorySettings

TOKEN = "GitHub token"  # noqa: S105  the name of a check
# Scopes of personal tokens that change more than a repository's contents and issues, for all that their user may.
TOO_FAR = re.compile(r"(admin|write|delete|manage|update)[:_].*|workflow|user|site_admin|codespace|project|audit_log")
INVALID, FORBIDDEN = 422, (403, 404)  # HTTP's own


class IssueTokens(Protocol):
    """The tokens for issues. `homes`: the repositories, "" for this one; all else takes one of them.

    Each method that asks GitHub raises TrackerRefused if it refuses.
    """

    @property
    def homes(self) -> frozenset[str]:
        """All repositories in which teams have their issues."""

    def named(self, home: str) -> str:
        """Its name, "owner/name"."""

    def settings(self, home: str) -> RepositorySettings:
        """What GitHub says of it."""

    def create_untitled_issue(self, home: str) -> None:
        """An issue with an empty title, which is none."""


def github(open_tokens: Callable[[], IssueTokens | None]) -> Iterator[CheckResult]:
    """One result per repository; none if issues are not on GitHub. The only request that could write is invalid."""
    try:
        tokens = open_tokens()
    except DoorClosed as closed:
        yield wrong(TOKEN, str(closed))
        return
    if tokens is not None:
        yield from (_repository(tokens, home, f"issues in {tokens.named(home)}") for home in sorted(tokens.homes))


def _repository(tokens: IssueTokens, home: str, check: str) -> CheckResult:
    try:
        settings = tokens.settings(home)
    except TrackerRefused as refused:
        return wrong(check, str(refused))
    problem = _closed(settings) or _lacks_scope(settings) or _goes_too_far(settings)
    return wrong(check, problem) if problem else _writable(tokens, home, check)


def _writable(tokens: IssueTokens, home: str, check: str) -> CheckResult:
    """Try an issue with an empty title: GitHub answers 422 to a token that may write issues, else 403 or 404."""
    try:
        tokens.create_untitled_issue(home)
    except TrackerRefused as refused:
        if refused.status == INVALID:
            return fine(check)
        if refused.status in FORBIDDEN and not isinstance(refused, Deferred):
            return wrong(check, f"the token may not write issues there ({refused}); a job needs `issues: write`")
        return unchecked(check, str(refused))
    return unchecked(check, "GitHub accepted what it should have refused; check for an issue without a title there")


def _closed(settings: RepositorySettings) -> str:
    if settings.archived:
        return "the repository is archived; name another one in krampus.yaml (`teams: … issues:`)"
    return "" if settings.has_issues else "issues are disabled there; enable them"


def _lacks_scope(settings: RepositorySettings) -> str:
    if settings.scopes is None:
        return ""
    needed = {"repo"} if settings.private else {"repo", "public_repo"}
    if needed & set(settings.scopes):
        return ""
    given = ", ".join(settings.scopes)
    return f"the token has the scopes `{given}`, but issues there need `{min(needed, key=len)}`; create one with it"


def _goes_too_far(settings: RepositorySettings) -> str:
    scopes = [scope for scope in settings.scopes or () if TOO_FAR.fullmatch(scope)]
    if not scopes:
        return ""
    return (
        f"the token has the scopes `{', '.join(scopes)}`, which Krampus does not need: whoever gets hold of it can use "
        "them in all that its user may; replace it with a GitHub App's (`issues: write`), or a fine-grained token"
    )
