"""krampus ledger adopt: a person vouches for what the report branch holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import typer

from reconciler.cli.actor import actor
from reconciler.cli.common import Now, Root, clock_to_write_by, installed, open_connections, report_errors
from reconciler.cli.exit import Exit
from reconciler.connections import Connections
from reconciler.errors import DoorClosed, InvalidInput
from reconciler.ledger import lease
from reconciler.ledger.adoption import Adoption, adopting
from reconciler.ledger.heartbeat import noted
from reconciler.ledger.memory import Absence, LinesMissing
from reconciler.ledger.read import Ledger, read, timeless
from reconciler.ledger.record import is_run_state
from reconciler.load.repository import load
from reconciler.model.config import Config
from reconciler.publish.missing_ledger import ensure_whole
from reconciler.render.escape import log_line


def adopt(root: Root = Path(), now: Now = None) -> None:
    """Vouch for the report branch as it is, where Krampus no longer believes it: look at it first.

    For a branch whose last commit none of `report.signers` signed, because they have just been set or their key was
    lost; for lines that a machine with a wrong clock has dated in the future, which count from now on as of now; and to
    begin anew where lines are lost for good: then nothing that was lost counts, and every team is told anew. It writes
    one commit that says so, signed with KRAMPUS_SIGNING_KEY if there are signers, and changes no line.

    Exit 0 fine (also if nothing had to be adopted), 1 could not run, 2 the chain of the ledger is broken: restore it.
    """
    with report_errors():
        config = installed(load(root).config)
        connections = open_connections(root, config, "", now)
        at = clock_to_write_by(now, connections)
        branch = connections.report_branch()
        snapshot = replace(branch, signers=()).fetch(is_run_state)
        entries = timeless(snapshot).entries  # whoever vouches for the lines does not mend their chain
        if lease.at_work(snapshot.files, at, connections.is_dead):
            raise DoorClosed("a run is at work; adopt what the branch holds once it has ended.")
        why = _why(lambda: branch.fetch(is_run_state)) or _why(lambda: read(snapshot, at))
        absence = _absence(timeless(snapshot), connections, config)
        if not (why or absence or lease.ahead(snapshot.files, at)):
            print("nothing to adopt: the report branch is believed as it is")
            raise typer.Exit(Exit.FINE)
        by = actor(connections)
        last, lost = entries[-1].hash if entries else "", absence.known if absence else ""
        adoption = Adoption(by=by, at=at, commit=snapshot.commit, last=last, missing=lost)
        memory = noted(snapshot.files, len(entries), last) if absence else {}
        files = {**adopting(adoption), **memory, **lease.none_at_work()}
        message = f"Begin anew: {lost}" if lost else f"Adopt the branch as it is, {len(entries)} lines"
        commit = replace(branch, adopted=snapshot.commit).push(lambda _: files, message, is_run_state, base=snapshot)
    what = f"begun anew, though there was more ({lost}): adopted" if lost else "adopted"
    upto = f"up to commit {snapshot.commit[:12]} " if snapshot.commit else ""
    print(log_line(f"{what} {len(entries)} lines {upto}by {by}, in commit {commit[:12]}"))


def _absence(ledger: Ledger, connections: Connections, config: Config) -> Absence | None:
    """What is known of lines that are missing; the words also of what could not be asked go to the log."""
    try:
        if why := ensure_whole(ledger, connections, config):
            print(log_line(f"krampus: {why}"), file=sys.stderr)
    except LinesMissing as lost:
        return lost.absence
    return None


def _why(read_it: Callable[[], object]) -> str:
    """Why a run would not go by it, "" if it would."""
    try:
        read_it()
    except DoorClosed as closed:
        return str(closed)
    except InvalidInput as invalid:
        return invalid.faults[0].message
    return ""
