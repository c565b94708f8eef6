"""Why a decision is what it is, for programs. The sentence beside it, `why`, is for people alone."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One for each way in which a rule, a limit, an undo or the end of a run speaks.

    Each goes with one verdict, named first in its comment.
    """

    EXPIRED = "expired"  # expired: the task is past its `until`
    EXEMPT = "exempt"  # exempt: an exemption in force covers it
    UNSEEN = "unseen"  # unseen: AWS did not show it
    PROTECTED = "protected"  # refused: by a guardrail, or Krampus' own
    WRONG_PATH = "wrong_path"  # refused: the ARN has another path than the resource
    KIND_REFUSES = "kind_refuses"  # refused: the kind refuses, or a person must act first
    GONE = "gone"  # satisfied: it is not there
    AS_ASKED = "as_asked"  # satisfied: no call is needed
    AWS_AT_WORK = "aws_at_work"  # underway: AWS is still working on what was asked
    STUCK = "stuck"  # held: AWS has been at it for longer than the kind allows
    ANOTHER_RESOURCE = "another_resource"  # refused: not the resource that was noticed
    BEFORE_AFTER = "before_after"  # scheduled: in a watched account, before the task's `after`
    NOT_TOLD = "not_told"  # scheduled: no notice stands
    TOLD = "told"  # scheduled: a notice stands, and the time has not come
    TAKEN_BACK = "taken_back"  # held: somebody had it undone in an emergency, and the task's file is as it was
    RELEASED = "released"  # scheduled: it was held past its date, and its team must be told of another first
    GIVEN_UP = "given_up"  # held: it failed too often in a row
    CHANGING = "changing"  # held: it changed between the plan and the act too often in a row
    RESTLESS = "restless"  # held: it was done several times, and did not last
    WATCHED = "watched"  # held: the account is only watched
    PAUSED = "paused"  # held: Krampus is paused
    FROZEN = "frozen"  # held: a freeze
    DUE = "due"  # ready
    OTHER_TASK_FIRST = "other_task_first"  # underway: another task acts on the target in this run
    OVER_LIMIT = "over_limit"  # held: a limit; the decision's `limit` says which
    ALLOWED = "allowed"  # ready: over a limit, and a person let it go; `allowed_by` says who
    WAIVED = "waived"  # ready: held past its date, and a person let it go without a new notice; likewise

    UNDO_DUE = "undo_due"  # ready: all that was done is undone, or a step of it
    UNDO_INCOMPLETE = "undo_incomplete"  # ready: likewise, and some of what was done has no undo
    UNDO_WAITS = "undo_waits"  # underway: it can be undone later
    UNDO_DONE = "undo_done"  # satisfied: nothing that was done is still in effect
    UNDO_REFUSED = "undo_refused"  # refused: the kind refuses
    UNDO_NOT_DERIVED = "undo_not_derived"  # refused: the ledger tells of it what no reviewed task can have made
    UNDO_IMPOSSIBLE = "undo_impossible"  # refused: there is no undo, or the resource is gone
    UNDO_GIVEN_UP = "undo_given_up"  # held: it failed too often in a row
    IN_FORCE = "in_force"  # refused: a task in force would do it again
    UNKNOWN_ACCOUNT = "unknown_account"  # refused: the account is not in krampus.yaml any more

    # How a target stands after a run that had it due; its verdict is still the plan's, ready.
    SENT = "sent"
    FAILED = "failed"
    STALE = "stale"


# What holds a target because the configuration says so: nobody needs to look at it.
INTENDED_HOLDS = frozenset({Reason.WATCHED, Reason.PAUSED, Reason.FROZEN})
# What failed, or did not last, until a person has looked: a run that leaves it so is no quiet one.
GIVEN_UP = frozenset({Reason.STUCK, Reason.GIVEN_UP, Reason.RESTLESS, Reason.CHANGING, Reason.UNDO_GIVEN_UP})
