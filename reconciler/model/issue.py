"""Issues as a tracker has them and as they should be.

A key is 20 hex characters. It stands in the marker on the first line of an issue's text, so that an issue is found
whatever people do to its title and labels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from reconciler.model.marker import issue_body

ROOMY_TEXT = 60_000  # characters to which a longer text is brought: GitHub takes 65,536, with marker and closing word
LONGEST_TITLE = 200  # characters; GitHub takes 256


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
        return issue_body(self.key, self.opened, self.text)


@dataclass(frozen=True)
class Issue:
    """An issue as it stands in the tracker. `key` is read from its marker, "" if it has none.

    own: whether Krampus' own account wrote it; of others, none is ever changed, but for one that the ledger knows
    """

    repository: str
    number: int
    title: str
    body: str
    labels: tuple[str, ...] = ()
    open: bool = True
    key: str = ""
    own: bool = True


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


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
