"""The ledger: an append-only, chained record of what was told, intended, done and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from reconciler.model.call import Call
from reconciler.model.task import Action, Key

VERSION: Literal[1] = 1  # of the format of a line
# Keys beside those that every line has: written only where they say something.
FURTHER = (
    *("cause", "undo", "tracker", "repository", "place", "since", "due", "identity", "digest"),
    *("reminder", "plan", "commit", "by", "runs"),
)


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
    LAPSED = "lapsed"
    SETTLED = "settled"


class Cause(StrEnum):
    """Why a line was written, where its event does not tell."""

    GONE = "gone"  # settled: it is not there
    EXPIRED = "expired"  # settled: its task has ended
    WITHDRAWN = "withdrawn"  # settled: no task names the target any more
    CUT_SHORT = "cut_short"  # failed: the run ended before it wrote what became of its calls, and they are needed still
    OUTCOME_UNKNOWN = "outcome_unknown"  # failed: AWS, or the job that sent the calls, never said whether it was done
    NO_ROOM = "no_room"  # failed: AWS had no capacity for it; that passes by itself, so it does not count as an attempt
    LATE = "late"  # stale: the run's time was over before the first of its calls
    FOUND_DONE = "found_done"  # applied: the run was cut short or had no answer, and it is seen to be done
    NOTHING_LEFT = "nothing_left"  # applied: AWS said of each call that nothing was left to do; none changed anything
    FOUND_UNDONE = "found_undone"  # restored: nothing that was done is seen to stand
    # noticed, of a notice that stands: what has changed of what was announced, and was told
    BROUGHT_FORWARD = "brought_forward"  # it is due earlier, and the floor counts anew
    POSTPONED = "postponed"  # it is due later
    HELD = "held"  # its date has come, and nothing is done for now
    PAUSED = "paused"  # likewise, because of the pause; lapsed: that lasted longer than its grace
    RELEASED = "released"  # it is held no longer, and due at a new date
    # lapsed: why a notice counts no more
    ALTERED = "altered"  # another action, other options, another team or account
    UNSPARED = "unspared"  # an exemption has ended since
    WATCHED = "watched"  # its account is only watched
    REFUSED = "refused"  # a protection, or its kind, refused it
    MOVED = "moved"  # its team's issues are in another repository now
    OLDER = "older"  # it is older than the commit that brought its order to main
    TAKEN_BACK = "taken_back"  # somebody has what was done undone, and holds the target until its task's file changes


class Entry(BaseModel):
    """One line. `v` is the version of its format; `detail` is for people, and nothing may be read from it.

    `account`: the number of the account; its name in krampus.yaml may be another's tomorrow
    `cause`: why, where the event does not tell; `undo`: whether its calls undo what was done before
    `tracker`, `repository`, `place`: on noticed where the team was told: by which tracker, the repository of its issues
    ("" is this one), and the issue, as the tracker names it; `digest`: of what it was told (action, options, team);
    on a line of the cause taken_back of what the task's file says, and `by` who asked for it
    `since`, `due`: on noticed the moment from which grace counts, and the date that was told; its `at` is the moment
    after the tracker answered. `identity`: on noticed and intended what tells the resource from another of its name
    `reminder`: on reminded which reminder; `plan`: on intended the whole digest of the plan, by which `apply` knows it
    `commit`: on noticed and intended the commit of main whose files ordered it
    `runs`: on restored the runs of which all was undone, none if all that any run did
    `calls`: on intended those that are to be sent, with their undo; on failed and stale those that AWS took, or may
    have taken, before it stopped.
    `hash` is over the line without it; `prev` is the hash of the line before, "" on the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: Literal[1] = VERSION
    at: datetime
    run: str
    event: Event
    task: str
    target: str
    account: str
    action: Action
    detail: str = ""
    cause: Cause | None = None
    undo: bool = False
    tracker: str = ""
    repository: str = ""
    place: str = ""
    since: datetime | None = None
    due: datetime | None = None
    identity: str = ""
    digest: str = ""
    reminder: str = ""
    plan: str = ""
    commit: str = ""
    by: str = ""
    runs: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    prev: str = ""
    hash: str = ""

    @property
    def key(self) -> Key:
        """What it is about: task and target."""
        return (self.task, self.target)

    @property
    def once(self) -> tuple[str, Event, Key, Cause | None, str]:
        """What a run writes once. With the cause: of two failures of a target, one may be an earlier run's."""
        return (self.run, self.event, self.key, self.cause, self.reminder)

    @model_serializer(mode="wrap")
    def _line(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        line: dict[str, Any] = serialise(self)
        return {key: value for key, value in line.items() if value or key not in FURTHER}


@dataclass(frozen=True)
class StandingNotice:
    """What a team was told last of one target, and has not been taken back.

    told_at: when the tracker had answered, from which the floor of notice counts; since: from which grace counts
    due: the date that was told; digest: of what was told (action, options, team); identity: of which resource
    tracker, repository, place: where, as on the line
    hold: why the team knows that nothing is done although its date has come (HELD or PAUSED), None if that is not so
    held_at: since when
    """

    told_at: datetime
    since: datetime
    due: datetime
    digest: str = ""
    identity: str = ""
    tracker: str = ""
    repository: str = ""
    place: str = ""
    hold: Cause | None = None
    held_at: datetime | None = None


@dataclass(frozen=True)
class History:
    """What the ledger tells of one task and target, as far as deciding needs it.

    account: the number of the account that the last entry names
    first_noticed_at: the first notice ever; identity: of the resource that was noticed first, as far as AWS told
    gone: whether it was seen to be gone since, or AWS took what ends it; notice: the last one, None if it has lapsed
    failures: in a row; done: when calls were sent (UTC), and the digest of those calls
    pending: what was intended and has no outcome yet; settled, exempted: how the last entry left it
    unknown_outcome: what was intended and failed without an answer, so that all of it may have been done
    acted: whether calls were sent since the notice; last: the hash of the last entry
    stale: how often in a row it was no longer as planned right before the act, an undo included
    reminded: which reminders were given, of an exemption's end or of a date; undo_failures: in a row
    taken_back: the line by which the target is held until its task's file says something else
    """

    account: str = ""
    action: Action = "disable"
    first_noticed_at: datetime | None = None
    identity: str = ""
    gone: bool = False
    notice: StandingNotice | None = None
    failures: int = 0
    stale: int = 0
    done: tuple[tuple[datetime, str], ...] = ()
    pending: Entry | None = None
    unknown_outcome: Entry | None = None
    settled: bool = False
    exempted: bool = False
    acted: bool = False
    last: str = ""
    reminded: tuple[str, ...] = ()
    undo_failures: int = 0
    taken_back: Entry | None = None


Histories = Mapping[Key, History]
