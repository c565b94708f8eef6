"""A push of the report branch that git only rehearses: it goes to the remote and is let in, or not; nothing moves.

Rules of a server that judge what is pushed (rulesets, hooks) are asked only by a real push.
"""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.clients.git.report_branch import PUSH, Checkout, open_git
from reconciler.errors import DoorClosed


def rehearse(book: Checkout) -> None:
    """DoorClosed if the branch cannot be read or pushed."""
    commit = book.fetch(lambda _path: False).commit
    git = open_git(book.root, book.timeout)
    source = commit or git.text("rev-parse", "HEAD")
    answer = git.run(*PUSH, "--dry-run", "--", book.remote, f"{source}:refs/heads/{book.branch}")
    if answer.status != 0:
        raise DoorClosed(
            f"branch {book.branch!r} could not be pushed: {answer.words}. A job needs `contents: write`, and a "
            "checkout that keeps its credentials"
        )


def last_written(book: Checkout) -> datetime | None:
    """When the branch was last written, None if never. DoorClosed if it cannot be read."""
    commit = book.fetch(lambda _path: False).commit
    git = open_git(book.root, book.timeout)
    return datetime.fromtimestamp(int(git.text("log", "-1", "--format=%ct", commit)), UTC) if commit else None
