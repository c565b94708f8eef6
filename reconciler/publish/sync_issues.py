"""Notices to the tracker: what changed is said once, and what was delivered is known only when the tracker answered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.errors import Deferred, TrackerRefused
from reconciler.model.config import Config
from reconciler.model.issue import Draft, Issue, installation_prefix, issue_key
from reconciler.model.notice import Delivered, Delivery, Item, Key, Letter, News
from reconciler.publish.issue_diff import changes, closed
from reconciler.publish.priority import priority
from reconciler.publish.tracker import Tracker
from reconciler.publish.truncate import truncate, with_marker

if TYPE_CHECKING:
    from reconciler.render.templates import Renderer

NOWHERE: Delivered = MappingProxyType({})
NO_ISSUES = 410  # HTTP's word for what GitHub says of a repository whose issues are switched off
MOMENT = re.compile(r"[0-9]{1,2} [A-Z][a-z]+ [0-9]{4}, [0-9]{2}:[0-9]{2} UTC|[0-9-]{10} [0-9]{2}:[0-9]{2} UTC")
SAID = re.compile(r"\A<!-- krampus:v1 said=([0-9a-f,]+) -->")


def sync(
    notices: Sequence[Letter], tracker: Tracker, renderer: Renderer, config: Config, places: Delivered = NOWHERE
) -> Delivery:
    """Make the tracker's issues what the notices want; what it refuses or defers is left for a later run.

    `places`: where the ledger says that each target was told of, lest a list that lags behind hides an issue.
    """
    # Every team's repository: one of which no notice speaks any more may have issues that must be closed.
    homes = {team.home for team in config.teams.values()} | {""}
    standing, left = _standing(sorted(homes), tracker, installation_prefix(config.installation))
    left.ignore_issueless({notice.repository for notice in notices if notice.open})
    delivered: dict[Key, str] = {}
    for notice in sorted(notices, key=lambda one: priority(one, found=one.key in standing)):
        if notice.repository in left.unread:
            continue
        known = sorted(standing.pop(notice.key, []), key=_age)
        links = [places[key] for key in notice.about if key in places]
        try:
            issue = _carry(notice, known, links, tracker, renderer, config.issues.label)
        except TrackerRefused as refused:
            left.note(notice.title, refused)
            continue
        if issue and notice.open:
            delivered |= dict.fromkeys(notice.about, tracker.link(issue))
    _close_orphans(standing, tracker, left)
    return left.told(delivered)


def comment_undone(
    news: Mapping[str, Sequence[Item]],
    tracker: Tracker,
    renderer: Renderer,
    config: Config,
    places: Delivered = NOWHERE,
) -> Delivery:
    """Comment on the issues of these tasks, open or closed, and change nothing else of them."""
    homes = sorted({team.home for team in config.teams.values()})
    standing, left = _standing(homes, tracker, installation_prefix(config.installation))
    for task, items in news.items():
        links = [places[task, item.target] for item in items if (task, item.target) in places]
        for name, team in config.teams.items():
            if team.home in left.unread:
                continue
            key = issue_key(config.installation, task, name, team.home)
            try:
                known = standing.get(key) or tracker.earlier(key, team.home, links)
                for issue in sorted(known, key=_age)[:1]:
                    # The task may be gone, and with it the word of which team was told of which target; its issues
                    # have it.
                    _comment(issue, [item for item in items if item.target in issue.body], tracker, renderer)
            except TrackerRefused as refused:
                left.note(task, refused)
    return left.told({})


@dataclass
class _Undelivered:
    """What is not done: refused, deferred by what it is about, and the repositories that could not be read."""

    refused: list[str] = field(default_factory=list)
    deferred: list[str] = field(default_factory=list)
    unread: dict[str, TrackerRefused] = field(default_factory=dict)

    def ignore_issueless(self, needed: Collection[str]) -> None:
        """A repository that has no issues at all has none to close; it matters only if one is to stand there."""
        self.unread = {home: why for home, why in self.unread.items() if home in needed or why.status != NO_ISSUES}

    def note(self, about: str, why: TrackerRefused) -> None:
        """One thing that is left, and why."""
        if isinstance(why, Deferred):
            self.deferred.append(f"{about}: {why}")
        else:
            self.refused.append(str(why))

    def told(self, delivered: Delivered) -> Delivery:
        """All of it."""
        for home, why in self.unread.items():
            self.note(home or "this repository", why)
        return Delivery(delivered, tuple(self.refused), tuple(self.deferred))


def _standing(homes: Iterable[str], tracker: Tracker, mark: str) -> tuple[dict[str, list[Issue]], _Undelivered]:
    """This installation's open issues by key, and what cannot be read: one team's repository stops nobody else's."""
    standing: dict[str, list[Issue]] = defaultdict(list)
    left, seen = _Undelivered(), set()
    for home in homes:
        try:
            for found in tracker.open_issues([home]):
                # A repository may go by two names, and an issue is no copy of itself.
                if found.key.startswith(mark) and tracker.link(found) not in seen:
                    seen.add(tracker.link(found))
                    standing[found.key].append(found)
        except TrackerRefused as refused:
            left.unread[home] = refused
    return standing, left


def _carry(  # noqa: PLR0913, PLR0917  what one notice needs
    notice: Letter, known: list[Issue], links: list[str], tracker: Tracker, renderer: Renderer, label: str
) -> Issue | None:
    """News first: a run that ends between the two says it once, since the next run reads what has been said."""
    draft = with_marker(renderer.draft(notice))
    restored = any(item.news is News.RESTORED for item in notice.news)
    if not known and (draft.open or restored):
        known = sorted(tracker.earlier(notice.key, notice.repository, links), key=_age)
    issue = known[0] if known else None
    if issue and (issue.open or notice.open or restored):
        # A run that was cut short after it opened the issue has announced it all; only the times have moved since.
        announced = issue.open and _timeless(issue.body) == _timeless(draft.body)
        news = [item for item in notice.news if not (announced and item.news is News.TOLD)]
        _comment(issue, news, tracker, renderer)
    for change in changes(draft, known, label):
        if isinstance(change, Draft):
            issue = tracker.open(change)
        else:
            tracker.edit(change)
    return issue


def _timeless(body: str) -> str:
    return MOMENT.sub("", body)


def _comment(issue: Issue, news: Sequence[Item], tracker: Tracker, renderer: Renderer) -> None:
    if not news:
        return
    said = {one for text in tracker.comments(issue) if (match := SAID.match(text)) for one in match[1].split(",")}
    fresh = [item for item in news if item.id not in said]
    if fresh:
        marker = f"<!-- krampus:v1 said={','.join(item.id for item in fresh)} -->"
        tracker.comment(issue, truncate(f"{marker}\n{renderer.comment(fresh)}"))


def _close_orphans(standing: dict[str, list[Issue]], tracker: Tracker, left: _Undelivered) -> None:
    """Issues whose task, or whose team's part in it, is no more."""
    for issue in (one for issues in standing.values() for one in issues if one.open):
        try:
            tracker.edit(closed(issue))
        except TrackerRefused as refused:
            left.note(issue.title, refused)


def _age(issue: Issue) -> tuple[bool, int]:
    """To sort by: the oldest open one first."""
    return (not issue.open, issue.number)
