"""The exemption that an issue proposes: a file in which only the reason is missing. PURE."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reconciler.model.config import Guardrails
from reconciler.model.repository_url import RepositoryUrl
from reconciler.render.links import to_new_file

MOST = 10  # resources in one file: a longer list is better a glob, which only a person can choose
SPAN = timedelta(days=90)
# An ARN that YAML reads as it is written. Any other is left to a person.
BARE = re.compile(r"arn:[A-Za-z0-9:/._=,+@-]{1,600}[A-Za-z0-9/._=,+@-]")


@dataclass(frozen=True)
class ExemptionTerms:
    """What is exempt from which task, for whom. file: its path; expires: its last day, None for a person to choose."""

    file: str
    owner: str
    task: str
    expires: date | None


@dataclass(frozen=True)
class ExemptionDraft:
    """The file's text; `more`: how many targets it leaves out; `link`: opens it on GitHub filled in, or ""."""

    file: str
    text: str
    more: int
    link: str


def exemption_draft(targets: Sequence[str], terms: ExemptionTerms, home: RepositoryUrl) -> ExemptionDraft | None:
    """The file that exempts these ARNs: `krampus validate` refuses it until its reason is filled in, and no longer.

    None if there are no targets. It lists fewer where all of them would make the link too long.
    """
    if not targets:
        return None
    listed = [target for target in targets if BARE.fullmatch(target)][:MOST]
    link = ""
    for count in range(len(listed), 0, -1):
        link = to_new_file(home, terms.file, _text(terms, listed[:count]))
        if link:
            listed = listed[:count]
            break
    return ExemptionDraft(terms.file, _text(terms, listed), len(targets) - len(listed), link)


def last_day(dues: Iterable[datetime | None], grace: timedelta, rails: Guardrails, now: datetime) -> date | None:
    """A last day to propose: some months after the latest due time, as far as exemptions may go; None: a person's.

    No clock moves it: while nothing changes, it is the same day.
    """
    known = [due for due in dues if due]
    span = min(SPAN, rails.max_exemption - max(grace, rails.notice))
    if not known or span < timedelta():
        return None
    day = (max(known) + span).date()
    return day if now.date() < day <= (now + rails.max_exemption).date() else None


def free_name(task: str, taken: Collection[str]) -> str:
    """A path in exemptions/ that no file has yet."""
    names = (f"exemptions/{task}{f'-{number}' if number > 1 else ''}.yaml" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _text(terms: ExemptionTerms, targets: Sequence[str]) -> str:
    return "\n".join(
        (
            'reason: ""  # why it must stay, and the ticket',
            f"owner: {terms.owner}",
            f"expires: {terms.expires or ''}  # its last day",
            f"tasks: [{terms.task}]",
            "resources:",
            *(f"  - {target}" for target in targets),
            "",
        )
    )
