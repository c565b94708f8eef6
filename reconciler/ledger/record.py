"""Plan to ledger entries `intended`, with every call and its undo: committed and pushed before the first is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from reconciler.clients.process import is_dead
from reconciler.errors import DoorClosed
from reconciler.ledger import lease
from reconciler.ledger.chain import FOLDER, append, parse
from reconciler.ledger.entries import intended
from reconciler.ledger.history import histories
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Decision, Plan
from reconciler.render.escape import commit


class Book(Protocol):
    """What recording needs of git: the report branch."""

    def fetch(self, wanted: Callable[[str], bool]) -> BranchSnapshot:
        """The branch as it stands, with the wanted files."""

    def push(
        self,
        build: Callable[[BranchSnapshot], Mapping[str, bytes]],
        message: str,
        wanted: Callable[[str], bool],
        base: BranchSnapshot | None = None,
    ) -> str:
        """Write what `build` makes of the tip. With a base: only if the branch has not moved since."""


def is_run_state(path: str) -> bool:
    """Whether a path of the report branch is one that runs go by: the ledger's, or the lease."""
    return (path.startswith(FOLDER) and path.endswith(".jsonl")) or path == lease.FILE


def record(plan: Plan, report_branch: Book, snapshot: BranchSnapshot, process: str = "") -> bool:
    """Push what is intended, and whether there was anything; the push is the lock.

    DoorClosed if it is refused, if another run has written since `tip` was fetched, or if one is at work: then nothing
    may be done. `process`: this one, if it also acts and publishes; without it the same plan may have been recorded
    before, by a job that is run anew.
    """
    entries = parse(snapshot.files)
    ensure_no_other_run(plan, snapshot, again=not process)
    ensure_not_superseded(plan, entries)
    added = intended(plan, histories(entries))
    if added:
        count = len(plan.ready)
        message = commit(f"Intend {count} {'act' if count == 1 else 'acts'}, run {plan.run}")
        report_branch.push(
            lambda now: {**append(now.files, added), **lease.taken(plan, process)}, message, is_run_state, base=snapshot
        )
    return bool(added)


def ensure_no_other_run(plan: Plan, snapshot: BranchSnapshot, *, again: bool = False) -> None:
    """DoorClosed if another run is at work, by its lease; `again`: this plan's own lease does not count."""
    standing = lease.holder(snapshot.files, plan.at, is_dead)
    if standing and standing.at and not (again and standing.run == plan.run):
        raise DoorClosed(
            f"the run {standing.run} has been at work since {standing.at:%Y-%m-%d %H:%M} UTC, so this one does "
            f"nothing. If that run was killed, run again after {standing.at + lease.LASTS:%H:%M} UTC."
        )


def ensure_not_superseded(plan: Plan, entries: Sequence[Entry]) -> None:
    """DoorClosed if a later run has written to the ledger: what this plan says may not be so any more."""
    newer = [entry for entry in entries if entry.at > plan.at and entry.run != plan.run]
    if newer:
        raise DoorClosed(f"the run {newer[-1].run} has written the report since this plan was made; plan anew")


def unrecorded(plan: Plan, entries: Sequence[Entry]) -> str:
    """Why nothing may follow from this plan, for a person; "" if the ledger holds its very record."""
    mine = {one.key for one in entries if one.event is Event.INTENDED and one.plan == plan.digest}
    if any(one.key not in mine for one in plan.ready):
        return "the report branch holds no record of this very plan: it was not recorded, or altered since"
    return ""


def pending_targets(plan: Plan, entries: Sequence[Entry]) -> set[tuple[str, str]]:
    """What this plan's run has set about and of which nothing more is written."""
    told = histories(entries)
    return {key for key, history in told.items() if history.pending and history.pending.run == plan.run}


def why_not_applicable(
    plan: Plan, share: Sequence[Decision], snapshot: BranchSnapshot, entries: Sequence[Entry]
) -> str:
    """Why the calls of a share of this plan may not be sent (any more), for a person; "" if they may.

    Once its outcomes are published, or another run has set about things, it is too late: what that run found and
    wrote must stay true.
    """
    pending = pending_targets(plan, entries)
    if any(one.key not in pending for one in share):
        return "the report branch tells what became of this plan already: a plan is carried out once"
    if share and not lease.held(snapshot.files, plan):
        return "the run of this plan is not at work any more: it has been published, or another run has begun since"
    return ""
