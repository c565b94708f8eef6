"""Whether the GitHub tokens may write issues in every repository in which teams have theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.errors import Deferred, DoorClosed, TrackerRefused
from reconciler.model.check_result import CheckResult, fine, unchecked, wrong

if TYPE_CHECKING:
    from github import Github

    from reconciler.clients.github.tokens import Tokens

TOKEN = "GitHub token"  # noqa: S105  the name of a check
INVALID, FORBIDDEN = 422, (403, 404)  # HTTP's own


def github(open_tokens: Callable[[], Tokens | None]) -> Iterator[CheckResult]:
    """One result per repository; none if issues are not on GitHub. The only request that could write is invalid."""
    try:
        tokens = open_tokens()
    except DoorClosed as closed:
        yield wrong(TOKEN, str(closed))
        return
    if tokens is not None:
        yield from (_repository(tokens, home, f"issues in {tokens.named(home)}") for home in sorted(tokens.homes))


def _repository(tokens: Tokens, home: str, check: str) -> CheckResult:
    from reconciler.clients.github.api import ask

    path = f"/repos/{tokens.named(home)}"
    try:
        headers, found = ask(tokens.open(home), "GET", path)
    except TrackerRefused as refused:
        return wrong(check, str(refused))
    why = _closed(found) or _lacks_scope(headers, found)
    return wrong(check, why) if why else _writable(tokens.open(home), path, check)


def _writable(hub: Github, path: str, check: str) -> CheckResult:
    """Try an issue with an empty title: GitHub answers 422 to a token that may write issues, else 403 or 404."""
    from reconciler.clients.github.api import ask

    try:
        ask(hub, "POST", f"{path}/issues", body={"title": ""})
    except TrackerRefused as refused:
        if refused.status == INVALID:
            return fine(check)
        if refused.status in FORBIDDEN and not isinstance(refused, Deferred):
            return wrong(check, f"the token may not write issues there ({refused}); a job needs `issues: write`")
        return unchecked(check, str(refused))
    return unchecked(check, "GitHub accepted what it should have refused; check for an issue without a title there")


def _closed(repository: Mapping[str, Any]) -> str:
    if repository.get("archived"):
        return "the repository is archived; name another one in krampus.yaml (`teams: … issues:`)"
    return "" if repository.get("has_issues", True) else "issues are disabled there; enable them"


def _lacks_scope(headers: Mapping[str, str], repository: Mapping[str, Any]) -> str:
    """Only classic personal access tokens list their scopes."""
    scopes = headers.get("x-oauth-scopes")
    if scopes is None:
        return ""
    needed = {"repo"} if repository.get("private") else {"repo", "public_repo"}
    if needed & {scope.strip() for scope in scopes.split(",")}:
        return ""
    return (
        f"the token has the scopes `{scopes}`, but issues there need `{min(needed, key=len)}`; create one that has it"
    )
