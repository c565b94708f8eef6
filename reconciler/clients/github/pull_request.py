"""The one comment of ours on a pull request: found by its marker and its author, written once, then edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.clients.github.account import ACTIONS, account_of
from reconciler.clients.github.answers import CommentAnswer
from reconciler.clients.github.api import strict
from reconciler.clients.github.issue_requests import IssueRequests
from reconciler.model.marker import PLAN

if TYPE_CHECKING:
    from github.Requester import Requester


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
        # To GitHub a pull request is an issue, too; its comments are the issue's.
        requests = IssueRequests(self.requester, self.repository)
        with strict():
            ours = self._ours(requests)
            if ours is None and create:
                requests.comment(self.number, text)
                return "written"
            if ours is None:
                return "none"
            # GitHub gives line ends back as browsers send them.
            if ours.text.rstrip() == text.rstrip():
                return "kept"
            requests.edit_comment(self.number, ours.id, text)
            return "edited"

    def _ours(self, requests: IssueRequests) -> CommentAnswer | None:
        """Our comment; the oldest, should there be two."""
        # At the first character alone: whoever quotes the comment has it further down.
        marked = [one for one in requests.comments(self.number) if one.text.startswith(PLAN)]
        if not marked:
            return None
        me = account_of(self.requester, lambda: ACTIONS)
        return next((one for one in marked if me.wrote(one)), None)
