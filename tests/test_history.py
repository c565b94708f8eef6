"""What each event does to what the ledger tells of a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.ledger.history import calls_digest
from reconciler.model.ledger import Cause, Entry, Event, History, StandingNotice
from tests.build import IDS, NOW, TASK, arn, chained, entry, histories, order, stop, told

KEY = (TASK, arn())
DAY = timedelta(days=1)
NOTICE = StandingNotice(NOW, NOW, NOW + order().grace, order().notice, "", "github", "acme/website", "acme/website#1")
TOLD = History(IDS["web"], "disable", first_noticed_at=NOW, notice=NOTICE)
LATER = replace(NOTICE, told_at=NOW + DAY, since=NOW + DAY, due=NOTICE.due + DAY, digest="another")
DONE = (NOW, calls_digest([stop()]))


def folded(*entries: Entry) -> History:
    """The history of the one target; what only the chain gives is left out."""
    history = histories(entries)[KEY]
    return replace(history, last="")


def test_noticed_starts_anew_but_for_the_first_notice_and_what_was_done() -> None:
    assert folded(entry()) == TOLD
    later = entry(at=NOW + DAY, digest="another")
    assert folded(entry(), later) == replace(TOLD, notice=LATER)
    before = [entry(), entry(Event.INTENDED), entry(Event.APPLIED), entry(Event.FAILED), entry(Event.EXEMPTED)]
    assert folded(*before, later) == replace(TOLD, notice=LATER, done=(DONE,))
    assert not folded(entry(), entry(Event.SETTLED), later).settled


def test_intended_is_pending_until_its_fate_is_known() -> None:
    intent = entry(Event.INTENDED)
    assert folded(entry(), intent) == replace(TOLD, pending=intent)
    for fate in (Event.APPLIED, Event.FAILED, Event.STALE, Event.RESTORED, Event.EXEMPTED, Event.SETTLED):
        assert folded(entry(), intent, entry(fate)).pending is None
    for other in (Event.REMINDED, Event.NOTICED):
        assert folded(entry(), intent, entry(other)).pending == intent


def test_applied_counts_what_was_done_and_ends_a_row_of_failures() -> None:
    failed = [entry(), entry(Event.FAILED), entry(Event.FAILED)]
    assert folded(*failed) == replace(TOLD, failures=2)
    assert folded(*failed, entry(Event.INTENDED), entry(Event.APPLIED)) == replace(TOLD, done=(DONE,), acted=True)


def test_applied_without_an_intent_is_told_all_the_same() -> None:
    assert folded(entry(), entry(Event.APPLIED)).done == ((NOW, calls_digest([])),)


def test_stale_is_no_failure() -> None:
    assert folded(entry(), entry(Event.INTENDED), entry(Event.STALE)) == replace(TOLD, stale=1)


def test_settled_by_the_team_needs_a_new_notice_when_it_is_back() -> None:
    assert folded(entry(), entry(Event.SETTLED)) == replace(TOLD, notice=None, settled=True)


def test_settled_by_krampus_keeps_its_notice() -> None:
    done = [entry(), entry(Event.INTENDED), entry(Event.APPLIED)]
    assert folded(*done, entry(Event.SETTLED)) == replace(TOLD, done=(DONE,), acted=True, settled=True)
    again = [entry(Event.INTENDED), entry(Event.APPLIED)]
    assert not folded(*done, entry(Event.SETTLED), *again).settled


def test_withdrawn_forgets_all() -> None:
    gone = entry(Event.SETTLED, cause=Cause.WITHDRAWN)
    assert folded(entry(), entry(Event.INTENDED), entry(Event.APPLIED), gone) == History(IDS["web"], "disable")


def test_exempted_voids_the_notice() -> None:
    before = [entry(), entry(Event.FAILED), entry(Event.SETTLED)]
    assert folded(*before, entry(Event.EXEMPTED)) == replace(TOLD, notice=None, exempted=True)


def test_restored_voids_the_notice_and_the_deed() -> None:
    before = [entry(), entry(Event.INTENDED), entry(Event.APPLIED), entry(Event.SETTLED)]
    assert folded(*before, entry(Event.RESTORED)) == replace(TOLD, notice=None, done=(DONE,))


def test_reminded_changes_nothing_but_that_it_was_said() -> None:
    after = folded(entry(), entry(Event.REMINDED, at=NOW + DAY, reminder="14 days"))
    assert after == replace(TOLD, reminded=("14 days",))


@pytest.mark.parametrize("event", Event)
def test_every_event_leaves_its_mark_as_the_last_one(event: Event) -> None:
    entries = chained(told(), entry(event, account="data", target=arn(), action="kill"))
    history = histories(entries)[KEY]
    assert (history.last, history.account, history.action) == (entries[-1].hash, IDS["data"], "kill")


def test_targets_and_tasks_are_kept_apart() -> None:
    both = histories([entry(), entry(number=2), entry(Event.SETTLED, task="another")])
    assert set(both) == {KEY, (TASK, arn(2)), ("another", arn())}
    assert both[KEY].settled is False


def test_a_digest_of_calls_is_of_all_that_they_say() -> None:
    assert calls_digest([stop()]) == calls_digest([stop()])
    assert len({calls_digest(calls) for calls in ([], [stop()], [stop(2)], [stop(), stop()], [stop(), stop(2)])}) == 5
    assert len(calls_digest([])) == 12
