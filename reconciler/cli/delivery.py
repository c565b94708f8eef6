"""What teams could not be told in this run, for the log."""

from __future__ import annotations

import sys

from reconciler.model.notice import Delivery
from reconciler.render.escape import log_line

SHOWN = 5


def say_untold(told: Delivery) -> None:
    """Each refusal, and how much is left to later runs."""
    for refused in told.refused:
        print(log_line(f"krampus: a team could not be told: {refused}"), file=sys.stderr)
    for deferred in told.deferred[:SHOWN]:
        print(log_line(f"krampus: deferred to a later run: {deferred}"), file=sys.stderr)
    if len(told.deferred) > SHOWN:
        print(f"krampus: deferred to a later run: {len(told.deferred) - SHOWN} more", file=sys.stderr)
