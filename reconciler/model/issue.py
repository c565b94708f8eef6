"""Issues as a tracker has them and as they should be, and the marker by which Krampus finds its own again.

A key is 20 hex characters. It stands in the marker on the first line of an issue's text, so that an issue is found
whatever people do to its title and labels; with it stands which news the issue announced when it was opened.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

ROOMY_TEXT = 60_000  # characters to which a longer text is brought: GitHub takes 65,536, with marker and closing word
LONGEST_TITLE = 200  # characters; GitHub takes 256
PLAN_MARKER = "<!-- krampus:plan -->"  # the first line of the plan comment on a pull request
MARKER = re.compile(r"\A<!-- krampus:v1 key=([0-9a-f]{20})(?: opened=([0-9a-f]{12}))? -->")


@dataclass(frozen=True)
class Draft:
    """What an issue should say. `open` None: leave open what is open, and open nothing.

    repository: "owner/name", "" for the one that Krampus runs in
    text: the body below the marker
    opened: 12 hex characters that name the news announced with the opening, which no edit changes; "" for none
    """

    key: str
    repository: str
    title: str
    text: str
    labels: tuple[str, ...]
    open: bool | None
    opened: str = ""

    @property
    def body(self) -> str:
        """What the tracker gets, marker first."""
        opened = f" opened={self.opened}" if self.opened else ""
        return f"<!-- krampus:v1 key={self.key}{opened} -->\n{self.text}"


@dataclass(frozen=True)
class Issue:
    """An issue as it stands in the tracker. `key` is read from its marker, "" if it has none."""

    repository: str
    number: int
    title: str
    body: str
    labels: tuple[str, ...] = ()
    open: bool = True
    key: str = ""


@dataclass(frozen=True)
class Edit:
    """Make an issue say and be what the fields say; `labels` are all that it shall have, people's own included."""

    issue: Issue
    title: str
    body: str
    labels: tuple[str, ...]
    open: bool


def issue_key(installation: str, task: str, team: str, repository: str) -> str:
    """The key of an issue, the same in every run; its first 8 characters name the installation."""
    return installation_prefix(installation) + _hex("\0".join(("krampus", repository, task, team)))[:12]


def installation_prefix(installation: str) -> str:
    """How the keys of all issues of an installation begin: two may share a repository and leave each other's alone."""
    return _hex(f"installation\0{installation.lower()}")[:8]


def key_in(body: str) -> str:
    """The key that the text of an issue begins with, "" if it begins with none."""
    found = MARKER.match(body)
    return found[1] if found else ""


def opened_in(body: str) -> str:
    """What the marker says that the issue announced when it was opened, "" if nothing."""
    found = MARKER.match(body)
    return (found[2] or "") if found else ""


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
