"""A kill's steps before the point of no return can be taken back, and come first: of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from reconciler.decide.restore import undo_decision
from reconciler.ledger.effects import AppliedCalls
from reconciler.model.call import Call
from reconciler.model.ledger import Event
from reconciler.model.plan import Decision, UndoProgress, Verdict
from reconciler.model.sighting import Resource, Sighting
from reconciler.model.task import Order, Past
from reconciler.resources.catalog import KINDS, resolve
from tests.aws import Here, send
from tests.build import COMMIT, NOW, applied_calls, chained, decision, entry
from tests.laws.build import order_of
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES
from tests.resources.trial import Trials, asked, look

MORE = pytest.mark.proof("one more kill of a kind of which `make test` tries one")
FIRST = {one.kind: one for one in reversed(EXAMPLES) if one.action == "kill"}
KILLS = [
    pytest.param(one, id=str(one), marks=() if FIRST[one.kind] is one else (MORE,))
    for one in EXAMPLES
    if one.action == "kill"
]
KINDS_THAT_KILL = [name for name in KINDS if "kill" in KINDS[name].verbs]
MOST = 8  # runs, and steps of an undo


@pytest.mark.parametrize("name", KINDS_THAT_KILL)
def test_of_all_that_a_kill_sends_it_is_declared_what_becomes_of_what_was_there(name: str) -> None:
    for one in KINDS[name].verbs["kill"].operations:
        said = {"undo": bool(one.undo), "adds": one.adds, "destroys": one.destroys}
        assert sum(said.values()) == 1, f"{one.name}: {said}"


@pytest.mark.parametrize("name", KINDS)
def test_a_disable_destroys_nothing(name: str) -> None:
    for one in KINDS[name].verbs["disable"].operations:
        assert one.undo, one.name
        assert not one.destroys


def kept(kind: str, call: Call) -> bool:
    """Whether nothing is lost by it: it can be taken back, or only makes something besides."""
    operation = KINDS[kind].operation(call, "kill", resolve_name(call, kind), undo=False)
    return bool(call.undo) or bool(operation and operation.adds)


def resolve_name(call: Call, kind: str) -> str:
    """Of which resource the call speaks, as far as its operation asks."""
    for one in KINDS[kind].sends("kill", undo=False):
        if one.key == (call.service, call.operation):
            said = call.arguments.get(one.batch[0] or (one.target if isinstance(one.target, str) else ""), "")
            return str(said[0] if isinstance(said, list) else said)
    return ""


@pytest.mark.promise(5)
@pytest.mark.parametrize("example", KILLS)
def test_what_can_be_taken_back_comes_before_the_first_call_that_cannot(trials: Trials, example: Example) -> None:
    destroyed = False
    for _, calls in trials(example).runs:
        for call in calls:
            assert not (destroyed and call.undo), f"{call.operation} comes after the point of no return"
            destroyed = destroyed or not kept(example.kind, call)
    assert destroyed or all(call.undo for _, calls in trials(example).runs for call in calls)


def first_steps(here: Here, example: Example, arn: str) -> list[list[Call]]:
    """Run after run, what is sent until the first call that nothing takes back, which AWS refuses."""
    runs: list[list[Call]] = []
    for _ in range(MOST):
        resource = look(here, example, arn)
        calls = asked(example, resource) if resource else []
        early: list[Call] = []
        for call in calls:
            if not kept(example.kind, call):
                return [*runs, early]
            send(here, [call])
            early.append(call)
        runs.append(early)
        if not calls:
            return runs
    raise AssertionError("there is no end to it")


def applied(arn: str, runs: Sequence[Sequence[Call]]) -> AppliedCalls:
    """As the ledger tells of runs whose last call was refused."""
    lines = []
    for number, calls in enumerate(runs):
        about: dict[str, Any] = {"target": arn, "action": "kill", "run": f"r{number}", "calls": tuple(calls)}
        lines += [entry(Event.INTENDED, at=NOW, **about), entry(Event.FAILED, at=NOW, **about)]
    return applied_calls(chained(*lines))[lines[0].key]


def undo(example: Example, arn: str, done: AppliedCalls, resource: Resource) -> Decision:
    """What `krampus undo` decides of it, once its task is out of force."""
    order: Order = order_of(example.kind, "kill", example.options)
    past: Past = {(COMMIT, *intent.key): order for intent in done.intents}
    kind, name = resolve(arn)
    blank = decision(kind=kind.name, target=arn, action="kill").model_copy(update={"name": name})
    return undo_decision(blank, done, Sighting(resource), past, "asked for by ada")


@pytest.mark.promise(5)
@pytest.mark.parametrize("example", KILLS)
def test_a_kill_that_is_given_up_before_its_point_of_no_return_is_undone_whole(here: Here, example: Example) -> None:
    arn = example.make(here)
    before = look(here, example, arn)
    assert before
    done = applied(arn, first_steps(here, example, arn))
    for _ in range(MOST if done.undoable else 0):
        resource = look(here, example, arn)
        assert resource
        made = undo(example, arn, done, resource)
        if made.undo_progress is UndoProgress.ALREADY_UNDONE:
            break
        assert (made.verdict, "cannot be undone" in made.why) == (Verdict.READY, False), made.why
        send(here, made.calls)
    after = look(here, example, arn)
    assert after
    fact = KINDS[example.kind].verbs["kill"].backups
    assert {**after.facts, fact: 0, "begun": 0} == {**before.facts, fact: 0, "begun": 0}
