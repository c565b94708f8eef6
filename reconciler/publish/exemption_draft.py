"""The exemption that an issue proposes: a file in which only the reason is missing. PURE."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.model.config import Guardrails
from reconciler.model.notice import Notice, Row
from reconciler.model.repository_url import RepositoryUrl
from reconciler.render.links import to_new_file

MOST = 10  # resources in one file: a longer list is better a glob, which only a person can choose
SPAN = timedelta(days=90)
# An ARN that YAML reads as it is written. Any other is left to a person.
BARE = re.compile(r"arn:[A-Za-z0-9:/._=,+@-]{1,600}[A-Za-z0-9/._=,+@-]")


@dataclass(frozen=True)
class ExemptionDraft:
    """A file that exempts what an issue is about; `more`: how many it leaves out; `link` opens it filled in, or ""."""

    file: str
    content: str
    more: int
    link: str


def exemption_draft(notice: Notice, home: RepositoryUrl) -> ExemptionDraft | None:
    """The file to propose in an issue: `krampus validate` refuses it until its reason is filled in, and no longer.

    None if nothing is left to exempt. The link lists fewer resources where all would make it too long.
    """
    found = [row.target for row in notice.rows if not row.settled]
    if not found:
        return None
    listed = [target for target in found if BARE.fullmatch(target)][:MOST]
    link = ""
    for count in range(len(listed), 0, -1):
        link = to_new_file(home, notice.exemption, _content(notice, listed[:count]))
        if link:
            listed = listed[:count]
            break
    return ExemptionDraft(notice.exemption, _content(notice, listed), len(found) - len(listed), link)


def last_day(rows: Sequence[Row], grace: timedelta, rails: Guardrails, now: datetime) -> date | None:
    """A last day to propose: some months after the latest due day, as far as exemptions may go; None: a person's.

    No clock moves it: while nothing changes, it is the same day.
    """
    dues = [row.due for row in rows if row.due]
    span = min(SPAN, rails.max_exemption - max(grace, rails.notice))
    if not dues or span < timedelta():
        return None
    day = (max(dues) + span).date()
    return day if now.date() < day <= (now + rails.max_exemption).date() else None


def free_name(task: str, taken: Collection[str]) -> str:
    """A file of exemptions/ that is not there yet."""
    names = (f"exemptions/{task}{f'-{number}' if number > 1 else ''}.yaml" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _content(notice: Notice, targets: Sequence[str]) -> str:
    return "\n".join(
        (
            'reason: ""  # why it must stay, and the ticket',
            f"owner: {notice.team}",
            f"expires: {notice.until or ''}  # its last day",
            f"tasks: [{notice.task}]",
            "resources:",
            *(f"  - {target}" for target in targets),
            "",
        )
    )
