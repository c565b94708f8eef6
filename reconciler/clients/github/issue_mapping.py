"""An issue between PyGithub's and ours: which ones are Krampus' own, and what a change sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.model.issue import Edit, Issue, key_in

if TYPE_CHECKING:
    import github.Issue
    import github.IssueComment


def read(shown: github.Issue.Issue, home: str) -> Issue:
    """An issue as GitHub shows it. Its key is "" unless the marker begins the body; who wrote it is not asked here.

    TypeError if it is none.
    """
    if not isinstance(shown.number, int):
        raise TypeError("an issue without a number")
    text = body(shown)
    # Lists name pull requests among the issues. `pull_request` would be asked for once more for each issue without it.
    is_pull = shown.html_url.split("/")[-2] == "pull"
    return Issue(
        repository=home,
        number=shown.number,
        title=shown.title or "",
        body=text,
        labels=tuple(label.name for label in shown.labels),
        open=shown.state == "open",
        key="" if is_pull else key_in(text),
    )


def body(shown: github.Issue.Issue | github.IssueComment.IssueComment) -> str:
    """The text of an issue or a comment, "" if it has none; people who edit in the browser leave CRLF behind."""
    return (shown.body or "").replace("\r\n", "\n")


def author(shown: github.Issue.Issue | github.IssueComment.IssueComment) -> tuple[str, bool]:
    """Who wrote it ("" if GitHub does not know any more), and whether that is an App."""
    return (shown.user.login, shown.user.type == "Bot") if shown.user else ("", False)


def has(labels: tuple[str, ...], label: str) -> bool:
    """Whether a label is among these; case counts nowhere on GitHub."""
    return label.lower() in (name.lower() for name in labels)


def changed(change: Edit) -> dict[str, Any]:
    """What of an issue differs. What does not is not sent, so that what people change meanwhile is not undone."""
    before = change.issue
    differing: dict[str, Any] = {}
    if change.title != before.title:
        differing["title"] = change.title
    if change.body != before.body:
        differing["body"] = change.body
    if sorted(change.labels) != sorted(before.labels):
        differing["labels"] = list(change.labels)
    if change.open != before.open:
        differing["state"] = "open" if change.open else "closed"
    return differing
