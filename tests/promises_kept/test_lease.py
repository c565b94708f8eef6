"""Two runs never send at once: the lease counts from the record, is renewed, and is asked for before each call."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import groupby

import pytest

from reconciler.errors import DoorClosed
from reconciler.ledger.lease import LASTS, ONE_CALL, RENEWED_AFTER, SENDS
from tests.aws import Here
from tests.desk import DAY, HOUR, Desk, task
from tests.promises_kept.two_runs import MINUTE, World


@pytest.fixture
def world(desk: Desk, web: Here) -> World:
    """A user with two keys and a password is told of, and due a day later: three calls, one after the other."""
    iam = web.client("iam")
    arn = iam.create_user(UserName="ada")["User"]["Arn"]
    iam.create_login_profile(UserName="ada", Password="correct-Horse-4")  # noqa: S106  of nobody
    for _ in range(2):
        iam.create_access_key(UserName="ada")
    desk.write({"tasks/leavers.yaml": task("disable", arn)})
    world = World(desk)
    assert world.reconcile("told") == ""
    world.now += DAY
    return world


def order(world: World) -> list[str]:
    """The runs in the order in which they sent, each once for as long as no other came between."""
    return [run for run, _ in groupby(world.sent, key=lambda one: one[0])]


def ensure_kept(world: World) -> None:
    """No run sends once another has; nothing is sent twice; and what was left a later run finishes."""
    assert order(world) == sorted(order(world), key=["first", "second", "later"].index), world.sent
    world.now += 2 * HOUR
    assert world.reconcile("later") == ""
    calls = [what for _, what in world.sent]
    assert (len(calls), len(set(calls))) == (3, 3), world.sent
    assert json.loads(world.desk.reported("run.json")) == {}
    world.now += HOUR
    assert world.reconcile("later") == ""
    assert world.desk.events()[-1][0] == "settled"
    assert len(world.sent) == 3


MOMENTS = 7  # two of each of the two pushes, and one of each call
QUICK = [(0, 60), (1, 60), (2, 60), (3, 25), (5, 60)]
GRID = [(moment, minutes) for moment in range(MOMENTS) for minutes in (0, 15, 25, 35, 60)]


@pytest.mark.parametrize(
    ("moment", "minutes"),
    [*QUICK, *(pytest.param(*one, marks=pytest.mark.proof("the same at every moment")) for one in GRID)],
)
def test_a_second_run_that_begins_at_any_moment_never_sends_beside_the_first(
    world: World, moment: int, minutes: int
) -> None:
    said = []

    def meet() -> None:
        world.now += minutes * MINUTE
        said.append(world.reconcile("second"))

    world.at[moment], world.slow = meet, 5 * MINUTE
    world.reconcile("first")

    assert len(said) == 1, world.moments  # else they never met
    if 1 <= moment < MOMENTS - 1 and minutes + 15 < LASTS // MINUTE:
        assert "has been at work since" in said[0]
    ensure_kept(world)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_a_run_that_takes_long_renews_its_lease(world: World) -> None:
    world.slow = RENEWED_AFTER + MINUTE
    said = []
    world.at = dict.fromkeys(range(3, 12), lambda: said.append(world.reconcile("second")))

    assert world.reconcile("first") == ""

    assert [moment for moment in world.moments if "before the push: Still at work" in moment] != []
    assert order(world) == ["first"]
    assert all("has been at work since" in one for one in said[:-1]), said
    ensure_kept(world)


def test_without_a_renewal_it_goes_on_until_the_end_of_its_lease_and_no_longer(world: World) -> None:
    def cut_off() -> None:
        world.offline = True
        world.now += RENEWED_AFTER + MINUTE

    world.at[2] = cut_off  # after the first call
    world.at[3] = lambda: setattr(world, "now", world.now + (SENDS - RENEWED_AFTER))  # after the second

    assert "the network is down" in world.reconcile("first")

    assert [run for run, _ in world.sent] == ["first", "first"]
    ensure_kept(world)


def test_a_lease_counts_from_the_record_and_not_from_the_plan(world: World) -> None:
    plan = world.plan()
    world.now += 55 * MINUTE
    world.record(plan)

    assert "has been at work since" in world.reconcile("second")
    outcomes = world.apply(plan)

    assert ([run for run, _ in world.sent], [one.problem for one in outcomes]) == (["first"] * 3, [None])
    world.publish(plan, outcomes)
    ensure_kept(world)


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.parametrize("called", [0, 1, 2])
def test_the_job_that_cannot_renew_sends_nothing_past_the_end(world: World, called: int) -> None:
    """Wherever it stands when its time is over: what was not sent is said, and how far it came."""
    plan = world.plan()
    world.record(plan)
    recorded = world.now
    if called:
        world.at[2 + called - 1] = lambda: setattr(world, "now", recorded + SENDS)
    else:
        world.now = recorded + SENDS

    (outcome,) = world.apply(plan)

    assert (len(world.sent), outcome.sent, outcome.late) == (called, called, True)
    assert (outcome.stale, outcome.failed) == (not called, bool(called))
    assert outcome.problem
    assert "the time of this run is over" in outcome.problem.message
    world.now = recorded + LASTS
    assert world.reconcile("second") == ""
    with pytest.raises(DoorClosed, match="written the report since"):
        world.publish(plan, [outcome])
    ensure_kept(world)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_what_a_late_job_reports_is_completed_if_nobody_else_has_begun(world: World) -> None:
    plan = world.plan()
    world.record(plan)
    world.at[2] = lambda: setattr(world, "now", world.now + SENDS)
    outcomes = world.apply(plan)
    world.now += 3 * HOUR

    world.publish(plan, outcomes)

    assert [event for event, _ in world.desk.events()] == ["noticed", "intended", "failed"]
    (line,) = [one for one in world.desk.ledger() if one["event"] == "failed"]
    assert len(line["calls"]) == 1
    ensure_kept(world)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_a_record_that_is_run_anew_counts_anew(world: World) -> None:
    plan = world.plan()
    world.record(plan)
    world.now += 45 * MINUTE
    world.record(plan)

    assert "has been at work since" in world.reconcile("second")
    world.now += LASTS - 45 * MINUTE
    assert "has been at work since" in world.reconcile("second")


def test_whoever_begins_within_a_call_waits_for_it() -> None:
    """A call that began at the last moment, on a clock that is behind, is over before another run begins."""
    assert SENDS + ONE_CALL + timedelta(minutes=10) <= LASTS
    assert RENEWED_AFTER < SENDS
