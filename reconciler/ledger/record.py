"""Plan to ledger entries `intended`, with every call and its undo: committed and pushed before the first is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from reconciler.errors import DoorClosed, Fault, InvalidInput, OtherRun
from reconciler.ledger import adoption, checkpoint, heartbeat, lease
from reconciler.ledger.entries import intended
from reconciler.ledger.files import FOLDER
from reconciler.ledger.read import Ledger
from reconciler.ledger.times import SKEW
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Event
from reconciler.model.plan import Decision, Plan
from reconciler.model.task import Key

IsDead = Callable[[str], bool]  # whether a process is known to have ended; what cannot be known is waited for


class ReportBranch(Protocol):
    """What recording needs of git: the report branch."""

    def push(
        self,
        build: Callable[[BranchSnapshot], Mapping[str, bytes]],
        message: str,
        wanted: Callable[[str], bool],
        base: BranchSnapshot | None = None,
        replaced: Callable[[str], bool] = ...,
    ) -> str:
        """Commit and push what `build` makes of the branch as it is now; DoorClosed if it is refused.

        base: only if the branch has not moved since; replaced: the paths of which those go that are not written anew
        """

    def remembered(self, now: BranchSnapshot, wanted: Callable[[str], bool]) -> list[BranchSnapshot]:
        """The branch as this clone has seen it before, where that is another commit."""

    def remember(self, snapshot: BranchSnapshot) -> None:
        """Keep in this clone that the branch was seen so."""


def is_run_state(path: str) -> bool:
    """Whether a path of the report branch is one that runs go by: ledger, checkpoint, lease, heartbeat, adoption."""
    others = (lease.FILE, adoption.FILE, heartbeat.FILE)
    return (path.startswith(FOLDER) and path.endswith(".jsonl")) or path.startswith(checkpoint.FOLDER) or path in others


def record(  # noqa: PLR0913, PLR0917  the plan, where it is written, and who writes it when
    plan: Plan, report_branch: ReportBranch, ledger: Ledger, is_dead: IsDead, now: datetime, process: str = ""
) -> bool:
    """Push what is intended, and whether there was anything; the push is the lock, and the lease counts from `now`.

    DoorClosed if it is refused, if another run has written since `ledger` was read, or if one is at work: then nothing
    may be done. `process`: this one, if it also acts and publishes; without it the same plan may have been recorded
    before, by a job that is run anew.
    """
    ensure_no_other_run(plan, ledger, is_dead, now, again=not process)
    if not plan.undo_request:  # which speaks of nothing but what it undoes, and is decided by this very ledger
        ensure_not_superseded(plan, ledger)
    added = intended(plan, ledger.histories)
    again = bool(pending_targets(plan, ledger)) and lease.held(ledger.snapshot.files, plan)
    if added or again:
        count = len(plan.ready)
        message = f"Intend {count} {'act' if count == 1 else 'acts'}, run {plan.run}"
        report_branch.push(
            lambda snapshot: {**ledger.extended(snapshot).remembered_with(added), **lease.taken(plan, process, now)},
            message,
            is_run_state,
            base=ledger.snapshot,
        )
    return bool(added) or again


def ensure_no_other_run(plan: Plan, ledger: Ledger, is_dead: IsDead, now: datetime, *, again: bool = False) -> None:
    """DoorClosed if another run is at work, by its lease; `again`: this plan's own lease does not count."""
    if lease.ahead(ledger.snapshot.files, now):
        raise DoorClosed(
            "run.json on the report branch names a run that began at a time that has not come: the clock of its "
            "machine was ahead, or this machine's is behind. If no run is at work, run `krampus ledger adopt`."
        )
    standing = lease.holder(ledger.snapshot.files, now, is_dead)
    if standing and standing.at and not (again and standing.run == plan.run):
        raise OtherRun(
            f"the run {standing.run} has been at work since {standing.at:%Y-%m-%d %H:%M} UTC, so this one does "
            f"nothing. If that run was killed, run again after {standing.at + lease.LASTS:%H:%M} UTC."
        )


def ensure_not_superseded(plan: Plan, ledger: Ledger) -> None:
    """DoorClosed if a later run has written to the ledger: what this plan says may not be so any more."""
    newer = [entry for entry in ledger.entries if entry.at > plan.at and entry.run != plan.run]
    if newer:
        raise OtherRun(f"the run {newer[-1].run} has written the report since this plan was made; plan again")


def ensure_has_come(plan: Plan, now: datetime) -> None:
    """InvalidInput if the plan is of a time that has not come."""
    if plan.at > now + SKEW:
        why = f"the plan is dated {plan.at:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} UTC"
        raise InvalidInput(
            [Fault("plan.json", 1, 1, why, "set the clock of the machine that is wrong, and plan again")]
        )


def ensure_of(plan: Plan, head: str) -> None:
    """InvalidInput if the plan was made from another commit than the checkout's."""
    if plan.repository.commit != head:
        why = f"the plan was made from commit {plan.repository.commit[:12]}, but the checkout is at {head[:12]}"
        raise InvalidInput([Fault("plan.json", 1, 1, why, "plan again; nothing has been done")])


def unrecorded(plan: Plan, ledger: Ledger) -> str:
    """Why nothing may follow from this plan, for a person; "" if the ledger holds its very record."""
    recorded = {entry.key for entry in ledger.entries if entry.event is Event.INTENDED and entry.plan == plan.digest}
    if any(decision.key not in recorded for decision in plan.ready):
        return "the report branch has no record of this plan: it was not recorded, or altered since"
    return ""


def pending_targets(plan: Plan, ledger: Ledger) -> set[Key]:
    """What this plan's run intended and of which nothing more is written."""
    return {key for key, history in ledger.histories.items() if history.pending and history.pending.run == plan.run}


def why_not_applicable(plan: Plan, share: Iterable[Decision], ledger: Ledger) -> str:
    """Why the calls of a share of this plan may not be sent (any more), for a person; "" if they may.

    Once its outcomes are published, or another run has intended something, it is too late: what that run found and
    wrote must stay true.
    """
    due, pending = {decision.key for decision in share}, pending_targets(plan, ledger)
    if due - pending:
        return "the report branch already has the outcome of this plan: a plan is applied once"
    if due and not lease.held(ledger.snapshot.files, plan):
        return "the run of this plan has ended: it has been published, or another run has begun since"
    return ""
