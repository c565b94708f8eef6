"""Notices and news to the text of issues and comments, no longer than a tracker takes. PURE.

It asks the renderer for text and calls no tracker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconciler.model.issue import LONGEST_TITLE, ROOMY_TEXT, Draft
from reconciler.model.marker import comment_body
from reconciler.model.notice import News, NewsItem, Notice
from reconciler.render.escape import title

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

ROWS = (50, 25, 10, 1)  # how many targets an issue shows: the first number with which its text is short enough
FENCE = "```"
RANK = {news: rank for rank, news in enumerate(News)}
THE_REST = "\n\n… the rest is in the report.\n"


def draft(notice: Notice, renderer: Renderer) -> Draft:
    """The issue that a notice asks for, marker first, with as many rows as it can hold.

    Raises DoorClosed if its template cannot be rendered.
    """
    shown = {**notice.content, "mention": notice.mention, "open": notice.open}
    for most in ROWS:
        text = renderer.text(notice.template, {**shown, "most": most})
        if len(text) <= ROOMY_TEXT:
            break
    heading, opened = title(f"[krampus] {notice.title}")[:LONGEST_TITLE], announced_id(notice.news)
    return Draft(notice.key, notice.repository, heading, truncate(text), notice.labels, notice.open, opened)


def announced_id(news: Sequence[NewsItem]) -> str:
    """12 hex characters that name exactly this news, in whatever order; "" for none."""
    return hashlib.sha256(",".join(sorted(item.id for item in news)).encode()).hexdigest()[:12] if news else ""


def comment(news: Sequence[NewsItem], renderer: Renderer) -> str:
    """A comment that says what is new, marked with the ids of its items; DoorClosed likewise."""
    shown = [
        {"news": item.news.value, "target": item.target, "message": item.message, "due": item.due, "by": item.by}
        for item in sorted(news, key=lambda item: (RANK[item.news], item.target))
    ]
    ids = [item.id for item in news]
    room = ROOMY_TEXT - len(comment_body(ids, ""))
    return comment_body(ids, truncate(renderer.text("comment.md.j2", {"news": shown}), room))


def truncate(text: str, room: int = ROOMY_TEXT) -> str:
    """The text; if it is too long for a tracker, its first whole lines and a word that there is more."""
    if len(text) <= room:
        return text
    kept = text[:room].rpartition("\n")[0] or text[:room]
    in_code = sum(line.lstrip().startswith(FENCE) for line in kept.splitlines()) % 2
    return kept + (f"\n{FENCE}" if in_code else "") + THE_REST
