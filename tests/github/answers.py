"""What the fake answers to each request, in GitHub's words."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.github import settings
from tests.github.rules import Refusal, check_comment, check_issue, check_label, invalid
from tests.github.state import (
    Account,
    Issue,
    Repository,
    show_comment,
    show_issue,
    show_label,
    show_pull,
    show_repository,
    show_user,
)
from tests.github.wire import Answer, Request

if TYPE_CHECKING:
    from tests.github.fake import FakeGithub

Handle = Callable[["FakeGithub", Request, Account, Repository, list[str]], Answer]
NOT_FOUND, NO_ACCESS = "Not Found", "Resource not accessible by integration"


def answer(hub: FakeGithub, request: Request, account: Account | None) -> Answer:
    """The answer; Refusal for all that is no success."""
    if account is None:
        raise Refusal(401, "Bad credentials")
    if request.line == "GET /rate_limit":
        return Answer(200, {"resources": {"core": {"limit": 5000, "remaining": 5000, "reset": 0}}})
    if request.line == "GET /user":
        if account.kind == "Bot":
            raise Refusal(403, NO_ACCESS)
        return Answer(200, show_user(account.login))
    for pattern, handle in ROUTES:
        match = re.fullmatch(pattern, f"{request.verb} {request.path}")
        if match:
            owner, name, *rest = match.groups()
            return handle(hub, request, account, _repository(hub, f"{owner}/{name}", account), rest)
    raise Refusal(404, NOT_FOUND)


def _repository(hub: FakeGithub, name: str, account: Account) -> Repository:
    found = next((one for key, one in hub.repositories.items() if key.lower() == name.lower()), None)
    granted = name in account.grants or "*" in account.grants
    if found is None or (found.private and not granted):
        raise Refusal(404, NOT_FOUND)
    if found.moved_to:
        raise Refusal(301, "Moved Permanently", headers={"Location": f"{hub.url}/repos/{found.moved_to}"})
    return found


def _needs(account: Account, repository: Repository, *whats: str) -> None:
    """A person who may read may also write issues and comments; an App needs the permission."""
    if repository.archived:
        raise Refusal(403, "Repository was archived so is read-only.")
    if not any(account.may(repository.name, what, "write") for what in whats):
        raise Refusal(403, NO_ACCESS if account.kind == "Bot" else "Must have admin rights to Repository.")


def _get_repository(_h: FakeGithub, _q: Request, _a: Account, repository: Repository, _p: list[str]) -> Answer:
    return Answer(200, show_repository(repository))


def _list_issues(hub: FakeGithub, request: Request, account: Account, repository: Repository, _: list[str]) -> Answer:
    _must_have_issues(repository)
    if account.kind == "Bot" and repository.private and not account.may(repository.name, "issues"):
        raise Refusal(403, NO_ACCESS)
    query = request.query
    state = query.get("state", "open")
    if state not in ("open", "closed", "all"):
        raise invalid("Issue", "state")
    labels = [label.lower() for label in query.get("labels", "").split(",") if label]
    since = datetime.fromisoformat(query["since"]) if "since" in query else None
    found = [
        issue
        for issue in hub.listed(repository.name).issues
        if state in ("all", issue.state)
        and set(labels) <= {label.lower() for label in issue.labels}
        and query.get("creator", issue.login) == issue.login
        and (since is None or (issue.updated_at or issue.at) >= since)
    ]
    by: dict[str, Callable[[Issue], Any]] = {
        "created": lambda issue: (issue.at, issue.number),
        "updated": lambda issue: (issue.updated_at or issue.at, issue.number),
        "comments": lambda issue: len(issue.comments),
    }
    found.sort(key=by[query.get("sort", "created")], reverse=query.get("direction", "desc") == "desc")
    return _paged(hub, request, [show_issue(repository, issue, hub.url) for issue in found])


def _create_issue(hub: FakeGithub, request: Request, account: Account, repository: Repository, _: list[str]) -> Answer:
    _must_have_issues(repository)
    if account.kind == "Bot" or repository.archived:
        _needs(account, repository, "issues")
    check_issue(request.body, new=True)
    pushes = account.may(repository.name, "issues", "write")
    labels = _labels(repository, request.body.get("labels", [])) if pushes else []  # dropped without a word
    number = max((one.number for one in repository.issues), default=0) + 1
    issue = Issue(number, account.login, request.body["title"], request.body.get("body") or "", labels, hub.now())
    repository.issues.append(issue)
    return Answer(201, show_issue(repository, issue, hub.url))


def _get_issue(hub: FakeGithub, _: Request, _a: Account, repository: Repository, parts: list[str]) -> Answer:
    return Answer(200, show_issue(repository, _issue(repository, parts[0]), hub.url))


def _edit_issue(
    hub: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]
) -> Answer:
    issue, body = _issue(repository, parts[0]), dict(request.body)
    if issue.login == account.login and not account.may(repository.name, "issues", "write"):
        body.pop("labels", None)  # whoever opened it may edit it all the same, but for its labels
    else:
        _needs(account, repository, "issues", *(["pull_requests"] if issue.pull is not None else []))
    check_issue(body, new=False)
    if body.get("body", issue.body) != issue.body:
        issue.edits.append(account.login)
    issue.title, issue.body = body.get("title", issue.title), body.get("body", issue.body) or ""
    issue.labels = _labels(repository, body["labels"]) if "labels" in body else issue.labels
    if body.get("state", issue.state) != issue.state:
        issue.state = body["state"]
        issue.closed_at = hub.now() if issue.state == "closed" else None
    issue.reason = body.get("state_reason") or ("completed" if issue.state == "closed" else None)
    issue.updated_at = hub.now()
    return Answer(200, show_issue(repository, issue, hub.url))


def _list_comments(hub: FakeGithub, request: Request, _: Account, repository: Repository, parts: list[str]) -> Answer:
    issues = [_issue(repository, parts[0])] if parts else repository.issues
    found = [show_comment(repository, issue, one, hub.url) for issue in issues for one in issue.comments]
    return _paged(hub, request, found)


def _comment(hub: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    issue = _issue(repository, parts[0])
    if account.kind == "Bot" or repository.archived:
        _needs(account, repository, "issues", *(["pull_requests"] if issue.pull is not None else []))
    if issue.locked and account.kind == "Bot":
        raise Refusal(403, "Unable to create comment because issue is locked.")
    made = hub.comment(issue, account.login, check_comment(request.body))
    issue.updated_at = hub.now()
    return Answer(201, show_comment(repository, issue, made, hub.url))


def _one_comment(
    hub: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]
) -> Answer:
    pairs = ((issue, one) for issue in repository.issues for one in issue.comments if str(one.id) == parts[0])
    issue, comment = next(pairs, (None, None))
    if issue is None or comment is None:
        raise Refusal(404, NOT_FOUND)
    if request.verb != "GET":
        _needs(account, repository, "issues", *(["pull_requests"] if issue.pull is not None else []))
    if request.verb == "DELETE":
        issue.comments.remove(comment)
        return Answer(204)
    if request.verb == "PATCH":
        comment.body, comment.edited_at = check_comment(request.body), hub.now()
    return Answer(200, show_comment(repository, issue, comment, hub.url))


def _lock(_h: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    issue = _issue(repository, parts[0])
    _needs(account, repository, "issues")
    if repository.never_unlocks:
        raise Refusal(403, NO_ACCESS)
    issue.locked = request.verb == "PUT"
    issue.lock_reason = (request.body or {}).get("lock_reason") if issue.locked else None
    return Answer(204)


def _list_labels(hub: FakeGithub, request: Request, _: Account, repository: Repository, _p: list[str]) -> Answer:
    return _paged(hub, request, [show_label(repository, name) for name in repository.labels])


def _create_label(_h: FakeGithub, request: Request, account: Account, repository: Repository, _: list[str]) -> Answer:
    _needs(account, repository, "issues", "pull_requests")
    name, color = request.body.get("name") or "", request.body.get("color") or "ededed"
    check_label(name, request.body.get("description") or "", color)
    if repository.label(name):
        raise invalid("Label", "name", "already_exists")
    repository.labels[name] = color
    return Answer(201, show_label(repository, name))


def _one_label(_h: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    name = repository.label(parts[0])
    if not name:
        raise Refusal(404, NOT_FOUND)
    if request.verb == "DELETE":
        _needs(account, repository, "issues")
        del repository.labels[name]
        return Answer(204)
    return Answer(200, show_label(repository, name))


def _pulls(hub: FakeGithub, request: Request, _: Account, repository: Repository, parts: list[str]) -> Answer:
    if parts:
        issue = _issue(repository, parts[0])
        if issue.pull is None:
            raise Refusal(404, NOT_FOUND)
        return Answer(200, show_pull(repository, issue, hub.url))
    state = request.query.get("state", "open")
    found = [one for one in repository.issues if one.pull is not None and state in ("all", one.state)]
    return _paged(hub, request, [show_pull(repository, one, hub.url) for one in found])


def _contents(_h: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    if not account.may(repository.name, "contents"):
        raise Refusal(403, NO_ACCESS)
    branch = request.query.get("ref", repository.default_branch)
    found = repository.files.get(branch, {}).get(parts[0])
    if found is None:
        raise Refusal(404, NOT_FOUND)
    text = base64.b64encode(found).decode()
    return Answer(200, {"type": "file", "path": parts[0], "encoding": "base64", "content": text, "size": len(found)})


def _commits(hub: FakeGithub, request: Request, account: Account, repository: Repository, parts: list[str]) -> Answer:
    if not account.may(repository.name, "contents"):
        raise Refusal(403, NO_ACCESS)
    if not parts:
        return _paged(hub, request, list(repository.commits.values()))
    if parts[0] not in repository.commits:
        raise Refusal(422, f"No commit found for SHA: {parts[0]}")
    return Answer(200, repository.commits[parts[0]])


def _paged(hub: FakeGithub, request: Request, items: list[Any]) -> Answer:
    each = min(int(request.query.get("per_page", 30)), 100)  # more is cut to 100 without a word
    page = int(request.query.get("page", 1))
    headers = {}
    if page * each < len(items):
        query = urlencode({**request.query, "page": page + 1})
        headers["Link"] = f'<{hub.url}{request.path}?{query}>; rel="next"'
    return Answer(200, items[(page - 1) * each : page * each], headers)


def _must_have_issues(repository: Repository) -> None:
    if not repository.has_issues:
        raise Refusal(410, "Issues has been disabled in this repository.")


def _issue(repository: Repository, number: str) -> Issue:
    _must_have_issues(repository)
    issue = repository.get(int(number))
    if issue is None:
        raise Refusal(404, NOT_FOUND)
    return issue


def _labels(repository: Repository, asked: list[Any]) -> list[str]:
    """As they are written here; one that is not there yet is made on the way, which GitHub does not promise."""
    names = []
    for one in asked:
        name = one if isinstance(one, str) else one["name"]
        if not (repository.makes_labels or repository.label(name)):
            continue
        repository.labels.setdefault(repository.label(name) or name, "ededed")
        names.append(repository.label(name))
    return list(dict.fromkeys(names))


REPO = r"/repos/([^/]+)/([^/]+)"
ROUTES: tuple[tuple[str, Handle], ...] = (
    (f"GET {REPO}", _get_repository),
    (f"GET {REPO}/issues", _list_issues),
    (f"POST {REPO}/issues", _create_issue),
    (rf"GET {REPO}/issues/(\d+)", _get_issue),
    (rf"PATCH {REPO}/issues/(\d+)", _edit_issue),
    (f"GET {REPO}/issues/comments", _list_comments),
    (rf"GET {REPO}/issues/(\d+)/comments", _list_comments),
    (rf"POST {REPO}/issues/(\d+)/comments", _comment),
    (rf"(?:GET|PATCH|DELETE) {REPO}/issues/comments/(\d+)", _one_comment),
    (rf"(?:PUT|DELETE) {REPO}/issues/(\d+)/lock", _lock),
    (f"GET {REPO}/labels", _list_labels),
    (f"POST {REPO}/labels", _create_label),
    (f"(?:GET|DELETE) {REPO}/labels/(.+)", _one_label),
    (f"GET {REPO}/pulls", _pulls),
    (rf"GET {REPO}/pulls/(\d+)", _pulls),
    (f"GET {REPO}/contents/(.+)", _contents),
    (f"GET {REPO}/commits", _commits),
    (f"GET {REPO}/commits/(.+)", _commits),
    (f"GET {REPO}/environments/([^/]+)(/deployment-branch-policies)?", settings.environment),
    (f"GET {REPO}/rules/branches/(.+)", settings.rules),
    (rf"GET {REPO}/rulesets/(\d+)", settings.ruleset),
    (f"GET {REPO}/branches", settings.branches),
    (f"GET {REPO}/branches/(.+)/protection", settings.protection),
    (f"GET {REPO}/codeowners/errors", settings.code_owner_errors),
    (f"GET {REPO}/actions/oidc/customization/sub", settings.subject),
    (f"GET {REPO}/actions/permissions/workflow", settings.workflow_permissions),
)
