"""Notices to the tracker: what changed is said once, and what was delivered is known only when the tracker answered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from reconciler.clients.tracker import Tracker
from reconciler.errors import TrackerRefused
from reconciler.model.config import Config
from reconciler.model.notice import Issue, News, Notice, Open, Told
from reconciler.notices import changes, closed

if TYPE_CHECKING:
    from reconciler.render import Renderer

MOMENT = re.compile(r"[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}, [0-9]{2}:[0-9]{2} UTC|[0-9-]{10} [0-9]{2}:[0-9]{2} UTC")
SAID = re.compile(r"\A<!-- krampus:v1 said=([0-9a-f,]+) -->")


def tell(notices: Sequence[Notice], tracker: Tracker, renderer: Renderer, config: Config) -> Told:
    """Make the tracker's issues what the notices want; what it refuses is left for the next run."""
    # Every team's repository: one of which no notice speaks any more may have issues that must be closed.
    homes = {team.issues or "" for team in config.teams.values()} | {""}
    standing, refusals, closed_doors = _standing(sorted(homes), tracker)
    delivered: dict[tuple[str, str], str] = {}
    for notice in notices:
        if notice.repository in closed_doors:
            continue
        known = sorted(standing.pop(notice.key, []), key=_number)
        try:
            issue = _carry(notice, known, tracker, renderer, config.issues.label)
        except TrackerRefused as refused:
            refusals.append(str(refused))
            continue
        if issue and notice.open:
            delivered |= {(notice.task, row.target): tracker.link(issue) for row in notice.rows}
    refusals.extend(_close_orphans(standing, tracker))
    return Told(delivered, tuple(refusals))


def _standing(homes: Iterable[str], tracker: Tracker) -> tuple[dict[str, list[Issue]], list[str], set[str]]:
    """The issues by key, and what cannot be read, one by one: one team's repository stops nobody else's."""
    standing: dict[str, list[Issue]] = defaultdict(list)
    refusals: list[str] = []
    closed_doors: set[str] = set()
    for home in homes:
        try:
            for found in tracker.standing([home]):
                standing[found.key].append(found)
        except TrackerRefused as refused:
            refusals.append(str(refused))
            closed_doors.add(home)
    return standing, refusals, closed_doors


def _carry(notice: Notice, standing: list[Issue], tracker: Tracker, renderer: Renderer, label: str) -> Issue | None:
    """News first: a run that ends between the two says it once, since the next run reads what has been said."""
    issue, draft = standing[0] if standing else None, renderer.draft(notice)
    if issue and (issue.open or notice.open):
        # A run that was cut short after it opened the issue has announced it all; only the times have moved since.
        announced = issue.open and _timeless(issue.body) == _timeless(draft.body)
        _comment(notice, issue, tracker, renderer, News.TOLD if announced else None)
    for change in changes(draft, standing, label):
        if isinstance(change, Open):
            issue = tracker.open(change.draft)
        else:
            tracker.edit(change)
    return issue


def _timeless(body: str) -> str:
    return MOMENT.sub("", body)


def _comment(notice: Notice, issue: Issue, tracker: Tracker, renderer: Renderer, known: News | None) -> None:
    news = [item for item in notice.news if item.news is not known]
    if not news:
        return
    said = {one for text in tracker.comments(issue) if (match := SAID.match(text)) for one in match[1].split(",")}
    fresh = [item for item in news if item.id not in said]
    if fresh:
        marker = f"<!-- krampus:v1 said={','.join(item.id for item in fresh)} -->"
        tracker.comment(issue, f"{marker}\n{renderer.comment(notice, fresh)}")


def _close_orphans(standing: dict[str, list[Issue]], tracker: Tracker) -> list[str]:
    """Issues whose task, or whose team's part in it, is no more."""
    refusals = []
    for issue in (one for issues in standing.values() for one in issues if one.open):
        try:
            tracker.edit(closed(issue))
        except TrackerRefused as refused:
            refusals.append(str(refused))
    return refusals


def _number(issue: Issue) -> int:
    return issue.number
