"""The one comment of ours on a pull request: found by its marker and its author, written once, then edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.clients.github.api import ask, pages
from reconciler.errors import TrackerRefused
from reconciler.model.issue import PLAN_MARKER

if TYPE_CHECKING:
    from github import Github

FORBIDDEN = (401, 403)


@dataclass(frozen=True)
class PullRequest:
    """A pull request of a repository ("owner/name"). Every method raises TrackerRefused if GitHub refuses."""

    github: Github
    repository: str
    number: int

    def say(self, text: str, *, anew: bool) -> str:
        """Make our comment say it; `anew`: write one if there is none. What was done: edited, written, kept or none."""
        ours = self._ours()
        if ours is None and anew:
            ask(self.github, "POST", f"{self._path}/{self.number}/comments", body={"body": text})
            return "written"
        if ours is None:
            return "none"
        number, standing = ours
        # GitHub gives line ends back as browsers send them.
        if standing.replace("\r\n", "\n").rstrip() == text.rstrip():
            return "kept"
        ask(self.github, "PATCH", f"{self._path}/comments/{number}", body={"body": text})
        return "edited"

    @property
    def _path(self) -> str:
        return f"/repos/{self.repository}/issues"

    def _ours(self) -> tuple[int, str] | None:
        """Our comment's number and text; the oldest, should there be two."""
        me = self._login()
        for comment in pages(self.github, f"{self._path}/{self.number}/comments", {}):
            author = comment.get("user") or {}
            mine = author.get("login") == me if me else author.get("type") == "Bot"
            # At the first character alone: whoever quotes the comment has it further down.
            if mine and str(comment.get("body") or "").startswith(PLAN_MARKER):
                return int(comment["id"]), str(comment["body"])
        return None

    def _login(self) -> str:
        """Who the token belongs to; "" for the token of a job or an App, which GitHub does not tell its own name."""
        try:
            return str(ask(self.github, "GET", "/user")[1]["login"])
        except TrackerRefused as refused:
            if refused.status in FORBIDDEN:
                return ""
            raise
