"""Makes the issues of a tracker what the notices ask for. What is delivered is known only from the tracker's answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from reconciler.errors import TrackerRefused
from reconciler.model.config import Config, Issues
from reconciler.model.issue import Issue, installation_prefix, issue_key
from reconciler.model.notice import Behind, Delivered, Delivery, NewsItem, Notice
from reconciler.model.task import Key
from reconciler.publish.former_issues import FormerIssues
from reconciler.publish.issue_text import draft
from reconciler.publish.issue_writer import IssueWriter, by_age
from reconciler.publish.tracker import Tracker
from reconciler.publish.undelivered import Undelivered

NOWHERE: Delivered = MappingProxyType({})
NEVER = "9999"
DAY = len("2026-12-01")
SEVERITIES = ("critical", "high", "medium", "low")
Ended = Collection[Key]


def sync(  # noqa: PLR0913, PLR0917  the notices, where they go, and what is known of those that went before
    notices: Sequence[Notice],
    writer: IssueWriter,
    config: Config,
    places: Delivered = NOWHERE,
    ended: Ended = (),
    operators: Callable[[Behind | None], Notice] | None = None,
) -> Delivery:
    """Make the tracker's issues what the notices ask for; what it refuses or defers is left for a later run.

    `places`: where the ledger says that each target's notice is, lest a list that lags behind hides an issue; `ended`:
    the targets of which this run writes that nothing is left to do; `operators`: the notice of those who run Krampus,
    which says how far behind the issues are. Raises DoorClosed, before anything is written, if the text of an issue
    cannot be made.
    """
    prefix = installation_prefix(config.installation)
    existing, undelivered = _open_issues(_repositories(config), writer.tracker, prefix)
    if operators:
        notices = [*notices, operators(_behind(notices, existing, undelivered, config.issues))]
    drafts = {notice.key: draft(notice, writer.renderer) for notice in notices}
    undelivered.ignore_issueless({notice.repository for notice in notices if notice.open})
    delivered: dict[Key, str] = {}
    former = FormerIssues({writer.tracker.link(issue) for issues in existing.values() for issue in issues})
    former.suspect(places[key] for key in sorted(ended) if key in places)
    for notice in sorted(notices, key=lambda notice: priority(notice, exists=notice.key in existing)):
        links = [places[key] for key in notice.about if key in places]
        if notice.repository in undelivered.unread:
            former.spare(links)
            continue
        listed = by_age(existing.pop(notice.key, []))
        try:
            issue = writer.deliver(notice, drafts[notice.key], listed, links)
        except TrackerRefused as refused:
            undelivered.add(notice.title, refused)
            former.spare(links)
            continue
        delivered |= _link_of(notice, writer.tracker.link(issue) if issue else "", listed, links, former)
    _close_orphans(existing, writer, undelivered)
    former.close(writer, prefix, undelivered)
    return undelivered.delivery(delivered)


def _repositories(config: Config) -> list[str]:
    """Every team's: one of which no notice speaks any more may have issues that must be closed."""
    return sorted({team.home for team in config.teams.values()} | {""})


def _link_of(
    notice: Notice, link: str, listed: Sequence[Issue], links: Sequence[str], former: FormerIssues
) -> Delivered:
    """Where what a notice is about is told of, once it is delivered; `link`: its issue's, "" if none was needed."""
    former.spare(links if notice.open is None else [link])
    if not (link and notice.open):
        return NOWHERE
    former.suspect(() if listed else links)
    return dict.fromkeys(notice.about, link)


def comment_undone(
    news: Mapping[str, Sequence[NewsItem]], writer: IssueWriter, config: Config, places: Delivered = NOWHERE
) -> Delivery:
    """Comment on the issues of these tasks, open or closed, and change nothing else of them. `news`: by task."""
    repositories = sorted({team.home for team in config.teams.values()})
    existing, undelivered = _open_issues(repositories, writer.tracker, installation_prefix(config.installation))
    for task, items in news.items():
        linked = {item: places.get((task, item.target), "") for item in items}
        issues: dict[str, Issue] = {}
        for name, team in config.teams.items():
            if team.home in undelivered.unread:
                continue
            key = issue_key(config.installation, task, name, team.home)
            try:
                found = existing.get(key) or writer.tracker.earlier(key, team.home, filter(None, linked.values()))
            except TrackerRefused as refused:
                undelivered.add(task, refused)
                continue
            issues |= {writer.tracker.link(issue): issue for issue in by_age(found)[:1]}
        _say_in(issues, {item: _home_of(item, link, issues) for item, link in linked.items()}, writer, undelivered)
    return undelivered.delivery({})


def _home_of(item: NewsItem, link: str, issues: Mapping[str, Issue]) -> str:
    """The link of the issue that its team was notified in; "" if it is none of these.

    The task may be gone, and with it which team was notified of which target. The ledger knows, unless the issue has
    moved since; then the issues' texts are left, which name no more than their first targets.
    """
    named = (other for other, issue in issues.items() if f"`{item.target}`" in issue.body)
    return link if link in issues else next(named, "")


def _say_in(
    issues: Mapping[str, Issue], homes: Mapping[NewsItem, str], writer: IssueWriter, undelivered: Undelivered
) -> None:
    by_issue: dict[str, list[NewsItem]] = defaultdict(list)
    for item, home in homes.items():
        by_issue[home].append(item)
    for item in by_issue.pop("", ()):
        undelivered.refused.append(
            f"{item.target}: no issue was found that tells of it, so no team was told of its undo"
        )
    for link, items in by_issue.items():
        try:
            writer.say(issues[link], items)
        except TrackerRefused as refused:
            undelivered.add(issues[link].title, refused)


def priority(notice: Notice, *, exists: bool) -> tuple[bool, str, int, str, int, str]:
    """To sort by: what was done or failed, and what needs attention; what is due on the soonest day; what is gravest.

    Then what is due soonest on that day; then openings. `exists`: whether an issue stands for it already. A tracker may
    take only so many changes in a run.
    """
    opens, edits, closes = 0, 1, 2
    change = closes if not notice.open else edits if exists else opens
    due = notice.due.isoformat() if notice.due else NEVER
    graver = SEVERITIES.index(notice.severity) if notice.severity in SEVERITIES else len(SEVERITIES)
    return (not notice.urgent, due[:DAY], graver, due, change, notice.key)


def _behind(
    notices: Iterable[Notice], existing: Mapping[str, list[Issue]], undelivered: Undelivered, issues: Issues
) -> Behind | None:
    """How many issues there should be and are not, if they are more than this run may write."""
    wanted = [one.key for one in notices if one.open and one.repository not in undelivered.unread]
    standing = sum(key in existing for key in wanted)
    if issues.tracker != "github" or not issues.writes or len(wanted) - standing <= issues.writes:
        return None
    return Behind(standing, len(wanted), issues.writes)


def _open_issues(
    repositories: Iterable[str], tracker: Tracker, prefix: str
) -> tuple[dict[str, list[Issue]], Undelivered]:
    """This installation's open issues by key, and what cannot be read: one team's repository stops nobody else's."""
    existing: dict[str, list[Issue]] = defaultdict(list)
    undelivered, seen = Undelivered(), set()
    for repository in repositories:
        try:
            for issue in tracker.open_issues([repository]):
                # A repository may go by two names, and an issue is no copy of itself.
                if issue.key.startswith(prefix) and tracker.link(issue) not in seen:
                    seen.add(tracker.link(issue))
                    existing[issue.key].append(issue)
        except TrackerRefused as refused:
            undelivered.unread[repository] = refused
    return existing, undelivered


def _close_orphans(existing: Mapping[str, list[Issue]], writer: IssueWriter, undelivered: Undelivered) -> None:
    """Close the issues of which no notice speaks: their task, or their team's part in it, is no more."""
    for issue in (issue for issues in existing.values() for issue in issues if issue.open):
        try:
            writer.close(issue)
        except TrackerRefused as refused:
            undelivered.add(issue.title, refused)
