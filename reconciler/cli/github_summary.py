"""The summary of a GitHub Actions job: Markdown, appended to a file that must not exceed GitHub's limit."""

from __future__ import annotations

import os
from pathlib import Path

LARGEST = 900_000  # bytes; GitHub drops the summary of a step that is larger than a megabyte
CUT = "\n\n… truncated; the artifacts of the run contain everything.\n"
DETAILS, END = "<details>", "</details>"


def summarises() -> bool:
    """Whether this is a job with a summary."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def append(text: str) -> None:
    """Add to the job's summary, truncated at the end of a row if there is no room; outside of Actions, do nothing."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    path = Path(file)
    room = LARGEST - (path.stat().st_size if path.exists() else 0)
    with path.open("a", encoding="utf-8") as out:
        out.write(truncate(text, room))


def truncate(text: str, room: int) -> str:
    """The text, or as many of its lines as fit into `room` bytes with the note that it was truncated."""
    if len(text.encode()) <= room:
        return text
    kept = text.encode()[: max(0, room - len(CUT.encode()) - len(END) - 2)].decode(errors="ignore").rpartition("\n")[0]
    close = f"\n\n{END}" if kept.count(DETAILS) > kept.count(END) else ""
    return f"{kept}{close}{CUT}" if kept else ""
