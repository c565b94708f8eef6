"""The plan: what is decided for each target, and every call that follows from it. Version 1 of plan.json."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from reconciler.model.call import Call
from reconciler.model.forecast import Coming
from reconciler.model.instant import Instant
from reconciler.model.limit import Excess, LimitKey
from reconciler.model.owner import Owner
from reconciler.model.reason import GIVEN_UP, Reason
from reconciler.model.sighting import Live, Problem, Resource
from reconciler.model.streamed import pieces
from reconciler.model.task import Action, Key, Severity
from reconciler.model.undo_request import UndoRequest
from reconciler.model.unmatched import Unmatched

NOTHING_SEEN: Live = MappingProxyType({})


class Verdict(StrEnum):
    """What is to become of a target now."""

    EXPIRED = "expired"
    EXEMPT = "exempt"
    UNSEEN = "unseen"
    REFUSED = "refused"
    SATISFIED = "satisfied"
    UNDERWAY = "underway"
    SCHEDULED = "scheduled"
    HELD = "held"
    READY = "ready"


class UndoProgress(StrEnum):
    """Whether a decision is to undo what was done: with its calls all of it, or a step; or it is found undone."""

    NONE = ""
    PARTIAL = "partial"
    COMPLETE = "complete"
    ALREADY_UNDONE = "already_undone"


class Decision(BaseModel):
    """One target of one task: the verdict, why, and the calls still needed (all of them, whenever they are due).

    `reason` is why, for programs; `why` says it to people, and nothing may be read from it. `limit` is the limit that
    holds it, None unless one does; `allowed_by` who let it go over a limit, "" if nobody had to.
    `due` is when it may be acted on at the earliest, None if nothing will be; `frozen_from` is when it would be due but
    for a freeze, None unless its date is the end of one. `held_then` is what will hold it when it is due, as far as
    that is known, and `foreseen` says so to people; None and "" if nothing will.
    `seen` is the digest of its facts, "" if it was not seen or is not there, and `identity` what tells it from another
    of its name, "" if nothing does; `account` is the account's name in krampus.yaml as the plan was made, and
    `account_id` its number, by which it is known ever after. With `undo_progress` the calls are those that undo what
    was done, or of it what `runs` did, if that names any; `hold` is the digest of what its task's file says, until
    whose change the target is held from this undo on, "" if it is not. `display_name` is what people call it, "" if AWS
    knows no such name.
    `owners` are those that manage it besides its team, as its tags and AWS say; `notes` what else follows from the
    calls, for people. Neither decides anything, but that AWS itself refuses what a service of its own manages.

    As its kind says it, so that who tells of a decision need not know kinds: `name` is what the API calls the resource,
    `title` what people call the kind ("EC2 instance"), `does` what the calls do, after "Krampus will …" ("stop the
    instance"), and `manual` the commands with which the team does it itself, as `Verb.manual_commands` has them; none
    for an undo.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    target: str
    account: str
    account_id: str
    region: str
    kind: str
    action: Action
    team: str
    severity: Severity
    verdict: Verdict
    reason: Reason
    why: str
    limit: LimitKey | None = None
    allowed_by: str = ""
    due: Instant | None = None
    frozen_from: Instant | None = None
    held_then: Reason | None = None
    foreseen: str = ""
    seen: str = ""
    identity: str = ""
    calls: tuple[Call, ...] = ()
    undo_progress: UndoProgress = UndoProgress.NONE
    runs: tuple[str, ...] = ()
    hold: str = ""
    display_name: str = ""
    owners: tuple[Owner, ...] = ()
    notes: tuple[str, ...] = ()
    name: str
    title: str
    does: str
    manual: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What it is about: task and target."""
        return (self.task, self.target)

    @property
    def done(self) -> bool:
        """Whether AWS shows that what was asked is done, or being done; not if another task only goes first."""
        return self.verdict is Verdict.SATISFIED or self.reason is Reason.AWS_AT_WORK

    @property
    def undoable(self) -> bool:
        """Whether each of its calls can be undone; not if it has none."""
        return bool(self.calls) and all(call.undo for call in self.calls)

    @property
    def troubled(self) -> bool:
        """Whether a run ends with exit 3 for it although nothing was sent: unseen, over a limit, or given up."""
        return self.verdict is Verdict.UNSEEN or self.over_limit or self.reason in GIVEN_UP

    @property
    def over_limit(self) -> bool:
        """Whether a limit holds it, so that a person must look."""
        return self.reason is Reason.OVER_LIMIT


class Seen(BaseModel):
    """What was seen of a target, from which its verdict follows; neither resource nor problem: it is not there.

    `account` is the account's name. Its facts are all that any task or undo goes by that needed it looked at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: str
    account: str
    resource: Resource | None = None
    problem: Problem | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What was looked at."""
        return self.target, self.account


class Source(BaseModel):
    """What the plan was made from: the commit of tasks, exemptions and configuration ("" if there is none)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commit: str


class Plan(BaseModel):
    """All decisions of a run, ordered by account, task and target; `summary` counts them by verdict.

    `exceeded`: the limits that hold something, and those that would if only the others were raised.
    `undo_request`: what a person asked to be undone; None on the main job's plans.
    `before`: what would be decided at the same moment without a pull request's changes; None if nobody asked.
    `unmatched`: what a pull request exempts, and no task names.
    `forecast`: what comes on which day, if nothing changes; by day, account and action.
    `sightings`: what the decisions follow from, beside git and the ledger, so that they can be made again without AWS.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    at: Instant
    repository: Source
    decisions: tuple[Decision, ...]
    summary: dict[Verdict, int]
    exceeded: tuple[Excess, ...] = ()
    undo_request: UndoRequest | None = None
    before: tuple[Decision, ...] | None = None
    unmatched: tuple[Unmatched, ...] = ()
    forecast: tuple[Coming, ...] = ()
    sightings: tuple[Seen, ...] = ()

    @cached_property
    def digest(self) -> str:
        """64 hex characters over the whole plan."""
        whole = hashlib.sha256()
        for piece in pieces(self):
            whole.update(piece)
        return whole.hexdigest()

    @property
    def run(self) -> str:
        """The name of the run that carries this plan through: the head of its digest."""
        return self.digest[:16]

    @cached_property
    def ready(self) -> tuple[Decision, ...]:
        """What is to be done now."""
        return tuple(decision for decision in self.decisions if decision.verdict is Verdict.READY)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, which is another plan: it finds its digest, and what is ready in it, anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("digest", "ready"):
            copied.__dict__.pop(name, None)
        return copied


def plan_of(  # noqa: PLR0913, PLR0917  all that a plan is made of
    at: Instant,
    commit: str,
    decisions: Iterable[Decision],
    undo_request: UndoRequest | None = None,
    exceeded: Iterable[Excess] = (),
    forecast: Iterable[Coming] = (),
    live: Live = NOTHING_SEEN,
) -> Plan:
    """A plan of these decisions, in order and counted. `live`: what they follow from."""
    ordered = tuple(sorted(decisions, key=lambda decision: (decision.account, decision.task, decision.target)))
    counts = Counter(decision.verdict for decision in ordered)
    return Plan(
        at=at,
        repository=Source(commit=commit),
        decisions=ordered,
        summary={verdict: counts[verdict] for verdict in Verdict if counts[verdict]},
        exceeded=tuple(exceeded),
        forecast=tuple(forecast),
        undo_request=undo_request,
        sightings=seen_of(live),
    )


def seen_of(live: Live) -> tuple[Seen, ...]:
    """What was seen, in order."""
    return tuple(sorted(_seen(live), key=lambda one: one.key))


def _seen(live: Live) -> Iterator[Seen]:
    for target, sighting in live.items():
        yield Seen(target=target.arn, account=target.account, resource=sighting.resource, problem=sighting.problem)
