"""The summary of a GitHub Actions job: Markdown, appended to a file that must not exceed GitHub's limit."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

LARGEST = 900_000  # bytes; GitHub drops the summary of a step that is larger than a megabyte
RESERVE = 1_000  # of these, for the notes of what found no room at all
DETAILS, END = "<details>", "</details>"
HEAD = "|---"


def summarises() -> bool:
    """Whether this is a job with a summary."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def append(text: str, more: int = 0) -> bool:
    """Add to the job's summary, truncated at the end of a row if there is no room; outside of Actions, do nothing.

    Whether all of it is there. What is left out is counted there; the step must print all of it to its log. `more`:
    how many rows follow, for which there is no room in any case.
    """
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return False
    path = Path(file)
    size = path.stat().st_size if path.exists() else 0
    shown = truncate(text, LARGEST - RESERVE - size, more) or _note(text, "", more)
    if size + len(shown.encode()) > LARGEST:
        return False  # the notes before this one say so already
    with path.open("a", encoding="utf-8") as out:
        out.write(shown)
    return shown == text


def truncate(text: str, room: int, more: int = 0) -> str:
    """The text, or as many of its lines as fit into `room` bytes with the note of how many rows are left out."""
    if len(text.encode()) <= room and not more:
        return text
    for_note = len(_note(text, "", more).encode()) + len(END) + 2
    kept = text.encode()[: max(0, room - for_note)].decode(errors="ignore").rpartition("\n")[0]
    close = f"\n\n{END}" if kept.count(DETAILS) > kept.count(END) else ""
    return f"{kept}{close}{_note(text, kept, more)}" if kept else ""


def _note(text: str, kept: str, more: int) -> str:
    rows = _rows(text) + more
    left = rows - _rows(kept)
    return f"\n\n… truncated: {left:,} of {rows:,} rows are left out here; the log of this step has all of them.\n"


def _rows(text: str) -> int:
    """How many rows its tables have, without their heads."""
    lines = text.splitlines()
    return sum(line.startswith("|") and not _is_head(line, after) for line, after in pairwise([*lines, ""]))


def _is_head(line: str, after: str) -> bool:
    return line.startswith(HEAD) or after.startswith(HEAD)
