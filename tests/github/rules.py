"""What GitHub checks of a request's body: its own limits, of which it publishes few."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818  an answer, and no fault
    """An answer that is no success."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.errors, self.headers = status, message, errors, headers or {}


def invalid(resource: str, field: str, code: str = "invalid", message: str = "") -> Refusal:
    """422 as GitHub words it."""
    error = {"resource": resource, "field": field, "code": code, **({"message": message} if message else {})}
    return Refusal(422, "Validation Failed", [error])


def check_issue(body: dict[str, Any], *, new: bool) -> None:
    """Raise what GitHub answers to a bad issue."""
    title, text = body.get("title"), body.get("body")
    if new and not title:
        raise invalid("Issue", "title", "missing_field")
    if isinstance(title, str) and len(title) > 256:
        raise invalid("Issue", "title", "custom", "title is too long (maximum is 256 characters)")
    if isinstance(text, str) and len(text) > 65_536:
        raise invalid("Issue", "body", "custom", "body is too long (maximum is 65536 characters)")
    if body.get("state", "open") not in ("open", "closed"):
        raise invalid("Issue", "state")
    if body.get("state_reason") not in (None, "completed", "not_planned", "duplicate", "reopened"):
        raise invalid("Issue", "state_reason")
    labels = body.get("labels", [])
    if len(labels) > 100:
        raise invalid("Issue", "labels", "custom", "labels is too long (maximum is 100)")
    for label in labels:
        check_label(label if isinstance(label, str) else label["name"], "")
    if len(body.get("assignees", [])) > 10:
        raise invalid("Issue", "assignees")


def check_label(name: str, description: str, color: str = "ededed") -> None:
    """Raise what GitHub answers to a bad label."""
    if not name or len(name) > 50 or "," in name:
        raise invalid("Label", "name", "custom", "name is too long (maximum is 50 characters)")
    if len(description) > 100:
        raise invalid("Label", "description", "custom", "description is too long (maximum is 100 characters)")
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", color):
        raise invalid("Label", "color")


def check_comment(body: dict[str, Any]) -> str:
    """The text of a comment; raise what GitHub answers to a bad one."""
    text = body.get("body")
    if not isinstance(text, str) or not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(text) > 65_536:
        raise invalid("IssueComment", "body", "custom", "body is too long (maximum is 65536 characters)")
    return text
