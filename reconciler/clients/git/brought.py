"""git: when each target of a task was brought to this branch: a notice of it cannot be older. It only reads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from reconciler.clients.git.file_history import has_commits
from reconciler.clients.git.runner import NoRepository, open_git
from reconciler.errors import DoorClosed
from reconciler.model.task import Key

# A patch of every commit that was merged, with whole paths, whatever attributes and settings say of these files.
LOG = (
    *("-c", "core.quotePath=false", "-c", "log.showRoot=true", "log", "--no-color", "--no-follow"),
    *("--no-show-signature", "--no-mailmap", "--first-parent"),
    *("--diff-merges=first-parent", "--patch", "--unified=0", "--text", "--no-renames", "--no-ext-diff"),
    *("--no-textconv", "--no-relative", "--src-prefix=a/", "--dst-prefix=b/", "--inter-hunk-context=0"),
    "--format=%x01%ct",
)
COMMIT = re.compile(rb"\x01([0-9]+)")
HUNK = re.compile(rb"@@ -[0-9]+(?:,([0-9]+))? \+[0-9]+(?:,([0-9]+))? @@")
ARN = re.compile(r"arn:[!-~]+")
AROUND = "\"',]})>"  # what may follow an ARN in YAML and is none of it


@dataclass
class _Change:
    """One commit: its time, and the targets that its patch adds and takes away."""

    at: datetime
    added: set[Key] = field(default_factory=set)
    removed: set[Key] = field(default_factory=set)


def brought(root: Path, now: datetime, timeout: float = 60.0) -> Mapping[Key, datetime]:
    """(task, target) -> when the commit that brought it last was made, or was merged; nothing in no repository.

    A commit that is dated after `now` counts as made when the one that follows it was. Raises DoorClosed if none that
    follows is of the past, if the clone is shallow, or if git cannot answer.
    """
    try:
        git = open_git(root, timeout)
    except NoRepository:
        return {}
    if not has_commits(git):
        return {}
    if git.text("rev-parse", "--is-shallow-repository") == "true":
        raise DoorClosed("this clone is shallow, so it is unknown when tasks were merged; use `fetch-depth: 0`.")
    below = root.resolve().relative_to(git.folder.resolve()).as_posix()
    tasks = "tasks" if below == "." else f"{below}/tasks"
    found: dict[Key, datetime] = {}
    latest = None
    for change in _changes(git.data(*LOG, "HEAD", "--", f":(top,literal){tasks}").split(b"\n")):
        latest = change.at if change.at <= now else latest
        for key in change.added - change.removed:
            if latest is None:
                when = f"{change.at:%Y-%m-%d %H:%M} UTC"
                raise DoorClosed(f"a commit of tasks/ is dated {when}, which has not come yet: wait, or commit anew.")
            found.setdefault(key, latest)
    return found


def _changes(lines: list[bytes]) -> Iterator[_Change]:
    """The commits of a log, newest first. By the counts of its hunks it is known which lines are those of files."""
    change, task = None, ""
    left: dict[bytes, int] = defaultdict(int)
    for line in lines:
        if change and (sign := line[:1]) in (b"+", b"-") and left[sign] > 0:
            left[sign] -= 1
            _note(change.added if sign == b"+" else change.removed, task, line[1:])
        elif match := COMMIT.fullmatch(line):
            if change:
                yield change
            change, left = _Change(_time(match[1])), defaultdict(int)
        elif match := HUNK.match(line):
            left = defaultdict(int, {b"-": int(match[1] or 1), b"+": int(match[2] or 1)})
        elif line.startswith((b"--- a/", b"+++ b/", b'--- "a/', b'+++ "b/')):
            task = PurePosixPath(line[6:].decode(errors="replace").strip('"\t')).stem
    if change:
        yield change


def _note(keys: set[Key], task: str, line: bytes) -> None:
    if b"arn:" not in line:
        return
    for arn in ARN.findall(line.decode(errors="replace")):
        keys.add((task, arn.rstrip(AROUND)))


def _time(seconds: bytes) -> datetime:
    # Whoever commits can write any number; a year that no clock shows is as good as the last one.
    return datetime.fromtimestamp(min(int(seconds), 253_402_300_799), UTC)
