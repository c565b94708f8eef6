"""The requests about issues of one repository, each of whose answers is checked before it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from reconciler.clients.github.answers import Answer, CommentAnswer, IssueAnswer, Label
from reconciler.clients.github.api import PAGE
from reconciler.errors import TrackerRefused

if TYPE_CHECKING:
    from github.Requester import Requester

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class IssueRequests:
    """The issues of a repository, named "owner/name".

    To be called within `strict`, which makes a refusal of every ValueError, TypeError and LookupError: of an answer
    of another form, or one that is about another issue than was asked for.
    """

    requester: Requester
    name: str

    def listed(self, **wanted: str) -> list[IssueAnswer]:
        """All issues that fit, pull requests among them, oldest first: what is opened meanwhile moves no page."""
        asked = {"sort": "created", "direction": "asc", **wanted}
        return [self._own(IssueAnswer.model_validate(one)) for one in self._pages("issues", asked)]

    def one(self, number: int) -> IssueAnswer:
        """An issue."""
        return self._numbered(number, self._send("GET", f"issues/{number}", None, IssueAnswer))

    def create(self, title: str, body: str, labels: list[str]) -> IssueAnswer:
        """Open an issue; labels are dropped without a word if the token may not set them."""
        made = self._own(self._send("POST", "issues", {"title": title, "body": body, "labels": labels}, IssueAnswer))
        return _saying(body, made)

    def edit(self, number: int, changed: dict[str, Any]) -> IssueAnswer:
        """Change an issue."""
        made = self._numbered(number, self._send("PATCH", f"issues/{number}", changed, IssueAnswer))
        if made.state != changed.get("state", made.state):
            raise ValueError("the issue's state is not as it was asked for")
        return _saying(changed.get("body", made.text), made)

    def comments(self, number: int) -> list[CommentAnswer]:
        """All comments, oldest first."""
        found = [CommentAnswer.model_validate(one) for one in self._pages(f"issues/{number}/comments", {})]
        return [self._about(number, comment) for comment in found]

    def comment(self, number: int, body: str) -> CommentAnswer:
        """Add a comment."""
        made = self._send("POST", f"issues/{number}/comments", {"body": body}, CommentAnswer)
        return _saying(body, self._about(number, made))

    def edit_comment(self, number: int, comment: int, body: str) -> CommentAnswer:
        """Change a comment of an issue."""
        made = self._send("PATCH", f"issues/comments/{comment}", {"body": body}, CommentAnswer)
        return _saying(body, self._about(number, made))

    def lock(self, number: int, reason: str | None) -> None:
        """Lock an issue against comments. `reason`: one of GitHub's own."""
        self._none("PUT", f"issues/{number}/lock", {"lock_reason": reason} if reason else None)

    def unlock(self, number: int) -> None:
        """Let everybody comment again."""
        self._none("DELETE", f"issues/{number}/lock", None)

    def labels(self) -> set[str]:
        """The names of the repository's labels, in small letters."""
        return {Label.model_validate(one).name.lower() for one in self._pages("labels", {})}

    def create_label(self, label: str, color: str, description: str) -> None:
        """Make a label; nothing if somebody else was quicker."""
        asked = {"name": label, "color": color, "description": description}
        try:
            made = self._send("POST", "labels", asked, Label)
        except TrackerRefused as refused:
            if refused.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            return
        if made.name.lower() != label.lower():
            raise ValueError("another label was made")

    def _send(self, verb: str, path: str, body: dict[str, Any] | None, form: type[A]) -> A:
        data = self.requester.requestJsonAndCheck(verb, f"/repos/{self.name}/{path}", input=body)[1]
        return form.model_validate(data)

    def _none(self, verb: str, path: str, body: dict[str, Any] | None) -> None:
        if self.requester.requestJsonAndCheck(verb, f"/repos/{self.name}/{path}", input=body)[1] is not None:
            raise ValueError("an answer where GitHub gives none")

    def _pages(self, path: str, asked: dict[str, str]) -> Iterator[Any]:
        url, parameters = f"/repos/{self.name}/{path}", {**asked, "per_page": str(PAGE)}
        headers, data = self.requester.requestJsonAndCheck("GET", url, parameters)
        seen: set[str] = set()
        while True:
            if not isinstance(data, list):
                raise TypeError("no list")
            yield from data
            url = _following(str(headers.get("link") or ""))
            if not url:
                return
            if url in seen:
                raise ValueError("a list that goes round in a circle")
            seen.add(url)
            headers, data = self.requester.requestJsonAndCheck("GET", url)

    def _own(self, issue: IssueAnswer) -> IssueAnswer:
        """The issue, if it is one of this repository."""
        kind = "pull" if issue.pull_request else "issues"
        if _page(issue.html_url) != f"/{self.name}/{kind}/{issue.number}".lower():
            raise ValueError("an issue of another repository")
        return issue

    def _numbered(self, number: int, issue: IssueAnswer) -> IssueAnswer:
        if issue.number != number:
            raise ValueError("another issue than was asked for")
        return self._own(issue)

    def _about(self, number: int, comment: CommentAnswer) -> CommentAnswer:
        if _page(comment.html_url) not in (f"/{self.name}/{kind}/{number}".lower() for kind in ("issues", "pull")):
            raise ValueError("a comment on another issue")
        return comment


S = TypeVar("S", IssueAnswer, CommentAnswer)


def _saying(body: str, made: S) -> S:
    """What was written, if its first line, in which the marker is, is the one that was sent."""
    if made.text.partition("\n")[0].strip() != body.replace("\r\n", "\n").partition("\n")[0].strip():
        raise ValueError("GitHub shows another text than was sent")
    return made


def _page(url: str) -> str:
    """The path of a page; the host may be another than that of the API."""
    return urlsplit(url).path.lower()


def _following(link: str) -> str:
    """The address of the next page, by the `Link` header; "" if this is the last."""
    from requests.utils import parse_header_links

    return next((one["url"] for one in parse_header_links(link) if one.get("rel") == "next"), "") if link else ""
