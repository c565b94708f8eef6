"""An issue between GitHub's and ours: what its marker says, and what a change sends."""

from __future__ import annotations

from typing import Any

from reconciler.clients.github.answers import IssueAnswer
from reconciler.model.issue import Edit, Issue
from reconciler.model.marker import key_in


def read(shown: IssueAnswer, home: str, *, own: bool) -> Issue:
    """An issue as GitHub shows it. `own`: whether it is known to be Krampus' own; a pull request has no key."""
    return Issue(
        repository=home,
        number=shown.number,
        title=shown.title,
        body=shown.text,
        labels=shown.label_names,
        open=shown.state == "open",
        key="" if shown.pull_request else key_in(shown.text),
        own=own,
    )


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
