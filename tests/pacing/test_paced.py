"""What AWS throttles is late by as much as its buckets ask for; none fails, and no account waits for another's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.apply.send import send
from reconciler.model.outcome import Outcome
from reconciler.model.sighting import Problem, Trouble
from reconciler.observe.lanes import side_by_side
from reconciler.resources.place import Entered
from tests.build import plan
from tests.conftest import set_environment
from tests.identity.conftest import with_keys
from tests.identity.recorder import Answer, Recorder, Seen, recording
from tests.pacing.clock import Clock
from tests.pacing.throttling import SLOW, AtWork, Buckets, accounts, closing, ids

BOUND = 1.3


@pytest.fixture
def recorder(_outside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """An AWS that `spoil` makes throttle."""
    with recording() as made:
        set_environment(made.url, monkeypatch)
        with_keys(monkeypatch)
        yield made


def acted(writer: AtWork, named: dict[str, str], each: dict[str, int], why_not: Any = lambda: "") -> list[Outcome]:
    """What came of so many writing calls in each account."""
    due = [closing(number, name, named[name]) for name, count in each.items() for number in range(1, count + 1)]
    return list(send(plan(*due), writer, why_not))


def allowed(calls: int, burst: float, rate: float) -> float:
    """In how many seconds a bucket lets so many calls through."""
    return max(0, calls - burst) / rate


@pytest.mark.parametrize("ahead", [True, False], ids=["paced-ahead", "by-answers-alone"])
@pytest.mark.parametrize(("burst", "rate"), [(50, 5), (50, 2.5), (20, 2)])
@pytest.mark.parametrize(
    ("count", "calls"),
    [(2, 100), pytest.param(10, 100, marks=pytest.mark.proof("a thousand calls; `make test` has two hundred"))],
)
def test_writing_calls_none_failed_within_what_the_buckets_allow(  # noqa: PLR0913, PLR0917  a grid
    recorder: Recorder, count: int, calls: int, burst: float, rate: float, ahead: bool
) -> None:
    clock, named = Clock(), ids(count)
    buckets = Buckets(clock, burst, rate)
    recorder.spoil = buckets.spoil
    writer = AtWork(accounts(clock, "act", named, ahead=ahead), clock)

    outcomes = acted(writer, named, dict.fromkeys(named, calls))

    assert [one.problem for one in outcomes if one.problem] == []
    assert buckets.taken == dict.fromkeys(named.values(), calls)  # each once
    assert clock.now <= BOUND * allowed(calls, burst, rate), f"{buckets.refused.total()} refused"


def test_ahead_of_the_rates_that_aws_publishes_next_to_nothing_is_refused(recorder: Recorder) -> None:
    clock, named = Clock(), ids(2)
    buckets = Buckets(clock, 50, 5)
    recorder.spoil = buckets.spoil

    acted(AtWork(accounts(clock, "act", named), clock), named, dict.fromkeys(named, 80))

    assert buckets.refused.total() == 0


def test_one_account_that_is_throttled_holds_up_none_of_the_others(recorder: Recorder) -> None:
    """Nine are through as if it were not there: it has but its share of the threads."""
    clock, named = Clock(), ids(10)
    first, *others = named.values()
    buckets = Buckets(clock, 1000, 1000, slower={first: (1, 0.2)})
    recorder.spoil = buckets.spoil
    writer = AtWork(accounts(clock, "act", named, ahead=False), clock)

    outcomes = acted(writer, named, dict.fromkeys(named, 30))

    assert [one.problem for one in outcomes if one.problem] == []
    assert {buckets.last[other] for other in others} == {0.0}
    assert buckets.last[first] <= BOUND * allowed(30, 1, 0.2)


def test_an_account_that_was_throttled_is_asked_faster_again_as_aws_takes_it(recorder: Recorder) -> None:
    clock, named = Clock(), ids(1)
    buckets = Buckets(clock, 1, 0.5)

    def spoil(one: Seen, number: int) -> Answer | None:
        if buckets.taken.total() == 20:
            buckets.rate = 1000
        return buckets.spoil(one, number)

    recorder.spoil = spoil
    acted(AtWork(accounts(clock, "act", named), clock), named, {"a00": 300})

    assert buckets.taken.total() == 300
    assert clock.now < 140  # at the rate to which it was slowed down it would be 180


def volumes(place: Entered) -> list[Any]:
    filters = [{"Name": "tag:a", "Values": [f"for-{place.account}"]}]
    return list(place.client("ec2").get_paginator("describe_volumes").paginate(Filters=filters))


def test_looks_are_paced_likewise(recorder: Recorder) -> None:
    clock, named = Clock(), ids(3)
    buckets = Buckets(clock, 20, 5)
    recorder.spoil = buckets.spoil
    reader = AtWork(accounts(clock, "read", named, ahead=False), clock)
    looks = [name for name in named for _ in range(30)]

    seen = list(side_by_side(looks, lambda name: name, lambda name: reader.look(name, "eu-west-1", volumes), 32))

    assert [len(one) for one in seen] == [2] * 90  # two pages each
    assert clock.now <= BOUND * allowed(60, 20, 5)


def test_an_account_that_takes_nothing_at_all_is_unseen_in_the_end(recorder: Recorder) -> None:
    clock, named, at = Clock(), ids(1), list[float]()

    def spoil(_seen: Seen, _number: int) -> Answer:
        at.append(clock.now)
        return 503, SLOW

    recorder.spoil = spoil

    seen = AtWork(accounts(clock, "read", named), clock).look("a00", "eu-west-1", volumes)

    assert isinstance(seen, Problem) and seen.trouble is Trouble.THROTTLED
    assert [time > 600 for time in at[-2:]] == [False, True]  # and then no more
    assert at[-1] < 700


def test_a_refusal_after_a_long_rest_is_waited_for_like_any(recorder: Recorder) -> None:
    clock, named = Clock(), ids(1)
    reader = AtWork(accounts(clock, "read", named), clock)
    refusals: list[bool] = []
    recorder.spoil = lambda _seen, _number: (503, SLOW) if refusals and refusals.pop() else None
    for _ in range(2):
        clock.now += 3600
        refusals.append(True)
        assert len(reader.look("a00", "eu-west-1", volumes)) == 2


def test_a_call_that_aws_takes_nothing_of_is_late_and_no_attempt(recorder: Recorder) -> None:
    clock, named = Clock(), ids(1)
    recorder.spoil = Buckets(clock, 0, 0).spoil

    (outcome,) = acted(AtWork(accounts(clock, "act", named), clock), named, {"a00": 1})

    assert outcome.late and outcome.problem and "AWS took no revoke_security_group_ingress" in outcome.problem.message
    assert clock.now > 600


def test_the_time_of_a_run_ends_while_a_call_waits_and_then_it_is_not_sent(recorder: Recorder) -> None:
    clock, named = Clock(), ids(2)
    buckets = Buckets(clock, 10, 1)
    recorder.spoil = buckets.spoil
    over = 20.0

    outcomes = acted(
        AtWork(accounts(clock, "act", named, ahead=False), clock),
        named,
        dict.fromkeys(named, 60),
        lambda: "the run's time is over" if clock.now >= over else "",
    )

    done = [one for one in outcomes if one.problem is None]
    assert all(one.late for one in outcomes if one.problem)
    assert len(done) == buckets.taken.total() < 120
    assert max(buckets.last.values()) < over
    assert clock.now <= over + 5


def test_what_aws_asks_to_wait_is_waited(recorder: Recorder) -> None:
    clock, named = Clock(), ids(1)
    refusals = iter([True])
    at: list[float] = []

    def spoil(_seen: object, _number: int) -> tuple[int, str] | None:
        at.append(clock.now)
        return (503, f"{SLOW}<!--<RetryAfter>17</RetryAfter>-->") if next(refusals, False) else None

    recorder.spoil = spoil

    (outcome,) = acted(AtWork(accounts(clock, "act", named), clock), named, {"a00": 1})

    assert outcome.problem is None
    assert at == [0.0, 17.0]
