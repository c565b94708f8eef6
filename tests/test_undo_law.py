"""Undo is exact: for every kind and `disable`, the facts after it equal those before, over generated resources."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.decide.reversible import undo_step
from reconciler.model.call import Call
from reconciler.model.ledger import Event
from reconciler.model.sighting import Resource
from reconciler.resources.catalog import KINDS, resolve
from reconciler.resources.kind import Refused, Underway, UndoStep
from reconciler.resources.shared.guards import States
from reconciler.resources.shared.settings import undo_settings
from tests.aws import Here, seen_by, send
from tests.build import TASK, applied_calls, chained, entry
from tests.depth import sample, scaled
from tests.resources.example import Drawn, Facts, Generated
from tests.resources.examples import CASES
from tests.resources.facts import after as facts_after

STEPS = 3  # runs that the longest way back takes
GENERATED: dict[str, Generated] = {name: cases.generated for name, cases in CASES.items() if cases.generated}
each_kind = pytest.mark.parametrize("kind", GENERATED)


def resource(kind: str, facts: Facts) -> Resource:
    return Resource(resolve(CASES[kind].arn)[1], json.loads(json.dumps(facts)))


def sent(kind: str, facts: Facts, calls: Iterable[Call]) -> Facts:
    return facts_after(facts, calls, GENERATED[kind])


def disabled(kind: str, facts: Facts, options: dict[str, Any]) -> list[Call]:
    verb = KINDS[kind].verbs["disable"]
    try:
        return verb.calls(resource(kind, facts), verb.options.model_validate(options))
    except Refused:
        return []


def back(kind: str, facts: Facts, *acts: list[Call], fate: Event = Event.APPLIED) -> UndoStep:
    """What takes back these acts, as the ledger tells of them after a round through its lines."""
    told = [
        line
        for number, calls in enumerate(acts)
        for line in (
            entry(Event.INTENDED, target=CASES[kind].arn, calls=tuple(calls), run=f"r{number}"),
            entry(fate, target=CASES[kind].arn, calls=tuple(calls) if fate is Event.FAILED else (), run=f"r{number}"),
        )
    ]
    what = applied_calls(chained(*told)).get((TASK, CASES[kind].arn))
    return undo_step(what, resource(kind, facts)) if what else UndoStep(())


def taken_back(kind: str, facts: Facts, *acts: list[Call], fate: Event = Event.APPLIED) -> Facts:
    """Run after run, until nothing to undo."""
    for _ in range(STEPS):
        step = back(kind, facts, *acts, fate=fate)
        if not step.calls:
            assert not step.later
            return facts
        assert all(call.undo for call in step.calls)
        facts = sent(kind, facts, step.calls)
    raise AssertionError("there is no end to it")


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_the_facts_after_undo_equal_those_before(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(GENERATED[kind].drawn)
    calls = disabled(kind, facts, options)

    after = sent(kind, facts, calls)

    assert taken_back(kind, after, calls) == facts
    assert (after != facts) == bool(calls)


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_wherever_the_deed_was_cut_short_undo_leads_back(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(GENERATED[kind].drawn)
    calls = disabled(kind, facts, options)
    assume(calls)
    cut = sent(kind, facts, calls[: data.draw(st.integers(0, len(calls)))])

    # Whoever does not know how far it came must find out by looking.
    assert taken_back(kind, cut, calls, fate=Event.FAILED) == facts


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_wherever_undo_was_cut_short_a_second_one_finishes(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(GENERATED[kind].drawn)
    calls = disabled(kind, facts, options)
    after = sent(kind, facts, calls)
    first = back(kind, after, calls).calls

    halfway = sent(kind, after, first[: data.draw(st.integers(0, len(first)))])

    assert taken_back(kind, halfway, calls) == facts


@each_kind
@settings(deadline=None)
@given(data=st.data())
def test_what_drifted_back_and_was_done_again_is_taken_back_once(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(GENERATED[kind].drawn)
    first = disabled(kind, facts, options)
    drifted = sent(kind, facts, first)
    undos = back(kind, drifted, first).calls
    # Somebody takes back some of it; where that goes in steps, only the first of them.
    drifted = sent(kind, drifted, undos[: data.draw(st.integers(0, len(undos)))])
    again = disabled(kind, drifted, options)

    assert taken_back(kind, sent(kind, drifted, again), first, again) == facts


WHOLE = [name for name in GENERATED if KINDS[name].undo_calls.__module__ == undo_settings.__module__]


def to_be_disabled(kind: str, options: dict[str, Any] | None = None) -> st.SearchStrategy[Drawn]:
    """Those of its resources for which `disable` has something to do, with the options given, or with those drawn."""
    drawn = GENERATED[kind].drawn
    return drawn.filter(lambda one: bool(disabled(kind, one[0], one[1] if options is None else options)))


@pytest.mark.parametrize("kind", WHOLE)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_what_is_written_as_a_whole_comes_back_as_the_latest_act_found_it(kind: str, data: st.DataObject) -> None:
    facts, options = data.draw(to_be_disabled(kind))
    others, _ = data.draw(to_be_disabled(kind, options))
    first, latest = disabled(kind, facts, options), disabled(kind, others, options)

    # Between the two acts, somebody has written it anew.
    assert taken_back(kind, sent(kind, others, latest), first, latest) == others


# --- where an undo must not be sent


def found(state: str) -> pytest.MarkDecorator:
    """Each kind with each of its states of that sort, in which an undo may find a resource."""
    each = [(name, facts) for name in GENERATED for facts in getattr(CASES[name], state)]
    return pytest.mark.parametrize(("kind", "facts"), [pytest.param(*one, id="-".join(map(str, one))) for one in each])


def undone_in(kind: str, data: st.DataObject, since: Facts) -> UndoStep:
    """The undo of a `disable` of some resource, of which these facts have changed since."""
    facts, options = data.draw(to_be_disabled(kind))
    calls = disabled(kind, facts, options)
    return back(kind, {**sent(kind, facts, calls), **since}, calls)


def test_a_kind_that_knows_states_says_which_an_undo_waits_for() -> None:
    by_states = [name for name in CASES if States in vars(sys.modules[KINDS[name].undo_calls.__module__]).values()]
    silent = [name for name in by_states if not CASES[name].passing]

    assert by_states
    assert not silent, f"{silent}: name in `passing` of its CASES the states in which AWS is at work"


@found("passing")
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_an_undo_waits_in_a_passing_state(kind: str, facts: Facts, data: st.DataObject) -> None:
    with pytest.raises(Underway):
        undone_in(kind, data, facts)


@pytest.mark.promise(5)
@found("persons")
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_an_undo_refuses_in_a_persons_state(kind: str, facts: Facts, data: st.DataObject) -> None:
    with pytest.raises(Refused):
        undone_in(kind, data, facts)


# --- the same through moto, over HTTP

over_http = settings(
    max_examples=scaled(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def look(here: Here, kind: str, name: str) -> Resource:
    """The one resource of this name."""
    (found,) = seen_by(KINDS[kind], "disable", here, [name])
    return found


def leads_back(here: Here, kind: str, name: str, options: dict[str, Any]) -> None:
    """Disable it, run after run; take that back, run after run; and see that all is as before."""
    verb, before = KINDS[kind].verbs["disable"], look(here, kind, name)
    acted: list[Call] = []
    for _ in range(STEPS):
        try:
            calls = verb.calls(look(here, kind, name), verb.options.model_validate(options))
        except Refused:
            break
        send(here, calls)
        acted = [*acted, *calls]
    for _ in range(STEPS):
        step = KINDS[kind].undo_calls(look(here, kind, name), acted[::-1])
        send(here, step.calls)
        if not step.later:
            break
    assert look(here, kind, name).facts == before.facts
    assert not KINDS[kind].undo_calls(look(here, kind, name), acted[::-1]).calls


@pytest.mark.hypothesis  # it has its own @given inside, which pytest does not see
@pytest.mark.parametrize("kind", sample(GENERATED, "ec2:instance", "ec2:security-group", "iam:user", "s3:bucket"))
def test_what_is_disabled_in_moto_is_as_before(here: Here, kind: str) -> None:
    made = GENERATED[kind]
    in_moto = made.drawn if made.in_moto is None else made.in_moto

    @settings(over_http, max_examples=scaled(made.tried_in_moto))
    @given(drawn=in_moto)
    def as_before(drawn: Drawn) -> None:
        name, options = made.make(here, drawn)
        leads_back(here, kind, name, options)

    as_before()
