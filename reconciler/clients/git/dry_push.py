"""A push of the report branch that git only rehearses: it goes to the remote and is let in, or not; nothing moves.

Rules of a server that judge what is pushed (rulesets, hooks) are asked only by a real push.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.clients.git.report_branch import PUSH, ReportBranch, open_git
from reconciler.errors import DoorClosed


def dry_run_push(report_branch: ReportBranch) -> None:
    """DoorClosed if the branch cannot be read or pushed."""
    commit = report_branch.fetch(lambda _path: False).commit
    git = open_git(report_branch.root, report_branch.timeout)
    source = commit or git.text("rev-parse", "HEAD")
    answer = git.run(*PUSH, "--dry-run", "--", report_branch.remote, f"{source}:refs/heads/{report_branch.branch}")
    if answer.status != 0:
        raise DoorClosed(
            f"branch {report_branch.branch!r} could not be pushed: {answer.words}. A job needs `contents: write`, and "
            "a checkout that keeps its credentials"
        )


def last_written(report_branch: ReportBranch) -> datetime | None:
    """When the branch was last written, None if never. DoorClosed if it cannot be read."""
    commit = report_branch.fetch(lambda _path: False).commit
    git = open_git(report_branch.root, report_branch.timeout)
    return datetime.fromtimestamp(int(git.text("log", "-1", "--format=%ct", commit)), UTC) if commit else None
