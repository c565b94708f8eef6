"""A backup counts only if it keeps all that was written, and was taken for what its team was told: of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.model.call import Call
from reconciler.model.ledger import Entry, Event
from reconciler.model.operation import Operation
from reconciler.model.plan import Decision, Verdict
from reconciler.model.sighting import Resource
from reconciler.model.target import GLOBAL, Arn, Target
from reconciler.model.task import Order
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Verb
from tests.build import IDS, NOW, entry, repository, told
from tests.laws.build import by_key, decided, looked_again, looking, notice_of, order_of
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES
from tests.resources.trial import Trial, Trials

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
KILLS = {name: kind.verbs["kill"] for name, kind in KINDS.items() if "kill" in kind.verbs}
SAVED = [
    one for one in EXAMPLES if one.action == "kill" and KILLS[one.kind].backups and not one.options.get("skip_backup")
]
each = pytest.mark.parametrize("example", SAVED, ids=str)
TOLD_AT = NOW - timedelta(days=1)
Change = Callable[[dict[str, str]], Mapping[str, str]]


def operations(verb: Verb, of: Callable[[Operation], bool]) -> set[str]:
    return {one.name for one in verb.operations if of(one)}


@pytest.mark.parametrize("name", KILLS)
def test_a_backup_that_is_taken_by_a_call_of_its_own_is_declared_with_what_it_must_be_younger_than(name: str) -> None:
    verb = KILLS[name]
    taken_apart = operations(verb, lambda one: one.adds) & set(CASES[name].keeps)

    assert bool(verb.backups) is bool(taken_apart) is bool(verb.quiets)
    assert not verb.backups or verb.backup
    assert not verb.backups or any(one.kind == name for one in SAVED), f"{name}: an example with a backup is missing"
    for action, other in KINDS[name].verbs.items():
        assert action == "kill" or not other.backups


def order_for(trial: Trial) -> Order:
    arn = Arn.parse(trial.arn)
    kind, name = resolve(trial.arn)
    target = Target(trial.arn, "web", IDS["web"], arn.region or GLOBAL, kind.name, name)
    return replace(order_of(trial.example.kind, "kill", trial.example.options), target=target)


def notice(order: Order, at: datetime = TOLD_AT, **over: Any) -> Entry:
    about = {"target": order.target.arn, "action": "kill", "digest": notice_of(order), "since": NOW - 30 * 24 * HOUR}
    return entry(Event.NOTICED, at=at, **{**about, "due": NOW - HOUR, **over})


def begun(at: datetime | None, **over: str) -> Change:
    """A backup that was begun then, whatever else it is."""
    time = {} if at is None else {"begun": at.isoformat()}
    return lambda backup: {**{key: said for key, said in backup.items() if key != "begun"}, **time, **over}


def saved(trial: Trial, change: Change) -> Resource:
    """As it stood when its backup was complete and it was about to end, with its backups changed."""
    resource, _ = trial.runs[-1]
    fact = KILLS[trial.example.kind].backups
    held = resource.facts[fact]
    found = (
        {name: [change(one) for one in some] for name, some in held.items()}
        if isinstance(held, Mapping)
        else [change(one) for one in held]
    )
    return replace(resource, facts={**resource.facts, fact: found}, created=None)


def what(trial: Trial, change: Change, *entries: Entry) -> Decision:
    order = order_for(trial)
    live = looking([order], saved(trial, change))
    return by_key(decided(repository(order), entries or [notice(order)], live))[order.key]


def ends(trial: Trial, decision: Decision) -> bool:
    """Whether its calls end the resource; if not, they must take a backup, and nothing else."""
    verb = KILLS[trial.example.kind]
    sent = {call.operation for call in decision.calls}
    ending = bool(sent & operations(verb, lambda one: one.destroys))
    assert ending or (sent and sent <= operations(verb, lambda one: one.adds)), sent
    return ending


FRESH = NOW - HOUR


@pytest.mark.promise(5)
@each
def test_only_a_backup_that_was_begun_after_its_team_was_told_counts(trials: Trials, example: Example) -> None:
    trial = trials(example)

    assert ends(trial, what(trial, begun(FRESH)))
    assert ends(trial, what(trial, begun(TOLD_AT + SECOND)))
    assert not ends(trial, what(trial, begun(TOLD_AT)))
    assert not ends(trial, what(trial, begun(TOLD_AT - SECOND)))
    assert not ends(trial, what(trial, begun(NOW - 200 * 24 * HOUR)))


@each
def test_a_backup_of_which_aws_does_not_tell_when_it_was_begun_is_none(trials: Trials, example: Example) -> None:
    trial = trials(example)

    assert not ends(trial, what(trial, begun(None)))
    assert not ends(trial, what(trial, begun(None, begun="")))
    assert not ends(trial, what(trial, begun(None, begun=f"{FRESH:%Y-%m-%dT%H:%M:%S}")))  # of no zone


@each
def test_what_could_have_been_written_in_between_unseen_is_not_lost(trials: Trials, example: Example) -> None:
    """A volume that was attached and detached between two runs looks as before."""
    trial = trials(example)
    long_ago = notice(order_for(trial), NOW - 20 * 24 * HOUR)

    assert ends(trial, what(trial, begun(NOW - 35 * HOUR), long_ago))
    assert not ends(trial, what(trial, begun(NOW - 37 * HOUR), long_ago))


@each
def test_while_aws_is_at_a_backup_it_is_waited_for_and_a_failed_one_is_not_waited_for_for_ever(
    trials: Trials, example: Example
) -> None:
    trial = trials(example)
    long_ago = notice(order_for(trial), NOW - 20 * 24 * HOUR)

    assert what(trial, begun(NOW - 37 * HOUR, state="pending"), long_ago).verdict is Verdict.UNDERWAY
    assert what(trial, begun(FRESH, state="error"), long_ago).verdict is Verdict.REFUSED
    assert not ends(trial, what(trial, begun(NOW - 37 * HOUR, state="error"), long_ago))
    for void in ("recoverable", "recovering", "disabled", "deregistered"):
        assert not ends(trial, what(trial, begun(FRESH, state=void)))


def sent_by_another(order: Order, call: Call, at: datetime) -> Entry:
    about: dict[str, Any] = {"target": order.target.arn, "task": "another", "calls": (call,), "action": "disable"}
    return entry(Event.INTENDED, at=at, **about)


@each
def test_what_krampus_itself_stopped_or_let_go_on_must_have_come_before_the_backup(
    trials: Trials, example: Example
) -> None:
    """Whichever task did: it was written until then, or may have been since."""
    trial, order = trials(example), order_for(trials(example))
    for operation in KILLS[example.kind].quiets:
        for one in (operation, *operation.undo):
            call = Call(service=one.service, operation=one.name, arguments={})
            lines = [notice(order), sent_by_another(order, call, NOW - 10 * HOUR)]

            assert ends(trial, what(trial, begun(NOW - 9 * HOUR), *lines))
            assert not ends(trial, what(trial, begun(NOW - 11 * HOUR), *lines))
            elsewhere = lines[1].model_copy(update={"target": CASES[example.kind].arn})
            assert ends(trial, what(trial, begun(NOW - 11 * HOUR), lines[0], elsewhere))


@each
def test_while_no_notice_stands_the_plan_says_that_a_backup_will_be_taken(trials: Trials, example: Example) -> None:
    trial = trials(example)
    order = order_for(trial)
    for line in (told(), notice(order, digest="other"), notice(order, place="", tracker="files")):
        decision = what(trial, begun(FRESH), line)

        assert decision.verdict is Verdict.SCHEDULED
        assert not ends(trial, decision)


@each
def test_the_second_look_goes_by_the_same_backups(trials: Trials, example: Example) -> None:
    trial = trials(example)
    order, fresh = order_for(trial), saved(trial, begun(FRESH))
    repo, lines = repository(order), [notice(order)]
    plan = decided(repo, lines, looking([order], fresh))

    assert looked_again(repo, plan, lines, [fresh])[0] == {order.key}
    for older in (begun(TOLD_AT - SECOND), begun(None)):
        going, left = looked_again(repo, plan, lines, [saved(trial, older)])
        assert (going, left[order.key].stale) == (set(), True)
    # What was fresh at the plan is too old by the time of the act.
    going, left = looked_again(repo, plan, lines, [fresh], NOW + 36 * HOUR)
    assert (going, left[order.key].stale) == (set(), True)
