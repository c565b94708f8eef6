"""Whatever the ledger says: an undo sends nothing that a reviewed task cannot have caused, of any kind and action.

What an undo puts back can be read nowhere but in the ledger. `CONTENT` names all of it that is believed, by kind: there
the reports' branch itself is the protection.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from reconciler.decide.rules import decide
from reconciler.decide.undo import undo, undoing
from reconciler.model.call import Call
from reconciler.model.ledger import Entry, Event
from reconciler.model.plan import Decision, Verdict
from reconciler.model.reason import Reason
from reconciler.model.sighting import Sighting
from reconciler.model.task import Action, Order, Past
from reconciler.model.undo_request import UndoRequest
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused, Underway
from tests.build import COMMIT, NOW, TASK, chained, entry, exemption, ledger_of, repository
from tests.laws.build import looking, order_of, resource_of, share
from tests.laws.facts import HOW, Place, changed_at, places
from tests.resources.example import Facts, Options
from tests.resources.examples import CASES
from tests.resources.facts import NotAllowed, after

# Where, in a call, its undo holds what stood before, which nothing else tells. `*`: any number in a list.
CONTENT: Mapping[str, tuple[str, ...]] = {
    "ec2:security-group": ("undo.arguments.IpPermissions.*.*.*.Description", "undo.arguments.TagSpecifications"),
    "iam:group": ("undo.arguments.PolicyDocument",),
    "lambda:function": ("undo.arguments.ReservedConcurrentExecutions",),
    "s3:bucket": (
        "undo.arguments.PublicAccessBlockConfiguration",
        "undo.arguments.AccessControlPolicy.Grants",
        "undo.arguments.Policy",
    ),
    "sqs:queue": ("undo.arguments.Attributes.Policy",),
}
# What `kill` sees besides, and options with which it has an undo for some of its calls.
KILLED: Mapping[str, tuple[Facts, Options]] = {
    "ec2:instance": (
        {"protections": ["disableApiStop"], "begun": "20261101", "volumes": [], "backups": {"image": []}},
        {"backup": "image", "force": True},
    ),
    "ec2:volume": ({"backups": [{"id": "snap-00000000000000001", "state": "completed"}]}, {}),
    "kms:key": ({}, {"pending_window_days": 7}),
}
BOTH: list[tuple[str, Action]] = [*((name, "disable") for name in KINDS), *((name, "kill") for name in KILLED)]
each = pytest.mark.parametrize(("kind", "action"), BOTH, ids=lambda one: one)
some = settings(share(0.1), suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)


@dataclass(frozen=True)
class Deed:
    """What a task ordered and Krampus did: the calls, and the facts since."""

    kind: str
    order: Order
    calls: tuple[Call, ...]
    facts: Facts

    def lines(self, *calls: Call, fate: Event = Event.APPLIED, **over: Any) -> tuple[Entry, ...]:
        """What the ledger tells of it, or of other calls in its place."""
        given = {"target": self.order.target.arn, "action": self.order.action, "calls": calls or self.calls, **over}
        told = {key: value for key, value in given.items() if key != "commit"}
        return entry(Event.INTENDED, **given), entry(fate, **{**told, "calls": ()})

    @property
    def past(self) -> Past:
        return {(COMMIT, TASK, self.order.target.arn): self.order}


@st.composite
def deeds(draw: st.DrawFn, kind: str, action: Action) -> Deed:
    """Of a kind, with at least one call that has an undo."""
    generated = CASES[kind].generated
    assert generated
    facts, options = draw(generated.drawn)
    more, how = KILLED[kind] if action == "kill" else ({}, options)
    facts = {**facts, **more}
    verb = KINDS[kind].verbs[action]
    try:
        calls = verb.needed(resource_of(kind, facts), verb.options.model_validate(how))
        stands = after(facts, [call for call in calls if action == "disable"], generated)
    except (Refused, Underway, NotAllowed):
        calls = []
    if not any(call.undo for call in calls):
        return draw(st.nothing())
    plain = [Call.model_validate_json(call.model_dump_json()) for call in calls]
    return Deed(kind, order_of(kind, action, how), tuple(plain), stands)


def planned(deed: Deed, lines: Iterable[Entry], past: Past | None = None) -> list[Decision]:
    """What comes of these lines: by `krampus undo`, and by an exemption with `restore: true`."""
    ledger, order = ledger_of(*chained(*lines)), deed.order
    known = deed.past if past is None else past
    resource = resource_of(deed.kind, deed.facts)
    bare = replace(repository(), past=known)
    work = undoing(bare, ledger, UndoRequest(task=TASK, by="Ada"), NOW)
    asked = undo(work, bare.config, dict.fromkeys([order.target], Sighting(resource=resource)), NOW)
    spared = exemption(resources=(order.target.arn,), restore=True)
    exempt = replace(repository(order, exemptions=[spared]), past=known)
    restored = decide(exempt, ledger, looking([order], resource), NOW)
    return [*asked.decisions, *restored.decisions]


def refused(decisions: Iterable[Decision]) -> bool:
    """Whether nothing is sent, and it is said why."""
    return all(
        not one.calls and one.verdict is Verdict.REFUSED and one.reason is Reason.UNDO_NOT_DERIVED for one in decisions
    )


def bare(call: Call, kind: str) -> tuple[str, str, str]:
    """A call that undoes, without the content that it puts back."""
    whole = {"undo": call.model_dump(mode="json")}
    for place in reversed(places(whole)):
        if believed(kind, place):
            whole = changed_at(whole, place, "none")
    kept = whole["undo"]
    return kept["service"], kept["operation"], json.dumps(kept["arguments"], sort_keys=True)


def believed(kind: str, place: Place) -> bool:
    """Whether what stands there is content that an undo puts back."""
    parts = [str(part) for part in place]
    for path in (form.split(".") for form in CONTENT.get(kind, ())):
        if len(parts) >= len(path) and all(form in ("*", part) for form, part in zip(path, parts, strict=False)):
            return True
    return False


@each
@some
@given(data=st.data())
def test_all_that_was_ordered_and_done_is_undone(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))

    for one in planned(deed, deed.lines()):
        assert one.reason is not Reason.UNDO_NOT_DERIVED, one.why
        assert [call.undo for call in one.calls] == [] or one.verdict is Verdict.READY
    if action == "disable":
        assert all(one.calls for one in planned(deed, deed.lines()))


@each
@some
@given(data=st.data())
def test_a_call_that_differs_in_one_place_is_not_undone(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))
    number = data.draw(st.sampled_from([n for n, call in enumerate(deed.calls) if call.undo]))
    whole = deed.calls[number].model_dump(mode="json")
    place, how = data.draw(st.sampled_from(places(whole))), data.draw(st.sampled_from(HOW))
    try:
        forged = Call.model_validate(changed_at(whole, place, how))
    except ValidationError:
        return  # no line of a ledger
    assume(forged != deed.calls[number])
    calls = [forged if at == number else call for at, call in enumerate(deed.calls)]

    decisions = planned(deed, deed.lines(*calls))

    if forged.undo is None:
        others = [call.undo for call in deed.calls if call is not deed.calls[number]]
        assert all(sent.model_copy(update={"undo": None}) in others for one in decisions for sent in one.calls)
    elif believed(kind, place):
        genuine = [bare(sent, kind) for one in planned(deed, deed.lines()) for sent in one.calls]
        assert all(bare(sent, kind) in genuine for one in decisions for sent in one.calls)
    else:
        assert refused(decisions), (place, how)


@each
@some
@given(data=st.data())
def test_what_is_another_in_the_line_is_not_undone(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))
    other: Action = "kill" if action == "disable" else "disable"
    arn = deed.order.target.arn
    others: list[dict[str, Any]] = [
        *({"account": "data"}, {"account": "nobody"}, {"action": other}, {"commit": "bad"}, {"commit": ""})
    ]
    over = data.draw(st.sampled_from(others))

    decisions = planned(deed, deed.lines(**over))

    assert not any(one.calls for one in decisions)
    assert {one.target for one in decisions} == {arn}
    nobody = over.get("account") == "nobody"
    assert nobody or refused(decisions)


@each
@some
@given(data=st.data())
def test_the_deed_of_one_is_not_undone_on_another(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))
    victim, what = data.draw(st.sampled_from([one for one in BOTH if one != (kind, action)]))
    theirs = data.draw(deeds(victim, what))
    # The order is real; only what was done in its name is somebody else's, or the same under another action.
    lines = theirs.lines(*(call for call in deed.calls if call.undo))
    same = victim == kind and all(
        KINDS[kind].makes(what, theirs.order.options, resource_of(kind, theirs.facts), call)
        for call in deed.calls
        if call.undo
    )

    assert same or refused(planned(theirs, lines))


@each
@some
@given(data=st.data())
def test_what_no_file_on_main_ordered_is_not_undone(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))

    assert refused(planned(deed, deed.lines(), past={}))
    assert refused(planned(deed, deed.lines(), past=dict.fromkeys(deed.past, "it is none of main")))


def forgeries(call: Call) -> Iterable[Call]:
    """What else somebody may try with a genuine call."""
    assert call.undo
    back = call.undo
    yield back.model_copy(update={"undo": call.model_copy(update={"undo": None})})  # the other way round
    yield back.model_copy(update={"undo": back})
    yield call.model_copy(update={"undo": call.model_copy(update={"undo": None})})
    yield call.model_copy(update={"undo": back.model_copy(update={"undo": back})})  # an undo of the undo
    yield call.model_copy(
        update={"undo": Call(service="iam", operation="put_group_policy", arguments={"GroupName": "x"})}
    )
    for operation in {one.key: one for kind in KINDS.values() for one in kind.operations}.values():
        service, name = operation.key
        if operation.key != (back.service, back.operation):
            yield call.model_copy(update={"undo": back.model_copy(update={"service": service, "operation": name})})
        if operation.key != (call.service, call.operation):
            yield call.model_copy(update={"service": service, "operation": name})
    for key, value in {**call.arguments, **back.arguments}.items():
        more: Any = copy.deepcopy(value)
        more = [*more, *more] if isinstance(more, list) else [more]
        for forward, undo_too in ((True, True), (True, False), (False, True)):
            there = {**call.arguments, key: more} if forward else call.arguments
            then = {**back.arguments, key: more} if undo_too else back.arguments
            yield call.model_copy(update={"arguments": there, "undo": back.model_copy(update={"arguments": then})})


@each
@settings(share(0.02), suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_no_other_pair_of_calls_passes(kind: str, action: Action, data: st.DataObject) -> None:
    deed = data.draw(deeds(kind, action))
    genuine = data.draw(st.sampled_from([call for call in deed.calls if call.undo]))

    for forged in forgeries(genuine):
        assert refused(planned(deed, deed.lines(forged))), forged
