"""An undo waits for the run that is at work, and says so."""

from __future__ import annotations

import sys

from reconciler.connections import Connections
from reconciler.ledger.record import is_run_state
from reconciler.ledger.waiting import wait_for_others
from reconciler.render.escape import log_line


def wait_until_free(connections: Connections, own: str = "") -> None:
    """Wait, with a bound, until no run is at work but `own`. InvalidInput and DoorClosed as the branch raises them."""
    branch = connections.report_branch()
    doors = (connections.clock, connections.is_dead, connections.wait)
    wait_for_others(lambda: branch.fetch(is_run_state), *doors, say_waiting, own)


def say_waiting(message: str) -> None:
    """Log for what is waited."""
    print(log_line(f"krampus: {message}"), file=sys.stderr, flush=True)
