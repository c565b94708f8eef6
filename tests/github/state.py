"""What a GitHub holds: repositories, issues, tokens, an App; and the answers in which it shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

from tests.github.settings import Settings

Permissions = dict[str, str]  # {"issues": "write", "contents": "read"}


@dataclass
class Account:
    """A token's owner, and what it may do. `grants`: a repository's name, or "*", to permissions."""

    login: str
    grants: dict[str, Permissions]

    def may(self, repository: str, what: str, level: str = "read") -> bool:
        """Whether it has a permission there."""
        granted = {**self.grants.get("*", {}), **self.grants.get(repository, {})}.get(what, "")
        return granted == "write" or (level == "read" and granted == "read")

    @property
    def kind(self) -> str:
        """As GitHub calls it."""
        return "Bot" if self.login.endswith("[bot]") else "User"


@dataclass
class Comment:
    """One comment, of an issue or a pull request."""

    id: int
    login: str
    body: str
    at: datetime
    edited_at: datetime | None = None
    via: str = ""


@dataclass
class Issue:
    """An issue or, with `pull`, a pull request. edits: who has edited its text; via: the App that wrote it for them."""

    number: int
    login: str
    title: str
    body: str
    labels: list[str]
    at: datetime
    state: str = "open"
    reason: str | None = None
    closed_at: datetime | None = None
    updated_at: datetime | None = None
    pull: dict[str, Any] | None = None
    edits: list[str] = field(default_factory=list)
    via: str = ""
    locked: bool = False
    lock_reason: str | None = None
    comments: list[Comment] = field(default_factory=list)


@dataclass
class Repository:
    """One repository. `labels`: name to colour; `files`: branch to path to bytes; `commits`: sha to data."""

    name: str
    private: bool = True
    has_issues: bool = True
    archived: bool = False
    moved_to: str = ""
    never_unlocks: bool = False
    makes_labels: bool = True
    default_branch: str = "main"
    issues: list[Issue] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=lambda: {"bug": "d73a4a"})
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    commits: dict[str, dict[str, Any]] = field(default_factory=dict)
    number: int = 2002
    owner_number: int = 1001
    settings: Settings = field(default_factory=Settings)

    def label(self, name: str) -> str:
        """A label as it is written here: its name counts whatever its case."""
        return next((one for one in self.labels if one.lower() == name.lower()), "")

    def get(self, number: int) -> Issue | None:
        """By number."""
        return next((one for one in self.issues if one.number == number), None)


def stamp(moment: datetime | None) -> str | None:
    """GitHub's times have whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def show_user(login: str) -> dict[str, Any]:
    """A user as GitHub shows one."""
    number = 41898282 if login == "github-actions[bot]" else crc32(login.lower().encode())
    return {"login": login, "id": number, "type": "Bot" if login.endswith("[bot]") else "User"}


def show_via(login: str, via: str) -> dict[str, Any] | None:
    """The App by which something was written: a bot's own, or one that writes for a person."""
    slug = via or (login.removesuffix("[bot]") if login.endswith("[bot]") else "")
    return {"id": crc32(slug.encode()), "slug": slug} if slug else None


def show_label(repository: Repository, name: str) -> dict[str, Any]:
    """A label as GitHub shows one."""
    return {"name": name, "color": repository.labels[name], "description": None, "default": False}


def show_issue(repository: Repository, issue: Issue, base: str) -> dict[str, Any]:
    """An issue as GitHub shows one; a body comes back with the line ends that it was sent with."""
    url = f"{base}/repos/{repository.name}/issues/{issue.number}"
    shown = {
        "url": url,
        "html_url": f"https://github.com/{repository.name}/{'issues' if issue.pull is None else 'pull'}/{issue.number}",
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": show_user(issue.login),
        "labels": [show_label(repository, name) for name in issue.labels],
        "state": issue.state,
        "state_reason": issue.reason,
        "locked": issue.locked,
        "active_lock_reason": issue.lock_reason,
        "performed_via_github_app": show_via(issue.login, issue.via),
        "comments": len(issue.comments),
        "created_at": stamp(issue.at),
        "updated_at": stamp(issue.updated_at or issue.at),
        "closed_at": stamp(issue.closed_at),
    }
    if issue.pull is not None:
        shown["pull_request"] = {"url": url.replace("/issues/", "/pulls/")}
    return shown


def show_pull(repository: Repository, issue: Issue, base: str) -> dict[str, Any]:
    """A pull request as GitHub shows one; `pull` holds its head and base."""
    shown = show_issue(repository, issue, base)
    return {**shown, "url": shown["url"].replace("/issues/", "/pulls/"), "draft": False, **(issue.pull or {})}


def show_comment(repository: Repository, issue: Issue, comment: Comment, base: str) -> dict[str, Any]:
    """A comment as GitHub shows one."""
    return {
        "id": comment.id,
        "url": f"{base}/repos/{repository.name}/issues/comments/{comment.id}",
        "issue_url": f"{base}/repos/{repository.name}/issues/{issue.number}",
        "html_url": f"https://github.com/{repository.name}/issues/{issue.number}#issuecomment-{comment.id}",
        "body": comment.body,
        "user": show_user(comment.login),
        "created_at": stamp(comment.at),
        "updated_at": stamp(comment.edited_at or comment.at),
        "performed_via_github_app": show_via(comment.login, comment.via),
    }


def show_repository(repository: Repository) -> dict[str, Any]:
    """A repository as GitHub shows one."""
    owner, _, name = repository.name.partition("/")
    return {
        "id": repository.number,
        "name": name,
        "full_name": repository.name,
        "owner": {**show_user(owner), "id": repository.owner_number},
        "private": repository.private,
        "has_issues": repository.has_issues,
        "archived": repository.archived,
        "default_branch": repository.default_branch,
        "html_url": f"https://github.com/{repository.name}",
    }
