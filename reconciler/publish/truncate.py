"""Texts within what a tracker takes, and found again by it. PURE."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.issue import LONGEST_TEXT, ROOMY_TEXT, Draft, key_in, marker

FENCE = "```"
THE_REST = "\n\n… the rest is in the report.\n"


def with_marker(draft: Draft) -> Draft:
    """The draft as it can be opened: no longer than it may be, and with its marker, whatever the template says."""
    body = draft.body if key_in(draft.body) == draft.key else f"{marker(draft.key)}\n{draft.body}"
    return replace(draft, body=truncate(body))


def truncate(text: str) -> str:
    """A longer text ends after a whole line, with a word that there is more."""
    if len(text) <= LONGEST_TEXT:
        return text
    kept = text[:ROOMY_TEXT].rpartition("\n")[0] or text[:ROOMY_TEXT]
    in_code = sum(line.lstrip().startswith(FENCE) for line in kept.splitlines()) % 2
    return kept + (f"\n{FENCE}" if in_code else "") + THE_REST
