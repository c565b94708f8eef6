"""The person whom the ledger names as having asked for a raised limit or an undo."""

from __future__ import annotations

import os

from reconciler.connections import Connections
from reconciler.errors import DoorClosed
from reconciler.render.escape import one_line


def actor(connections: Connections) -> str:
    """The name of GitHub's actor, else of git's user, on one line. Raises DoorClosed if neither is known."""
    # In a re-run of a workflow, the person who started the re-run counts, not the one who started the first run.
    github_actor = os.environ.get("GITHUB_TRIGGERING_ACTOR") or os.environ.get("GITHUB_ACTOR")
    name = one_line(github_actor or connections.report_branch().user())
    if not name:
        raise DoorClosed("the ledger must name who asked; set `git config user.name NAME`")
    return name
