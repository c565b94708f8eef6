"""An issue between GitHub's words and ours: which ones are Krampus' own, and what a change sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model.issue import Draft, Edit, Issue, key_in


def read(data: Mapping[str, Any], home: str) -> Issue:
    """An issue as GitHub shows it. Its key is "" unless the marker begins the body; who wrote it is not asked here."""
    # People who edit in the browser leave CRLF behind.
    body = str(data.get("body") or "").replace("\r\n", "\n")
    labels = tuple(str(one["name"] if isinstance(one, dict) else one) for one in data.get("labels") or ())
    return Issue(
        repository=home,
        number=int(data["number"]),
        title=str(data.get("title") or ""),
        body=body,
        labels=labels,
        open=data.get("state") == "open",
        key="" if "pull_request" in data else key_in(body),
    )


def author(data: Mapping[str, Any]) -> tuple[str, bool]:
    """Who wrote it, and whether that is an App."""
    user = data.get("user") or {}
    return str(user.get("login") or ""), user.get("type") == "Bot"


def has(labels: tuple[str, ...], label: str) -> bool:
    """Whether a label is among these; case counts nowhere on GitHub."""
    return label.lower() in (one.lower() for one in labels)


def new(draft: Draft, label: str) -> dict[str, Any]:
    """What opens an issue."""
    return {"title": draft.title, "body": draft.body, "labels": sorted({label, *draft.labels})}


def changed(change: Edit) -> dict[str, Any]:
    """What of an issue differs. What does not is not sent, so that what people change meanwhile is not undone."""
    before = change.issue
    body: dict[str, Any] = {}
    if change.title != before.title:
        body["title"] = change.title
    if change.body != before.body:
        body["body"] = change.body
    if sorted(change.labels) != sorted(before.labels):
        body["labels"] = list(change.labels)
    if change.open != before.open:
        body["state"] = "open" if change.open else "closed"
    return body
