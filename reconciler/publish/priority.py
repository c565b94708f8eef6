"""Which notice goes first, where a tracker takes only so many changes in a run. PURE."""

from __future__ import annotations

from reconciler.model.notice import Letter, News, Notice

DEEDS = (News.ACTED, News.FAILED, News.DRIFTED, News.RESTORED)
NEVER = "9999"


def priority(letter: Letter, *, found: bool) -> tuple[bool, str, int, str]:
    """To sort by: what was done or failed, and what needs a person; then what is due soonest; then openings.

    `found`: whether an issue stands for it already.
    """
    told_of_deeds = not isinstance(letter, Notice) or any(item.news in DEEDS for item in letter.news)
    rows = letter.rows if isinstance(letter, Notice) else ()
    due = min((row.due.isoformat() for row in rows if row.due), default=NEVER)
    opens, edits, closes = 0, 1, 2
    change = closes if not letter.open else edits if found else opens
    return (not told_of_deeds, due, change, letter.key)
