"""The last push of a run: ledger, heartbeat and report; if that is refused, what was done to AWS all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.errors import DoorClosed, OtherRun
from reconciler.ledger.claim import Claim
from reconciler.ledger.files import FULL, ledger_files
from reconciler.ledger.heartbeat import FILE as HEARTBEAT
from reconciler.ledger.heartbeat import beat
from reconciler.ledger.read import Ledger
from reconciler.ledger.record import is_run_state
from reconciler.model.branch_snapshot import BranchSnapshot
from reconciler.model.ledger import Entry, Event
from reconciler.publish.file_names import is_page

FATES = (Event.APPLIED, Event.FAILED, Event.STALE, Event.RESTORED)
Files = dict[str, bytes]


def write(ledger: Ledger, added: Sequence[Entry], report: Mapping[str, bytes], claim: Claim, message: str) -> list[str]:
    """Push the lines and the report, and return what could not be pushed, for people.

    A remote may refuse what is too big. Then the lines go without the report, into files of their own that are no
    bigger than what it has taken already; if it refuses that too, those of outcomes alone, without their words.
    The remote has taken their intents, which are longer. OtherRun as the branch raises it; DoorClosed if nothing could
    be pushed.
    """
    fates = [entry.model_copy(update={"detail": ""}) for entry in added if entry.event in FATES]
    refused, failure = list[str](), DoorClosed("")
    builds: list[tuple[str, Callable[[BranchSnapshot], Files]]] = [
        ("the report", lambda snapshot: _whole(ledger.extended(snapshot), added, report)),
        ("what teams were told, and what was found,", lambda snapshot: _alone(ledger.extended(snapshot), added)),
        ("the outcomes", lambda snapshot: _alone(ledger.extended(snapshot), fates)),
    ]
    for what, build in builds:
        try:
            pages = is_page if report and not refused else _nothing  # those that the report no longer has
            claim.report_branch.push(_closing(build, claim), message, is_run_state, claim.base, pages)
        except OtherRun:
            raise
        except DoorClosed as closed:
            refused.append(f"{what} could not be written to the report branch: {closed}")
            failure = closed
        else:
            return refused
    raise failure


def _nothing(_path: str) -> bool:
    return False


def _whole(ledger: Ledger, added: Sequence[Entry], report: Mapping[str, bytes]) -> Files:
    lines = ledger.remembered_with(added)
    return {**lines, **(ledger.next_checkpoint() if lines else {}), **report}


def _alone(ledger: Ledger, added: Sequence[Entry]) -> Files:
    files = ledger.snapshot.files
    taken = max((len(files[name]) for name in ledger_files(files)[-2:]), default=FULL)
    return ledger.remembered_with(added, min(FULL, taken), fresh=True)


def _closing(build: Callable[[BranchSnapshot], Files], claim: Claim) -> Callable[[BranchSnapshot], Files]:
    """The same files, with what ends a run: it completed, and is no longer at work."""

    def closed(snapshot: BranchSnapshot) -> Files:
        files = build(snapshot)
        known = {HEARTBEAT: files.get(HEARTBEAT) or snapshot.files.get(HEARTBEAT, b"")}
        completed = {} if claim.plan.undo_request else beat(known, claim.plan.at)
        return {**files, **completed, **claim.given_back(snapshot)}

    return closed
