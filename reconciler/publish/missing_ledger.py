"""A ledger held against what this clone and the issues remember; the operators' issue, if lines are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.ledger.memory import LinesMissing, is_blank, missing
from reconciler.ledger.read import Ledger
from reconciler.ledger.record import is_run_state
from reconciler.model.config import Config
from reconciler.model.issue import installation_prefix
from reconciler.publish.attention import Attention
from reconciler.publish.connections import Connections
from reconciler.publish.issue_text import draft
from reconciler.publish.issue_writer import IssueWriter, by_age
from reconciler.publish.operators_issue import operators_issue


def ensure_whole(ledger: Ledger, connections: Connections, config: Config) -> str:
    """Why the issues could not be asked, for a person; "" if they were, or need not be. LinesMissing if lines are.

    They are asked only where the report branch is blank: a run writes to it before it writes the first of them.
    """
    why, issues, branch = "", list[str](), connections.report_branch()
    if is_blank(ledger.snapshot):
        try:
            issues = _own_issues(connections, config)
        except (DoorClosed, TrackerRefused) as refused:
            why = f"no ledger was found, and whether issues remember one could not be asked: {refused}"
    seen = branch.remembered(ledger.snapshot, is_run_state)
    if absence := missing(ledger, config.report.branch, seen, issues):
        raise LinesMissing(absence)
    return why


def whole(ledger: Ledger, connections: Connections, config: Config) -> Ledger:
    """The same ledger, which this clone remembers from now on. LinesMissing as `ensure_whole`."""
    ensure_whole(ledger, connections, config)
    connections.report_branch().remember(ledger.snapshot)
    return ledger


@contextmanager
def telling_operators(connections: Connections, config: Config) -> Iterator[None]:
    """Write the operators' issue if lines are found to be missing within, and raise LinesMissing all the same.

    No lease goes before it: that push would create the branch, and so hide what happened.
    """
    try:
        yield
    except LinesMissing as lost:
        try:
            _tell(str(lost), connections, config)
        except (DoorClosed, TrackerRefused) as refused:
            raise DoorClosed(f"{lost}\nThe operators' issue could not be written either: {refused}") from lost
        raise


def _own_issues(connections: Connections, config: Config) -> list[str]:
    """Links to the issues of this installation, closed ones too: what is done and seen to stand has no open one.

    TrackerRefused if none was found and some could not be read.
    """
    tracker, refusal, links = connections.tracker(), None, list[str]()
    prefix = installation_prefix(config.installation)
    for repository in sorted({team.home for team in config.teams.values()} | {""}) if tracker else ():
        try:
            issues = tracker.all_issues([repository]) if tracker else []
        except TrackerRefused as refused:
            refusal = refused
            continue
        links += [tracker.link(issue) for issue in issues if tracker and issue.key.startswith(prefix)]
    if refusal and not links:
        raise refusal
    return list(dict.fromkeys(links))


def _tell(words: str, connections: Connections, config: Config) -> None:
    tracker = connections.tracker()
    if not tracker:
        return
    notice = operators_issue(config, Attention(missing=words))
    existing = by_age([issue for issue in tracker.open_issues([notice.repository]) if issue.key == notice.key])
    renderer = connections.renderer()
    IssueWriter(tracker, renderer, config.issues.label).deliver(notice, draft(notice, renderer), existing, ())
