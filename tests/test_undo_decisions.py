"""What is decided of each target of an undo, and why: without AWS, git or a command line."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.decide.undo import undo, undoing
from reconciler.errors import InvalidInput
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Sighting
from reconciler.model.undo_request import UndoRequest
from tests.build import (
    IDS,
    NOW,
    TASK,
    arn,
    call,
    entry,
    exemption,
    ledger_of,
    order,
    repository,
    reviewed,
    running,
    stop,
    stopped,
    told,
    unseen,
)

STOPPED = (told(), entry(Event.INTENDED, at=NOW - timedelta(days=1)), entry(Event.APPLIED, at=NOW))
LASTING = call("terminate_instances", undo=False, InstanceIds=["i-00000000000000001"])
WATCHED = {"web": {"id": IDS["web"], "team": "web", "regions": ("eu-west-1",)}}
ELSEWHERE = {"data": {"id": IDS["data"], "team": "data", "regions": ("eu-west-1",), "enforce": True}}


def decided(
    *entries: Entry, sighting: Sighting | None = None, repo: Repository | None = None, **request: Any
) -> list[Decision]:
    """What an undo of the task comes to, if every target looks so: stopped, unless it is said."""
    repo = reviewed(repo or repository(), *entries)
    asked = undoing(repo, ledger_of(*entries), UndoRequest(task=TASK, by="Ada", **request), NOW)
    targets = {look.target for looks in asked.looks.values() for look in looks}
    live = {target: sighting or stopped(int(target.name[2:], 16)) for target in targets}
    return list(undo(asked, repo.config, live, NOW).decisions)


def test_what_was_stopped_is_started_again() -> None:
    (one,) = decided(*STOPPED)
    assert (one.verdict, one.reason, one.undo_progress) == (Verdict.READY, Reason.UNDO_DUE, UndoProgress.COMPLETE)
    assert one.calls == (stop().reversed,)
    assert (one.does, one.manual, one.title, one.region) == ("undo what it did", (), "EC2 instance", "eu-west-1")
    assert (one.team, one.account) == ("web", "web")


@pytest.mark.parametrize(
    ("fate", "count"),
    [
        # Without a word of how far it came, all of it may have been done.
        ({"event": Event.FAILED, "cause": Cause.CUT_SHORT, "detail": "in any words"}, 1),
        ({"event": Event.FAILED, "cause": Cause.CUT_SHORT, "detail": "in others"}, 1),
        ({"event": Event.FAILED, "detail": "AccessDenied"}, 0),
        ({"event": Event.FAILED, "cause": Cause.OUTCOME_UNKNOWN, "calls": (stop(),)}, 1),
        ({"event": Event.STALE}, 0),
    ],
)
def test_what_an_undo_knows_of_does_not_hang_on_a_wording(fate: dict[str, Any], count: int) -> None:
    assert len(decided(told(), entry(Event.INTENDED), entry(**fate))) == count


@pytest.mark.parametrize(
    ("entries", "sighting", "verdict", "reason"),
    [
        (STOPPED, running(), Verdict.SATISFIED, Reason.UNDO_DONE),
        (STOPPED, running(state="stopping"), Verdict.UNDERWAY, Reason.UNDO_WAITS),
        (STOPPED, running(state="stopped", created=NOW), Verdict.REFUSED, Reason.UNDO_REFUSED),
        (STOPPED, Sighting(), Verdict.REFUSED, Reason.UNDO_IMPOSSIBLE),
        (STOPPED, unseen(), Verdict.UNSEEN, Reason.UNSEEN),
        ((told(), entry(Event.INTENDED, calls=(LASTING,))), stopped(), Verdict.REFUSED, Reason.UNDO_IMPOSSIBLE),
        ((told(), entry(Event.INTENDED, calls=(stop(), LASTING))), stopped(), Verdict.READY, Reason.UNDO_INCOMPLETE),
    ],
)
def test_each_way_has_its_reason(
    entries: tuple[Entry, ...], sighting: Sighting, verdict: Verdict, reason: Reason
) -> None:
    (one,) = decided(*entries, sighting=sighting)
    assert (one.verdict, one.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("over", "request_", "verdict", "reason"),
    [
        ({"paused": True}, {}, Verdict.HELD, Reason.PAUSED),
        ({"paused": True}, {"while_paused": True}, Verdict.READY, Reason.UNDO_DUE),
        ({"accounts": WATCHED}, {"while_paused": True}, Verdict.HELD, Reason.WATCHED),
        ({"accounts": ELSEWHERE}, {}, Verdict.REFUSED, Reason.UNKNOWN_ACCOUNT),
        ({"guardrails": {"per_run": {"disable": 0}, "protected": [arn()]}}, {}, Verdict.READY, Reason.UNDO_DUE),
        ({"guardrails": {"freeze": [{"from": "2026-12-01", "to": "2026-12-02"}]}}, {}, Verdict.READY, Reason.UNDO_DUE),
    ],
)
def test_what_holds_it_and_what_does_not(
    over: dict[str, Any], request_: dict[str, Any], verdict: Verdict, reason: Reason
) -> None:
    (one,) = decided(*STOPPED, repo=repository(**over), **request_)
    assert (one.verdict, one.reason) == (verdict, reason)


def test_a_task_in_force_stands_against_it_and_out_of_force_does_not() -> None:
    with pytest.raises(InvalidInput):
        decided(*STOPPED, repo=repository(order()))
    both = [*STOPPED, told(2), entry(Event.INTENDED, 2)]
    named = {one.target: one.reason for one in decided(*both, repo=repository(order()))}
    assert named == {arn(1): Reason.IN_FORCE, arn(2): Reason.UNDO_DUE}
    spared = repository(order(), exemptions=[exemption()])
    assert [one.reason for one in decided(*STOPPED, repo=spared)] == [Reason.UNDO_DUE]
    ended = repository(order(until=NOW))
    assert [one.reason for one in decided(*STOPPED, repo=ended)] == [Reason.UNDO_DUE]


def test_what_nobody_ever_heard_of_is_a_fault() -> None:
    for request in (UndoRequest(task="stop-idel"), UndoRequest(task=TASK, target=arn(9))):
        with pytest.raises(InvalidInput):
            undoing(repository(), ledger_of(*STOPPED), request, NOW)
