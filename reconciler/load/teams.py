"""Whether a team that a file names is in krampus.yaml. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.errors import Fault, nearest
from reconciler.load.annotations import Path
from reconciler.load.document import Document
from reconciler.model.config import Config


def team_fault(document: Document[Any], path: Path, team: str | None, config: Document[Config]) -> Iterator[Fault]:
    """A fault at this path if it is not, and is not one whose entry was left out as faulty."""
    teams = config.content.teams
    if team is not None and team not in teams and "teams" not in config.lacking:
        yield document.fault(path, f"the team '{team}' is not in krampus.yaml", nearest(team, teams))
