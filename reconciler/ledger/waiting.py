"""Waiting for the run that is at work, by its lease: an undo in an emergency must come through. PURE.

Time, and the waiting itself, come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from reconciler.ledger import lease
from reconciler.model.branch_snapshot import BranchSnapshot

# Less than a job lasts: a run that was killed gives nothing back, and that must come out.
LONGEST = timedelta(minutes=15)
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between two looks; the last for ever


def wait_for_others(  # noqa: PLR0913, PLR0917  the doors, and what they are for
    fetch: Callable[[], BranchSnapshot],
    clock: Callable[[], datetime],
    is_dead: Callable[[str], bool],
    wait: Callable[[float], None],
    say: Callable[[str], None],
    own: str = "",
) -> None:
    """Return once no run is at work, or after LONGEST: what then begins says who is still at work, and does nothing.

    fetch: the report branch as it is now; say: is told once for whom is waited; own: a run that is no other, since a
    job of it is run anew. InvalidInput if the lease cannot be read; DoorClosed as `fetch` raises it.
    """
    waited, looks, named = 0.0, 0, ""
    while waited < LONGEST.total_seconds():
        files, now = fetch().files, clock()
        standing = lease.holder(files, now, is_dead)
        if standing is None or standing.run == own or lease.ahead(files, now):
            return
        if standing.run != named:
            named = standing.run
            say(f"the run {named} is at work; waiting until it ends, for {LONGEST.seconds // 60} minutes at most")
        pause = PAUSES[min(looks, len(PAUSES) - 1)]
        wait(pause)
        waited, looks = waited + pause, looks + 1
