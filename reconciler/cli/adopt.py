"""krampus ledger adopt: a person vouches for what the report branch holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer

from reconciler.cli.actor import actor
from reconciler.cli.common import Exit, Now, Root, clock_to_write_by, open_connections, report_errors
from reconciler.errors import DoorClosed, InvalidInput
from reconciler.ledger import lease
from reconciler.ledger.adoption import Adoption, adopting
from reconciler.ledger.read import read, timeless
from reconciler.ledger.record import is_run_state
from reconciler.load.repository import load
from reconciler.render.escape import log_line


def adopt(root: Root = Path(), now: Now = None) -> None:
    """Vouch for the report branch as it is, where Krampus no longer believes it: look at it first.

    For a branch whose last commit none of `report.signers` signed, because they have just been set or their key was
    lost; and for lines that a machine with a wrong clock has dated in the future. These count from now on as of now. It
    writes one commit, signed with KRAMPUS_SIGNING_KEY if there are signers, and changes no line.

    Exit 0 fine (also if nothing had to be adopted), 1 could not run, 2 the chain of the ledger is broken: restore it.
    """
    with report_errors():
        config = load(root).config
        connections = open_connections(root, config, "", now)
        at = clock_to_write_by(now, connections)
        branch = connections.report_branch()
        snapshot = replace(branch, signers=()).fetch(is_run_state)
        entries = timeless(snapshot).entries  # whoever vouches for the lines does not mend their chain
        if lease.at_work(snapshot.files, at, connections.is_dead):
            raise DoorClosed("a run is at work; adopt what the branch holds once it has ended.")
        why = _why(lambda: branch.fetch(is_run_state)) or _why(lambda: read(snapshot, at))
        if not why and not lease.ahead(snapshot.files, at):
            print("nothing to adopt: the report branch is believed as it is")
            raise typer.Exit(Exit.FINE)
        by = actor(connections)
        adoption = Adoption(by=by, at=at, commit=snapshot.commit, last=entries[-1].hash if entries else "")
        files = {**adopting(adoption), **lease.none_at_work()}
        message = f"Adopt the branch as it is, {len(entries)} lines"
        commit = replace(branch, adopted=snapshot.commit).push(lambda _: files, message, is_run_state, base=snapshot)
    print(
        log_line(f"adopted {len(entries)} lines up to commit {snapshot.commit[:12]} by {by}, in commit {commit[:12]}")
    )


def _why(read_it: Callable[[], object]) -> str:
    """Why a run would not go by it, "" if it would."""
    try:
        read_it()
    except DoorClosed as closed:
        return str(closed)
    except InvalidInput as invalid:
        return invalid.faults[0].message
    return ""
