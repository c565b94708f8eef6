"""Notices and news to the text of issues and comments, no longer than a tracker takes. PURE.

It asks the renderer for text and calls no tracker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconciler.model.issue import LONGEST_TITLE, ROOMY_TEXT, Draft
from reconciler.model.notice import NewsItem, Notice
from reconciler.render.escape import title

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

ROWS = (50, 25, 10, 1)  # how many targets an issue shows: the first number with which its text is short enough
FENCE = "```"
THE_REST = "\n\n… the rest is in the report.\n"
SAID = re.compile(r"\A<!-- krampus:v1 said=([0-9a-f,]+) -->")


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
    shown = [{"news": item.news.value, "target": item.target, "message": item.message} for item in news]
    said = f"<!-- krampus:v1 said={','.join(item.id for item in news)} -->"
    return truncate(f"{said}\n{renderer.text('comment.md.j2', {'news': shown})}")


def said_in(comments: Sequence[str]) -> set[str]:
    """The ids of the news that comments of ours have said."""
    return set(_ids(comments))


def truncate(text: str) -> str:
    """The text; if it is too long for a tracker, its first whole lines and a word that there is more."""
    if len(text) <= ROOMY_TEXT:
        return text
    kept = text[:ROOMY_TEXT].rpartition("\n")[0] or text[:ROOMY_TEXT]
    in_code = sum(line.lstrip().startswith(FENCE) for line in kept.splitlines()) % 2
    return kept + (f"\n{FENCE}" if in_code else "") + THE_REST


def _ids(comments: Sequence[str]) -> Iterator[str]:
    for text in comments:
        if marked := SAID.match(text):
            yield from marked[1].split(",")
