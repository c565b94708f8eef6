"""The ledger: an append-only, chained record of what was told, intended, done and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from reconciler.model.call import Call
from reconciler.model.task import Action

TAKING_BACK = "taken back: "  # how the `why` of a decision, and the `detail` of an intent, begins whose calls are undos


class Event(StrEnum):
    """What can happen to a target."""

    NOTICED = "noticed"
    REMINDED = "reminded"
    INTENDED = "intended"
    APPLIED = "applied"
    FAILED = "failed"
    STALE = "stale"
    RESTORED = "restored"
    EXEMPTED = "exempted"
    SETTLED = "settled"


class Entry(BaseModel):
    """One line. `order` is the digest of what was told to whom (action, options, team; on reminded: which reminder).

    `plan`: on intended the whole digest of the plan, by which `apply` knows it.

    `calls`: on intended those that are to be sent, with their undo; on failed and stale those that AWS took, or may
    have taken, before it stopped.
    `hash` is over the line without it; `prev` is the hash of the line before, "" on the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    run: str
    event: Event
    task: str
    target: str
    account: str
    action: Action
    detail: str = ""
    order: str = ""
    calls: tuple[Call, ...] = ()
    plan: str = ""
    prev: str = ""
    hash: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What it is about: task and target."""
        return (self.task, self.target)

    @property
    def takes_back(self) -> bool:
        """Whether it is the intent to undo, and not to do."""
        return self.event is Event.INTENDED and self.detail.startswith(TAKING_BACK)


@dataclass(frozen=True)
class History:
    """What the ledger tells of one task and target, as far as deciding needs it.

    first_told: the first notice ever; told, order: the notice that stands, and the digest of what it told to whom
    failures: in a row; done: when calls were made, and the digest of those calls
    pending: what was intended and has no fate yet; settled, exempted: how the last entry left it
    unsure: what was intended and failed without an answer, so that all of it may have been done
    acted: since the standing notice; last: the hash of the last entry
    reminded: which reminders of an exemption's end were given
    slips: failures in a row to take back what was done
    """

    account: str = ""
    action: Action = "disable"
    first_noticed_at: datetime | None = None
    told: datetime | None = None
    order: str = ""
    failures: int = 0
    done: tuple[tuple[datetime, str], ...] = ()
    pending: Entry | None = None
    unknown_outcome: Entry | None = None
    settled: bool = False
    exempted: bool = False
    acted: bool = False
    last: str = ""
    reminded: tuple[str, ...] = ()
    undo_failures: int = 0


Histories = Mapping[tuple[str, str], History]
