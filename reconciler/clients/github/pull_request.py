"""The one comment of ours on a pull request: found by its marker and its author, written once, then edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.clients.github.api import login_of, repository, strict
from reconciler.clients.github.issue_mapping import author, body
from reconciler.errors import TrackerRefused
from reconciler.model.issue import PLAN_MARKER

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.Requester import Requester

FORBIDDEN = (401, 403)


@dataclass(frozen=True)
class PullRequest:
    """A pull request of a repository ("owner/name")."""

    requester: Requester
    repository: str
    number: int

    def write_comment(self, text: str, *, create: bool) -> str:
        """Make our comment have this text. `create`: also if there is none yet.

        Returns what was done: edited, written, kept or none. TrackerRefused if GitHub refuses.
        """
        with strict():
            # To GitHub a pull request is an issue, too; its comments are the issue's.
            issue = repository(self.requester, self.repository).get_issue(self.number)
            ours = self._ours(issue.get_comments())
            if ours is None and create:
                issue.create_comment(text)
                return "written"
            if ours is None:
                return "none"
            # GitHub gives line ends back as browsers send them.
            if body(ours).rstrip() == text.rstrip():
                return "kept"
            ours.edit(text)
            return "edited"

    def _ours(self, comments: Iterable[IssueComment]) -> IssueComment | None:
        """Our comment; the oldest, should there be two."""
        me = self._login()
        for comment in comments:
            login, is_app = author(comment)
            # At the first character alone: whoever quotes the comment has it further down.
            if (login == me if me else is_app) and body(comment).startswith(PLAN_MARKER):
                return comment
        return None

    def _login(self) -> str:
        """Who the token belongs to; "" for the token of a job or an App, which GitHub does not tell its own name."""
        try:
            return login_of(self.requester)
        except TrackerRefused as refused:
            if refused.status in FORBIDDEN:
                return ""
            raise
