"""A tracker of Markdown files for demos and offline use: state, labels and comments are front matter."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Set
from functools import cached_property
from pathlib import Path
from typing import Any

from reconciler import checkout
from reconciler.errors import TrackerRefused
from reconciler.model.issue import Draft, Edit, Issue
from reconciler.model.marker import ids_in, key_in
from reconciler.yamlio.characters import HIDDEN
from reconciler.yamlio.reader import read
from reconciler.yamlio.writer import dump

FENCE = "---\n"
DIGITS = 4  # of a number at least
LONGEST_COMMENT = 9_000  # characters; the YAML reader takes texts of up to 10,000


class FileTracker:
    """Issues as `NNNN-slug.md` in one folder. Whoever closes one writes `state: closed`; labels may be added.

    The folder is read once: a tracker is one run's, and what the run writes it knows.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.abspath(folder))  # noqa: PTH100  resolve() would follow the links
        self._known: dict[Path, Issue] | None = None
        self._keys: dict[str, dict[Path, None]] = {}

    def open_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """The open issues of the folder that Krampus wrote for these repositories."""
        return [issue for issue in self.all_issues(repositories) if issue.open]

    def earlier(self, key: str, repository: str, links: Iterable[str] = ()) -> list[Issue]:  # noqa: ARG002  the port's
        """The closed issues of a key; a folder shows the rest at once."""
        known = self._issues()
        found = [known[path] for path in self._keys.get(key, ())] if key else []
        return [issue for issue in found if issue.repository == repository and not issue.open]

    def all_issues(self, repositories: Iterable[str]) -> list[Issue]:
        """All issues of the folder that Krampus wrote for these repositories, open or closed."""
        wanted = set(repositories)
        return [issue for issue in self._issues().values() if issue.key and issue.repository in wanted]

    def at(self, link: str) -> Issue | None:
        """The issue in a file; None if there is none of that name."""
        path = self._folder / link.rpartition("/")[2]
        issue = self._parsed(path) if link == f"{self._folder.name}/{path.name}" and path.is_file() else None
        return issue if issue and issue.key else None

    def told(self, issue: Issue) -> Set[str]:
        """The ids of the news that an issue's comments tell."""
        return frozenset().union(*(ids_in(comment) for comment in self.comments(issue)))

    def is_untouched(self, issue: Issue) -> bool:  # noqa: ARG002  the port's
        """True: the folder is the operators' own."""
        return True

    def comments(self, issue: Issue) -> list[str]:
        """The texts of an issue's comments, oldest first."""
        return [str(comment) for comment in self._read(self._path(issue))[0].get("comments") or ()]

    def create(self, draft: Draft) -> Issue:
        """Write a new file with the next free number."""
        issue = Issue(
            draft.repository,
            max(self._paths, default=0) + 1,
            draft.title,
            draft.body,
            tuple(sorted(draft.labels)),
            True,
            draft.key,
        )
        self._write(issue, [])
        return issue

    def edit(self, change: Edit) -> None:
        """Write the file again, its comments kept; it moves if its title changes its name."""
        issue = change.issue
        edited = Issue(issue.repository, issue.number, change.title, change.body, change.labels, change.open, issue.key)
        comments = self.comments(issue)
        old = self._path(issue)
        self._write(edited, comments)
        if self._path(edited) != old:
            old.unlink()

    def comment(self, issue: Issue, body: str) -> None:
        """Add a comment to the front matter, shortened to what can be read back."""
        path = self._path(issue)
        self._write(self._parsed(path), [*self.comments(issue), _cut(body)])

    def link(self, issue: Issue) -> str:
        """The file's name."""
        return f"{self._folder.name}/{self._path(issue).name}"

    def _issues(self) -> dict[Path, Issue]:
        """All that the folder holds, in its order, then what this run has added."""
        if self._known is None:
            found = {path: self._parsed(path) for path in sorted(self._folder.glob("*.md"))}
            self._known = {}
            for path, issue in found.items():
                self._note(path, issue)
        return self._known

    def _note(self, path: Path, issue: Issue) -> None:
        """Know of an issue as it stands now, if the folder has been read."""
        if self._known is not None:
            self._known[path] = issue
            self._keys.setdefault(issue.key, {})[path] = None

    @cached_property
    def _paths(self) -> dict[int, Path]:
        """The files by their numbers; of two with one number the first."""
        files = sorted(self._folder.glob("[0-9][0-9][0-9][0-9]*-*.md"), reverse=True)
        return {number: path for path in files if (number := _number(path))}

    def _path(self, issue: Issue) -> Path:
        existing = self._paths.get(issue.number)
        if existing:
            return existing
        slug = re.sub(r"[^a-z0-9]+", "-", issue.title.lower()).strip("-")[:60].strip("-")
        return self._folder / f"{issue.number:04}-{slug or 'issue'}.md"

    def _parsed(self, path: Path) -> Issue:
        front, body = self._read(path)
        return Issue(
            repository=str(front.get("repository") or ""),
            number=_number(path),
            title=str(front.get("title") or ""),
            body=body,
            labels=tuple(str(label) for label in front.get("labels") or ()),
            open=front.get("state") == "open",
            key=key_in(body),
        )

    def _read(self, path: Path) -> tuple[dict[str, Any], str]:
        try:
            text = (checkout.read(self._folder.parent, self._folder.name, path.name) or b"").decode()
        except (checkout.Unreadable, UnicodeDecodeError) as error:
            raise TrackerRefused(f"{path.name}: {error}") from None
        head, _, body = text.removeprefix(FENCE).partition(f"\n{FENCE}")
        front, faults = read(path.name, head.encode())
        if faults or not isinstance(front, dict):
            why = faults[0].message if faults else "has no front matter"
            raise TrackerRefused(f"{path.name}: {why}")
        return front, body

    def _write(self, issue: Issue, comments: list[str]) -> None:
        front = {
            "title": issue.title,
            "state": "open" if issue.open else "closed",
            "repository": issue.repository,
            "labels": list(issue.labels),
            "comments": comments,
        }
        text = f"{FENCE}{dump(front).rstrip()}\n{FENCE}{issue.body}"
        path = self._path(issue)
        try:
            if self._folder.is_symlink():
                raise TrackerRefused(f"{self._folder.name} is a symbolic link; put a folder itself there")
            self._folder.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".tmp")
            with open(half, "w", encoding="utf-8", opener=_no_link) as out:
                out.write(text)
            half.replace(path)
        except OSError as error:
            raise TrackerRefused(f"{path.name} cannot be written: {error}") from None
        self._paths[issue.number] = path
        self._note(path, issue)


def _number(path: Path) -> int:
    """The number of an issue's file, 0 if it has none."""
    digits = path.name.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) >= DIGITS else 0


def _no_link(file: str, flags: int) -> int:
    """Opens what is written anew, unless a branch has put a link or a pipe there."""
    return os.open(file, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)


def _cut(text: str) -> str:
    # What keeps GitHub from making links is hidden, and a file with hidden characters in its front matter is refused.
    text = HIDDEN.sub("", text)
    if len(text) <= LONGEST_COMMENT:
        return text
    whole_lines, _, begun = text[:LONGEST_COMMENT].rpartition("\n")
    return f"{whole_lines or begun}\n- … the rest is in the report."
