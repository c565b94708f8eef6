"""Who asks for what the ledger must name: over a limit, or to take something back."""

from __future__ import annotations

import os

from reconciler.connections import Connections
from reconciler.errors import DoorClosed
from reconciler.render.escape import one_line


def actor(connections: Connections) -> str:
    """GitHub's actor, else git's user; DoorClosed if neither is known."""
    # Whoever ran the workflow again asks, not whoever ran it first.
    actor = os.environ.get("GITHUB_TRIGGERING_ACTOR") or os.environ.get("GITHUB_ACTOR")
    who = one_line(actor or connections.report_branch().user())
    if not who:
        raise DoorClosed("the ledger must name who asks for it; say it with `git config user.name NAME`")
    return who
