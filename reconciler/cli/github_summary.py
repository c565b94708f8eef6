"""The summary of a GitHub Actions job: Markdown, appended to a file that must not grow beyond what GitHub takes."""

from __future__ import annotations

import os
from pathlib import Path

LARGEST = 900_000  # bytes; GitHub drops the summary of a step that is larger than a megabyte
CUT = "\n\n… the rest has no room here; the artifacts of the run have it all.\n"
DETAILS, END = "<details>", "</details>"


def summarises() -> bool:
    """Whether anybody asks for a summary."""
    return bool(os.environ.get("GITHUB_STEP_SUMMARY"))


def append(text: str) -> None:
    """Add to the job's summary, cut at the end of a row if there is too little room; nowhere else, nothing."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    path = Path(file)
    room = LARGEST - (path.stat().st_size if path.exists() else 0)
    with path.open("a", encoding="utf-8") as out:
        out.write(fitting(text, room))


def fitting(text: str, room: int) -> str:
    """The text, or as many of its lines as fit into so many bytes, with a word that there was more."""
    if len(text.encode()) <= room:
        return text
    kept = text.encode()[: max(0, room - len(CUT.encode()) - len(END) - 2)].decode(errors="ignore").rpartition("\n")[0]
    close = f"\n\n{END}" if kept.count(DETAILS) > kept.count(END) else ""
    return f"{kept}{close}{CUT}" if kept else ""
