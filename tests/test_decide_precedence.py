"""Which rule wins where several would speak, and what may be relied on whatever the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.decide.case import Case
from reconciler.decide.limits import protecting
from reconciler.decide.rules import decide, guarded
from reconciler.model.exemption import Exemption
from reconciler.model.ledger import Entry, Event, History
from reconciler.model.plan import Plan, Verdict
from reconciler.model.reason import Reason
from reconciler.model.repository import Repository
from reconciler.model.sighting import Resource, Sighting
from reconciler.model.target import Target
from reconciler.model.task import Order
from tests.build import (
    IDS,
    NOW,
    arn,
    config,
    entry,
    exemption,
    ledger_of,
    order,
    repository,
    running,
    seen,
    stopped,
    told,
    unseen,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDED = datetime(2026, 12, 1, tzinfo=UTC)
GUARDED = {"protected": (arn(), arn(account="lab"))}
FROZEN = {"freeze": [{"from": "2026-12-01", "to": "2026-12-01"}]}
FAILURES = (entry(Event.FAILED),) * 3
LAB_FAILURES = (entry(Event.FAILED, account="lab"),) * 3
STOPPING = running(state="stopping", created=NOW - DAY)


@dataclass(frozen=True)
class Both:
    """A target of which two neighbouring rules would speak."""

    verdict: Verdict
    reason: Reason
    order: Order = field(default_factory=order)
    sighting: Sighting = field(default_factory=running)
    entries: tuple[Entry, ...] = (told(),)
    exemptions: tuple[Exemption, ...] = ()
    over: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.verdict} {self.reason}"


NEIGHBOURS = (
    Both(Verdict.EXPIRED, Reason.EXPIRED, order(until=ENDED), exemptions=(exemption(),)),
    Both(Verdict.EXEMPT, Reason.EXEMPT, sighting=unseen(), exemptions=(exemption(),)),
    Both(Verdict.UNSEEN, Reason.UNSEEN, sighting=unseen(), over={"guardrails": GUARDED}),
    Both(Verdict.REFUSED, Reason.PROTECTED, sighting=running(root="instance-store"), over={"guardrails": GUARDED}),
    # A verb refuses or finds nothing to do, never both; protection speaks even of what stands as asked, or is gone.
    Both(Verdict.REFUSED, Reason.PROTECTED, sighting=stopped(), over={"guardrails": GUARDED}),
    Both(Verdict.REFUSED, Reason.PROTECTED, sighting=Sighting(), over={"guardrails": GUARDED}),
    Both(Verdict.REFUSED, Reason.KIND_REFUSES, sighting=running(root="instance-store", created=NOW - DAY)),
    Both(Verdict.SATISFIED, Reason.AS_ASKED, sighting=running(state="stopped", created=NOW - DAY)),
    Both(Verdict.UNDERWAY, Reason.AWS_AT_WORK, sighting=STOPPING),
    Both(Verdict.REFUSED, Reason.ANOTHER_RESOURCE, order(after=NOW + DAY), running(created=NOW - DAY)),
    Both(Verdict.SCHEDULED, Reason.TOLD, order(after=NOW + DAY), entries=(told(), *FAILURES)),
    Both(Verdict.SCHEDULED, Reason.NOT_TOLD, entries=FAILURES),
    Both(Verdict.HELD, Reason.GIVEN_UP, order(account="lab"), entries=LAB_FAILURES),
    Both(Verdict.HELD, Reason.WATCHED, order(account="lab"), entries=(), over={"paused": True}),
    Both(Verdict.HELD, Reason.PAUSED, over={"paused": True, "guardrails": FROZEN}),
    Both(Verdict.HELD, Reason.FROZEN, over={"guardrails": {**FROZEN, "per_run": {"disable": 0}}}),
    Both(Verdict.HELD, Reason.OVER_LIMIT, over={"guardrails": {"per_run": {"disable": 0}}}),
)


@pytest.mark.parametrize("both", NEIGHBOURS, ids=str)
def test_the_earlier_rule_wins(both: Both) -> None:
    repo = repository(both.order, exemptions=both.exemptions, **both.over)
    (decided,) = decide(repo, ledger_of(*both.entries), seen([both.order], both.sighting), NOW).decisions
    assert (decided.verdict, decided.reason) == (both.verdict, both.reason)


@pytest.mark.parametrize(
    ("written", "refused"),
    [
        ("role/x/app", ""),
        ("role/app", "AWS writes it `role/x/app`; correct the ARN: protections and exemptions are decided by it"),
        ("role/y/app", "AWS writes it `role/x/app`; correct the ARN: protections and exemptions are decided by it"),
        ("role:x:app", "AWS writes it `role/x/app`; correct the ARN: protections and exemptions are decided by it"),
    ],
)
def test_an_iam_name_with_a_wrong_path_is_not_what_was_reviewed(written: str, refused: str) -> None:
    target = Target(f"arn:aws:iam::111122223333:{written}", "web", IDS["web"], "global", "iam:role", "app")
    sighting = Sighting(Resource("app", {"path": "/x/"}))
    said = guarded(Case(replace(order(), target=target), sighting, History(), (), protecting(config()), config(), NOW))
    assert said == ((Verdict.REFUSED, Reason.WRONG_PATH, refused) if refused else None)


# Laws. The limits are out of reach where a law is not about them: what a limit holds is free again once it is fewer.
FREE = {"per_run": {"disable": 1000, "kill": 1000}, "per_account": {"disable": 1000, "kill": 1000}}
ACCOUNTS = ("web", "data", "lab")
ORDERS = st.builds(
    lambda number, account, task, action, severity, after: order(
        number, account, task=task, action=action, severity=severity, after=after
    ),
    st.integers(1, 4),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(("one", "two")),
    st.sampled_from(("disable", "kill")),
    st.sampled_from(("low", "critical")),
    st.sampled_from((None, NOW - DAY, NOW + DAY)),
)
WORLDS = st.lists(ORDERS, max_size=8, unique_by=lambda each: (each.task, each.target))
SIGHTINGS = st.sampled_from((running(), running(), running(created=NOW), stopped(), unseen(), Sighting()))
DAYS = st.sampled_from((0, 8, 8, 8, 30))
EXEMPTIONS = st.builds(
    lambda number, account, task, expires: exemption(
        resources=(arn(number, account),), tasks=task, expires=date(2026, 11, 1) + expires * DAY
    ),
    st.integers(1, 4),
    st.sampled_from(ACCOUNTS),
    st.sampled_from((None, ("one",))),
    st.integers(0, 60),
)


def notices(orders: Sequence[Order], days: int) -> list[Entry]:
    return [
        told(days=days, task=one.task, target=one.target.arn, action=one.action, digest=one.notice) for one in orders
    ]


def acted_on(plan: Plan) -> set[str]:
    return {one.target for one in plan.ready}


def planned(orders: Sequence[Order], sighting: Sighting, days: int, *spared: Exemption, **rails: Any) -> Plan:
    repo = repository(*orders, exemptions=spared, guardrails={**FREE, **rails})
    return decide(repo, ledger_of(*notices(orders, days)), seen(orders, sighting), NOW)


# The rules' and the limits' reasons; those of undo and of what a run did are not `decide`'s to give without a past.
VERDICTS = {
    Verdict.EXPIRED: {Reason.EXPIRED},
    Verdict.EXEMPT: {Reason.EXEMPT},
    Verdict.UNSEEN: {Reason.UNSEEN},
    Verdict.REFUSED: {Reason.PROTECTED, Reason.WRONG_PATH, Reason.KIND_REFUSES, Reason.ANOTHER_RESOURCE},
    Verdict.SATISFIED: {Reason.GONE, Reason.AS_ASKED},
    Verdict.UNDERWAY: {Reason.AWS_AT_WORK, Reason.OTHER_TASK_FIRST},
    Verdict.SCHEDULED: {Reason.BEFORE_AFTER, Reason.NOT_TOLD, Reason.TOLD},
    Verdict.HELD: {
        *(Reason.STUCK, Reason.GIVEN_UP, Reason.RESTLESS, Reason.WATCHED, Reason.PAUSED, Reason.FROZEN),
        Reason.OVER_LIMIT,
    },
    Verdict.READY: {Reason.DUE},
}


@given(WORLDS, SIGHTINGS, DAYS, st.lists(EXEMPTIONS, max_size=2), st.integers(0, 3))
def test_a_reason_goes_with_one_verdict(
    orders: list[Order], sighting: Sighting, days: int, spared: list[Exemption], limit: int
) -> None:
    for one in planned(orders, sighting, days, *spared, per_account={"disable": limit, "kill": limit}).decisions:
        assert one.reason in VERDICTS[one.verdict]
        assert (one.limit is not None) == (one.reason is Reason.OVER_LIMIT)


@given(WORLDS, SIGHTINGS, DAYS, st.lists(EXEMPTIONS, max_size=2), EXEMPTIONS)
def test_an_exemption_more_never_adds_a_target(
    orders: list[Order], sighting: Sighting, days: int, spared: list[Exemption], more: Exemption
) -> None:
    assert acted_on(planned(orders, sighting, days, *spared, more)) <= acted_on(
        planned(orders, sighting, days, *spared)
    )


@given(WORLDS, DAYS, st.integers(0, 40), st.integers(0, 10), st.sampled_from(((), ("critical",))))
def test_a_freeze_more_never_adds_a_target(
    orders: list[Order], days: int, start: int, length: int, allow: tuple[str, ...]
) -> None:
    first = date(2026, 11, 10) + start * DAY
    span = {"from": first, "to": first + length * DAY, "allow": allow}
    frozen = acted_on(planned(orders, running(), days, freeze=[span]))
    assert frozen <= acted_on(planned(orders, running(), days))
    if not allow and first <= NOW.date() <= first + length * DAY:
        assert not frozen


@given(WORLDS, DAYS, st.integers(1, 4), st.sampled_from(ACCOUNTS))
def test_a_protection_more_never_adds_a_target(orders: list[Order], days: int, number: int, account: str) -> None:
    guarded = acted_on(planned(orders, running(), days, protected=(arn(number, account),)))
    assert guarded == acted_on(planned(orders, running(), days)) - {arn(number, account)}


@given(WORLDS, st.integers(0, 6), st.integers(0, 6), st.sampled_from(("per_run", "per_account")))
def test_a_lower_limit_never_adds_a_target_and_is_never_passed(
    orders: list[Order], limit: int, lower: int, which: str
) -> None:
    def under(most: int) -> Plan:
        return planned(orders, running(), 8, **{which: {"disable": most, "kill": most}})

    low, high = sorted((limit, lower))
    assert acted_on(under(low)) <= acted_on(under(high))
    shares = {(one.action, one.account if which == "per_account" else "") for one in under(low).ready}
    for action, account in shares:
        share = [one for one in under(low).ready if one.action == action and account in ("", one.account)]
        assert len(share) <= low


@given(WORLDS, DAYS, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_orders_does_not_change_the_plan(orders: list[Order], days: int, random: Any, limit: int) -> None:
    rails = {"per_account": {"disable": limit, "kill": limit}}
    before = planned(orders, running(), days, **rails)
    shuffled = list(orders)
    random.shuffle(shuffled)
    after = planned(shuffled, running(), days, **rails)
    assert before.model_dump_json() == after.model_dump_json()


def test_the_same_input_gives_the_same_bytes() -> None:
    orders = [order(number, account) for number in (1, 2) for account in ACCOUNTS]
    plans = {planned(orders, running(), 8).model_dump_json() for _ in range(3)}
    assert len(plans) == 1


def test_a_plan_is_ordered_counted_and_says_what_it_was_made_from() -> None:
    orders = [order(2), order(1), order(account="data")]
    plan = decide(repository(*orders), ledger_of(told()), seen(orders), NOW, "c0ffee")
    assert [one.target for one in plan.decisions] == [arn(account="data"), arn(1), arn(2)]
    assert plan.summary == {Verdict.SCHEDULED: 2, Verdict.READY: 1}
    assert (plan.at, plan.repository.commit) == (NOW, "c0ffee")


def test_nothing_ordered_is_nothing_planned() -> None:
    empty = Repository(config(), {}, {}, ())
    assert decide(empty, ledger_of(told()), {}, NOW).decisions == ()
