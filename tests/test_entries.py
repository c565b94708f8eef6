"""What a run writes down: each thing once, and nothing where nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.decide.rules import decide
from reconciler.decide.tellings import lapses, tellings
from reconciler.ledger.entries import after_run, intended
from reconciler.model.call import Call
from reconciler.model.ledger import Cause, Entry, Event
from reconciler.model.notice import Delivery
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Problem, Sighting, Trouble
from reconciler.model.task import Order
from tests.build import (
    IDS,
    NOW,
    TASK,
    arn,
    chained,
    config,
    decision,
    entry,
    exemption,
    histories,
    ledger_of,
    order,
    plan,
    repository,
    running,
    seen,
    stop,
    stopped,
    told,
    unseen,
)

HERE = {(TASK, arn()): "acme/website#1"}
DAY = timedelta(days=1)


def written(
    *decisions: Decision,
    entries: Sequence[Entry] = (),
    outcomes: Sequence[Outcome] = (),
    delivered: dict[tuple[str, str], str] | None = None,
    repo: Repository | None = None,
) -> list[tuple[str, str]]:
    """Event and cause, or where that says nothing detail or link, of what is added after the calls."""
    repo = repo or repository(order())
    made, before = plan(*decisions), histories(entries)
    announced, lapsed = tellings(repo, made, before, NOW), lapses(repo, made, before)
    added = after_run(made, outcomes, before, announced, lapsed, Delivery(delivered or {}))
    return [(one.event, one.cause or one.detail or one.place) for one in added]


def ended(trouble: Trouble | None = None, number: int = 1) -> Outcome:
    problem = Problem(trouble, f"{trouble}!") if trouble else None
    return Outcome(task=TASK, target=arn(number), sent=1, problem=problem)


def test_intended_has_the_calls_and_is_of_this_run() -> None:
    made = plan(decision(), decision(2, verdict=Verdict.HELD), decision(3, verdict=Verdict.SCHEDULED))
    (one,) = intended(made, histories([told()]))
    assert (one.event, one.key, one.calls, one.run, one.at) == ("intended", (TASK, arn()), (stop(),), made.run, NOW)
    assert (one.account, one.action, one.detail) == (IDS["web"], "disable", "")


def test_intended_is_written_once_a_run() -> None:
    made = plan(decision())
    first = intended(made, histories([told()]))
    assert intended(made, histories([told(), *first])) == []


def test_an_intent_of_a_run_that_was_cut_short_is_closed_before_the_next() -> None:
    entries = [told(), entry(Event.INTENDED, run="cut-short")]
    added = intended(plan(decision()), histories(entries))
    assert [(one.event, one.cause) for one in added] == [("failed", Cause.CUT_SHORT), ("intended", None)]
    assert histories([*entries, *added])[TASK, arn()].failures == 1


@pytest.mark.parametrize(
    ("trouble", "event", "says"),
    [
        (None, "applied", ""),
        (Trouble.DENIED, "failed", "denied!"),
        (Trouble.UNKNOWN, "failed", Cause.OUTCOME_UNKNOWN),
        (Trouble.STALE, "stale", "stale!"),
    ],
)
def test_a_fate_for_each_outcome(trouble: Trouble | None, event: str, says: str) -> None:
    made = plan(decision())
    pending = entry(Event.INTENDED, run=made.run)
    assert written(decision(), entries=[told(), pending], outcomes=[ended(trouble)]) == [(event, says)]


def test_an_outcome_of_what_was_not_planned_is_not_written() -> None:
    assert written(decision(), entries=[told()], outcomes=[ended(number=5)]) == []


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    ("found", "fates"),
    [
        ({"verdict": "satisfied", "why": "gone", "calls": ()}, [("applied", Cause.FOUND_DONE), ("settled", "gone")]),
        ({"verdict": "underway", "calls": ()}, [("applied", Cause.FOUND_DONE)]),
        # Another task acts on it in this run: its own calls are needed still.
        ({"verdict": "underway", "reason": Reason.OTHER_TASK_FIRST}, [("failed", Cause.CUT_SHORT)]),
        ({"verdict": "held"}, [("failed", Cause.CUT_SHORT)]),
        ({"verdict": "refused", "calls": ()}, [("failed", Cause.CUT_SHORT), ("lapsed", Cause.REFUSED)]),
        ({"verdict": "unseen", "calls": ()}, []),
    ],
)
def test_a_run_that_was_cut_short_is_found_out_by_looking(found: dict[str, Any], fates: list[Any]) -> None:
    entries = [told(), entry(Event.INTENDED, run="cut-short")]
    assert written(decision(**found), entries=entries) == fates


@pytest.mark.parametrize(
    ("taken", "found", "fates"),
    [
        ((stop(),), {"verdict": "satisfied", "calls": ()}, ["applied", "settled"]),
        ((stop(),), {"verdict": "held"}, []),
        # AWS refused it, so whoever did it since, it was not Krampus.
        ((), {"verdict": "satisfied", "calls": ()}, ["settled"]),
    ],
)
def test_a_call_without_an_answer_is_found_out_by_looking(
    taken: tuple[Call, ...], found: dict[str, Any], fates: list[str]
) -> None:
    failed = entry(Event.FAILED, run="before").model_copy(update={"calls": taken})
    entries = [told(), entry(Event.INTENDED, run="before"), failed]
    assert [event for event, _ in written(decision(**found), entries=entries)] == fates


def test_this_runs_own_intent_without_an_outcome_waits_for_the_next_run() -> None:
    made = plan(decision())
    assert written(decision(), entries=[told(), entry(Event.INTENDED, run=made.run)]) == []


def test_noticed_only_what_was_delivered_and_with_the_order() -> None:
    waiting = decision(verdict=Verdict.SCHEDULED)
    assert written(waiting) == []
    assert written(waiting, delivered=HERE) == [("noticed", "acme/website#1")]
    announced = tellings(repository(order()), plan(waiting), {}, NOW)
    (one,) = after_run(plan(waiting), [], {}, announced, {}, Delivery(HERE, at=NOW + DAY))
    assert (one.at, one.since, one.due) == (NOW + DAY, NOW, NOW + order().grace)
    assert (one.digest, one.place, one.detail) == (order().notice, "acme/website#1", "")


def test_untold_is_what_waits_unannounced_in_an_enforced_account() -> None:
    orders = [order(), order(2), order(3), order(4, "lab")]
    waiting = [decision(n, a, verdict=Verdict.SCHEDULED) for n, a in ((1, "web"), (2, "web"), (4, "lab"))]
    made = plan(*waiting, decision(3, verdict=Verdict.HELD), decision(5, verdict=Verdict.SCHEDULED))
    assert set(tellings(repository(*orders), made, histories([told(2)]), NOW)) == {(TASK, arn())}
    assert set(tellings(repository(*orders), made, histories([told(2, digest="another")]), NOW)) == {
        (TASK, arn()),
        (TASK, arn(2)),
    }


def test_told_already_is_not_noticed_again_even_if_delivered() -> None:
    assert written(decision(verdict=Verdict.SCHEDULED), entries=[told()], delivered=HERE) == []


@pytest.mark.parametrize(
    ("verdict", "event"), [("satisfied", "settled"), ("expired", "settled"), ("exempt", "exempted")]
)
def test_ends_are_written_once_and_only_of_what_was_begun(verdict: str, event: str) -> None:
    over = decision(verdict=verdict, why="so it is", calls=())
    assert written(over) == []
    assert written(over, entries=[told()]) == [(event, Cause.EXPIRED if verdict == "expired" else "so it is")]
    assert written(over, entries=[told(), entry(Event(event))]) == []


def test_unseen_ends_nothing() -> None:
    assert written(decision(verdict=Verdict.UNSEEN, calls=()), entries=[told()]) == []


def test_what_drifted_back_and_is_done_again_settles_again() -> None:
    acted = [told(), entry(Event.INTENDED), entry(Event.APPLIED), entry(Event.SETTLED)]
    satisfied = decision(verdict=Verdict.SATISFIED, calls=())
    assert written(satisfied, entries=acted) == []
    assert written(satisfied, entries=[*acted, entry(Event.INTENDED), entry(Event.APPLIED)]) == [
        ("settled", "it is due")
    ]


def test_withdrawn_once_and_never_without_a_beginning() -> None:
    none = Repository(config(), {}, {}, ())
    assert written(entries=[told()], repo=none) == [("settled", Cause.WITHDRAWN)]
    (one,) = after_run(plan(), [], histories([told()]), {}, {}, Delivery())
    assert (one.key, one.account, one.action) == ((TASK, arn()), IDS["web"], "disable")
    assert written(entries=[told(), entry(Event.SETTLED, cause=Cause.WITHDRAWN)], repo=none) == []


def test_exempted_then_withdrawn_is_settled() -> None:
    none = Repository(config(), {}, {}, ())
    assert written(entries=[told(), entry(Event.EXEMPTED)], repo=none) == [("settled", Cause.WITHDRAWN)]


SIGHTINGS = st.sampled_from(
    (running(), running(state="stopping"), running(root="instance-store"), stopped(), unseen(), Sighting())
)
UNTIL = st.sampled_from((None, datetime(2026, 12, 1, tzinfo=UTC)))
ORDERS = st.builds(
    lambda number, account, until, action: order(number, account, until=until, action=action),
    st.integers(1, 3),
    st.sampled_from(("web", "data", "lab")),
    UNTIL,
    st.sampled_from(("disable", "kill")),
)
EVENTS = st.builds(
    lambda event, number, days: entry(event, number, NOW - days * DAY),
    st.sampled_from(Event),
    st.integers(1, 4),
    st.integers(0, 12),
)
SPARED = st.sampled_from(((), (exemption(resources=(arn(),)),), (exemption(expires=date(2026, 11, 28)),)))


@pytest.mark.promise(9)
@given(
    st.lists(ORDERS, max_size=5, unique_by=lambda one: one.target),
    SIGHTINGS,
    st.lists(EVENTS, max_size=8),
    SPARED,
    st.booleans(),
)
def test_a_run_in_which_nothing_changes_adds_nothing(
    orders: list[Order], sighting: Sighting, events: list[Entry], spared: Any, reached: bool
) -> None:
    # Paused, so that no deed changes anything between the two.
    repo = repository(*orders, exemptions=spared, paused=True)
    entries = chained(*sorted(events, key=lambda one: one.at))
    for first in (True, False):
        told_so_far = histories(entries)
        made = decide(repo, ledger_of(*entries), seen(orders, sighting), NOW)
        delivered = dict.fromkeys((one.key for one in made.decisions), "there") if reached else {}
        told_now, lapsed = tellings(repo, made, told_so_far, NOW), lapses(repo, made, told_so_far)
        news = [
            *intended(made, told_so_far),
            *after_run(made, [], told_so_far, told_now, lapsed, Delivery(delivered)),
        ]
        assert first or news == []
        entries = chained(*entries, *news)
