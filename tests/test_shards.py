"""Shards: every target that is due is in exactly one, an account is never split, and each job finds the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.collect import NO_OUTCOME, merge_outcomes
from reconciler.apply.shards import shards, share
from reconciler.cli.github_outputs import write_outputs
from reconciler.model.ledger import Cause, Event
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Decision, Plan, Verdict, plan_of
from reconciler.model.shard import parsed
from reconciler.model.sighting import Problem, Trouble
from tests.build import NOW, chained, decision, entry, plan

ACCOUNTS = [f"account-{number}" for number in range(8)]


def one(number: int, account: str, verdict: Verdict = Verdict.READY, calls: int = 1) -> Decision:
    usual = decision(number)
    return usual.model_copy(update={"account": account, "verdict": verdict, "calls": usual.calls[:1] * calls})


plans = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from([Verdict.READY, Verdict.HELD]), st.integers(0, 4)), max_size=30
).map(lambda drawn: plan_of(NOW, "c0ffee", [one(number, *each) for number, each in enumerate(drawn, start=1)]))


@given(plans, st.integers(1, 12))
def test_every_target_that_is_due_is_in_exactly_one_shard(made: Plan, count: int) -> None:
    shares = [share(made, (number, count)) for number in range(1, count + 1)]
    assert Counter(each.key for each in sum(shares, ())) == Counter(each.key for each in made.ready)
    homes = [{each.account for each in part} for part in shares]
    assert sum(map(len, homes)) == len(set().union(*homes))
    assert shares == [share(Plan.model_validate_json(made.model_dump_json()), (k, count)) for k in range(1, count + 1)]


@given(plans, st.integers(1, 12))
def test_no_shard_is_empty_that_a_plan_asks_for(made: Plan, most: int) -> None:
    asked = shards(made, most)
    assert len(asked) <= most
    assert bool(asked) is bool(made.ready)
    weighty = all(each.calls for each in made.ready)
    assert not weighty or all(share(made, parsed(each)) for each in asked)


def test_the_weight_is_spread() -> None:
    made = plan_of(NOW, "c0ffee", [one(1, "heavy", calls=5), one(2, "a", calls=2), one(3, "b", calls=2), one(4, "c")])
    assert [{each.account for each in share(made, (k, 2))} for k in (1, 2)] == [{"heavy"}, {"a", "b", "c"}]


@pytest.mark.parametrize("said", ["", "1", "0/1", "2/1", "1/0", "a/b", "1/2/3", "-1/2", "1/1000", " 1/2"])
def test_what_is_no_shard_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="is no shard"):
        parsed(said)


def test_what_nobody_handed_over_is_unknown_with_all_its_calls() -> None:
    made = plan(decision(1), decision(2))
    entries = chained(*(entry(Event.INTENDED, number, run=made.run) for number in (1, 2)))
    first = Outcome(task=made.ready[0].task, target=made.ready[0].target, sent=1)

    done, lost = merge_outcomes(made, [first], entries)

    assert done == first
    assert (lost.key, lost.sent, lost.failed) == (made.ready[1].key, len(made.ready[1].calls), True)
    assert lost.problem == Problem(Trouble.UNKNOWN, NO_OUTCOME)


@pytest.mark.parametrize(
    ("event", "cause", "taken", "trouble", "sent"),
    [
        (Event.APPLIED, None, 0, None, 1),
        (Event.RESTORED, None, 0, None, 1),
        (Event.FAILED, None, 1, Trouble.OTHER, 1),
        (Event.FAILED, Cause.OUTCOME_UNKNOWN, 1, Trouble.UNKNOWN, 0),
        (Event.STALE, None, 0, Trouble.STALE, 0),
    ],
)
def test_what_was_published_before_is_said_again(
    event: Event, cause: Cause | None, taken: int, trouble: Trouble | None, sent: int
) -> None:
    made = plan(decision(1))
    fate = entry(event, run=made.run, cause=cause, detail="in any words", calls=made.ready[0].calls[:taken])
    (again,) = merge_outcomes(made, [], chained(entry(Event.INTENDED, run=made.run), fate))
    assert again.problem == (Problem(trouble, "in any words") if trouble else None)
    assert again.sent == sent


def test_what_a_run_wrote_of_an_earlier_one_is_not_its_own_fate() -> None:
    made = plan(decision(1))
    entries = chained(
        entry(Event.INTENDED, run="earlier"), entry(Event.FAILED, run=made.run), entry(Event.INTENDED, run=made.run)
    )
    (lost,) = merge_outcomes(made, [], entries)
    assert lost.problem == Problem(Trouble.UNKNOWN, NO_OUTCOME)


def test_a_shard_that_ran_twice_counts_once_and_what_it_did_first_wins() -> None:
    made = plan(decision(1))
    done = Outcome(task=made.ready[0].task, target=made.ready[0].target, sent=1)
    stale = done.model_copy(update={"sent": 0, "problem": Problem(Trouble.STALE, "it changed")})
    assert merge_outcomes(made, [stale, done], ()) == merge_outcomes(made, [done, stale], ()) == (done,)


def test_a_job_hands_on_shards_and_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    made = plan(decision(1), decision(2, "data"), decision(3).model_copy(update={"verdict": Verdict.HELD}))

    write_outputs(made, 4)
    write_outputs(plan(), 4)

    lines = file.read_text(encoding="utf-8").splitlines()
    values = dict(zip([line.partition("<<")[0] for line in lines[0:6:3]], lines[1:6:3], strict=True))
    assert json.loads(values["shards"]) == ["1/2", "2/2"]
    assert values["digest"] == made.digest
    assert lines[7] == "[]"
    ends = [line.partition("<<")[2] for line in lines[::3]]
    assert ends == lines[2::3]
    assert len(set(ends)) == 4
