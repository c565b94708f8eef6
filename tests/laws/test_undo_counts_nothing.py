"""An undo counts towards no limit: not of the run, of an account or of the day, nor in what people are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Plan, Verdict
from reconciler.model.repository import Repository
from reconciler.model.task import Order
from tests.build import NOW, entry, exemption, order, repository, seen, stopped, told
from tests.laws.build import decided, notice_of, over_limits, undo_intent

DAY = timedelta(days=1)
ACCOUNTS = st.sampled_from(("web", "data"))
ACTIONS = st.sampled_from(("disable", "kill"))
SHARE = st.lists(st.tuples(ACCOUNTS, ACTIONS), max_size=5)
LIMIT = st.integers(0, 4)


@dataclass(frozen=True)
class Mix:
    """What is to be done, and what was done today; and the same with undos in between."""

    forward: Sequence[tuple[str, Any]]
    undos: Sequence[str]
    done_today: Sequence[tuple[str, Any]]
    undone_today: Sequence[tuple[str, Any]]
    rails: dict[str, Any]

    def run(self, undos: bool) -> tuple[Repository, Plan, list[Entry]]:
        """The plan, of which repository, and the ledger that it was made from."""
        forward = [
            order(number, account, task=f"go-{action}", action=action)
            for number, (account, action) in enumerate(self.forward, 1)
        ]
        backward = [order(100 + number, account, task="back") for number, account in enumerate(self.undos) if undos]
        entries = [notice(one) for one in forward]
        entries += [line for one in backward for line in stopped_by_us(one)]
        entries += [
            entry(Event.INTENDED, 200 + number, NOW, account, action=action, task="earlier")
            for number, (account, action) in enumerate(self.done_today)
        ]
        entries += [
            undo_intent(300 + number, account, action=action, task="earlier")
            for number, (account, action) in enumerate(self.undone_today)
            if undos
        ]
        spared = [exemption(resources=tuple(one.target.arn for one in backward), restore=True)] if backward else []
        repo = repository(*forward, *backward, exemptions=spared, guardrails=self.rails)
        live = {**seen(forward), **{one.target: stopped(number_of(one)) for one in backward}}
        return repo, decided(repo, entries, live), entries


MIXES = st.builds(
    Mix,
    forward=SHARE,
    undos=st.lists(ACCOUNTS, max_size=5),
    done_today=SHARE,
    undone_today=SHARE,
    rails=st.fixed_dictionaries(
        {which: st.fixed_dictionaries({"disable": LIMIT, "kill": LIMIT}) for which in ("per_run", "per_account")}
    ),
)


def number_of(one: Order) -> int:
    return int(one.target.name[2:], 16)


def notice(one: Order) -> Entry:
    where = one.target.account
    return told(number_of(one), 30, where, task=one.task, action=one.action, digest=notice_of(one))


def stopped_by_us(one: Order) -> list[Entry]:
    number, account, at = number_of(one), one.target.account, NOW - 20 * DAY
    return [
        notice(one),
        entry(Event.INTENDED, number, at, account, task=one.task),
        entry(Event.APPLIED, number, at, account, task=one.task),
    ]


@pytest.mark.promise(5, 8)
@given(mix=MIXES)
def test_with_undos_or_without_the_same_is_held_for_the_same_reason(mix: Mix) -> None:
    _, with_them, _ = mix.run(undos=True)
    _, without, _ = mix.run(undos=False)

    assert [one for one in with_them.decisions if one.task != "back"] == list(without.decisions)
    assert [one.verdict for one in with_them.decisions if one.task == "back"] == [Verdict.READY] * len(mix.undos)


@given(mix=MIXES)
def test_people_are_told_the_same_of_the_limits(mix: Mix) -> None:
    assert over_limits(*mix.run(undos=True)) == over_limits(*mix.run(undos=False))
