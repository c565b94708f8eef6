"""A change of a target's action, options, team or account, each by itself, needs a new notice; nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.model.plan import Verdict
from reconciler.model.task import Order
from tests.build import NOW, order, repository, told
from tests.laws.build import decided, looking, notice_of, order_of, resource_of
from tests.laws.facts import one_place_changed

DAY = timedelta(days=1)
WORDS = st.text("abcXYZ019 -\"'{}[]:,", max_size=6)
# As YAML gives them: no numbers that are equal, and yet written in two ways.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(2, 99) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
OPTIONS = st.dictionaries(WORDS, VALUES, max_size=3)
ORDERS = st.builds(
    lambda action, options, team: order(action=action, options=options, team=team),
    st.sampled_from(("disable", "kill")),
    OPTIONS,
    WORDS,
)


@given(data=st.data(), before=ORDERS)
@pytest.mark.parametrize("which", ["action", "team", "options"])
def test_each_of_action_options_and_team_changes_the_digest_by_itself(
    which: str, data: st.DataObject, before: Order
) -> None:
    others: dict[str, st.SearchStrategy[Any]] = {
        "action": st.sampled_from(("disable", "kill")),
        "team": WORDS,
        "options": OPTIONS,
    }
    after: Any = data.draw(others[which])
    assume(after != getattr(before, which))
    assert notice_of(replace(before, **{which: after})) != notice_of(before)


@given(before=ORDERS, name=WORDS, number=st.from_regex(r"\A[0-9]{12}\Z"))
def test_so_does_the_number_of_the_account_but_its_name_does_not(before: Order, name: str, number: str) -> None:
    """The ARN of a bucket names no account, so that a task may speak of it in another without a change of its key."""
    assume(number != before.target.account_id)
    assert notice_of(replace(before, target=replace(before.target, account_id=number))) != notice_of(before)
    assert notice_of(replace(before, target=replace(before.target, account=name))) == notice_of(before)


@given(data=st.data(), options=OPTIONS.filter(bool))
def test_so_does_the_value_of_one_option_however_deep(data: st.DataObject, options: dict[str, Any]) -> None:
    after = data.draw(one_place_changed(options))
    assert notice_of(order(options=after)) != notice_of(order(options=options))


@given(
    before=ORDERS,
    severity=st.sampled_from(("low", "medium", "high", "critical")),
    title=WORDS,
    days=st.integers(0, 99),
    number=st.integers(1, 9),
)
def test_nothing_else_changes_it(before: Order, severity: Any, title: str, days: int, number: int) -> None:
    when = NOW + days * DAY
    other = order(number, action=before.action, team=before.team, options=before.options, task=f"t{number}")
    other = replace(other, severity=severity, title=title, grace=days * DAY, after=when, until=when, file=title)
    assert notice_of(other) == notice_of(before)
    assert notice_of(replace(before, options=dict(list(before.options.items())[::-1]))) == notice_of(before)


STOP, KILL = order_of("rds:db", "disable", {}), order_of("rds:db", "kill", {})
FORCED = replace(KILL, options={"force": True})
RUNNING = {
    "status": "available",
    "engine": "postgres",
    "cluster": "",
    "resource": "db-A",
    "source": "",
    "severed": False,
    "replicas": [],
    "multi_az": False,
    "protected": False,
    "final_snapshot": "",
}


HOMES = {"web": "acme/website", "data": ""}


@pytest.mark.promise(2)
@pytest.mark.parametrize(
    ("was_told_of", "is_ordered"),
    [
        (STOP, KILL),
        (KILL, STOP),
        (KILL, FORCED),
        (FORCED, KILL),
        (KILL, replace(KILL, team="data")),
        (replace(STOP, team="data"), STOP),
    ],
    ids=["kill in place of disable", "disable in place of kill", "an option", "no option", "team", "team again"],
)
def test_no_act_follows_from_the_notice_of_something_else(was_told_of: Order, is_ordered: Order) -> None:
    repo, live = repository(is_ordered), looking([is_ordered], resource_of("rds:db", RUNNING))

    def verdict(given: Order) -> Verdict:
        notice = told(
            days=30, target=given.target.arn, action=given.action, digest=notice_of(given), repository=HOMES[given.team]
        )
        (one,) = decided(repo, [notice], live).decisions
        return one.verdict

    assert (verdict(was_told_of), verdict(is_ordered)) == (Verdict.SCHEDULED, Verdict.READY)
