"""Notices to the tracker: what changed is said once, and what was delivered is known only when the tracker answered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from reconciler.clients.tracker import Tracker
from reconciler.errors import TrackerRefused
from reconciler.model.config import Config
from reconciler.model.notice import Issue, Item, Letter, News, Open, Told
from reconciler.notices import changes, closed, key_of

if TYPE_CHECKING:
    from reconciler.render import Renderer

SAID = re.compile(r"\A<!-- krampus:v1 said=([0-9a-f,]+) -->")


def tell(notices: Sequence[Letter], tracker: Tracker, renderer: Renderer, config: Config) -> Told:
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
            delivered |= dict.fromkeys(notice.about, tracker.link(issue))
    refusals.extend(_close_orphans(standing, tracker))
    return Told(delivered, tuple(refusals))


def tell_undone(
    news: Mapping[str, Sequence[Item]], tracker: Tracker, renderer: Renderer, config: Config
) -> tuple[str, ...]:
    """Comment on the issues of these tasks, open or closed, and change nothing else of them. What was refused."""
    standing, refusals, _ = _standing(sorted({team.issues or "" for team in config.teams.values()}), tracker)
    for task, items in news.items():
        keys = {key_of(task, name, team.issues or "") for name, team in config.teams.items()}
        for key in keys & standing.keys():
            # The task may be gone, and with it the word of which team was told of which target; its issues have it.
            issue = min(standing[key], key=_number)
            mine = [item for item in items if item.target in issue.body]
            try:
                _comment(issue, mine, tracker, renderer)
            except TrackerRefused as refused:
                refusals.append(str(refused))
    return tuple(refusals)


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


def _carry(notice: Letter, standing: list[Issue], tracker: Tracker, renderer: Renderer, label: str) -> Issue | None:
    """News first: a run that ends between the two says it once, since the next run reads what has been said."""
    issue = standing[0] if standing else None
    if issue and (issue.open or notice.open or any(item.news is News.RESTORED for item in notice.news)):
        _comment(issue, notice.news, tracker, renderer)
    for change in changes(renderer.draft(notice), standing, label):
        if isinstance(change, Open):
            issue = tracker.open(change.draft)
        else:
            tracker.edit(change)
    return issue


def _comment(issue: Issue, news: Sequence[Item], tracker: Tracker, renderer: Renderer) -> None:
    if not news:
        return
    said = {one for text in tracker.comments(issue) if (match := SAID.match(text)) for one in match[1].split(",")}
    fresh = [item for item in news if item.id not in said]
    if fresh:
        marker = f"<!-- krampus:v1 said={','.join(item.id for item in fresh)} -->"
        tracker.comment(issue, f"{marker}\n{renderer.comment(fresh)}")


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
