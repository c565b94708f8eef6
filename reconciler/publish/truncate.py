"""Texts within what a tracker takes, and found again by it. PURE."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.notice import Draft
from reconciler.publish.notices import MARKER

LONGEST, CUT = 65_536, 60_000  # GitHub's limit for issues and comments, and where a longer one ends
FENCE = "```"
THE_REST = "\n\n… the rest is in the report.\n"


def with_marker(draft: Draft) -> Draft:
    """The draft as it can be opened: no longer than it may be, and with its marker, whatever the template says."""
    marker = MARKER.match(draft.body)
    body = draft.body if marker and marker[1] == draft.key else f"<!-- krampus:v1 key={draft.key} -->\n{draft.body}"
    return replace(draft, body=truncate(body))


def truncate(text: str) -> str:
    """A longer text ends after a whole line, with a word that there is more."""
    if len(text) <= LONGEST:
        return text
    kept = text[:CUT].rpartition("\n")[0] or text[:CUT]
    in_code = sum(line.lstrip().startswith(FENCE) for line in kept.splitlines()) % 2
    return kept + (f"\n{FENCE}" if in_code else "") + THE_REST
