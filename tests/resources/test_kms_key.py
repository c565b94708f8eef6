"""KMS keys: what may be done in which state, and how a kill is taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Options, Refused, Underway
from reconciler.resources.kms_key import KIND, Schedule, disable, kill, observe, undo_calls
from tests.aws import Here, send
from tests.resources import kms_key as cases
from tests.stubbed import Stubbed

NAME = "1234abcd-12ab-34cd-56ef-1234567890ab"


def key(state: str = "Enabled", **facts: Any) -> Resource:
    return Resource(NAME, {"state": state, "manager": "CUSTOMER", **facts})


def operations(calls: list[Call]) -> list[str]:
    return [call.operation for call in calls]


@pytest.mark.parametrize(
    ("state", "disabling", "killing"),
    [
        ("Enabled", ["disable_key"], ["disable_key", "schedule_key_deletion"]),
        ("Disabled", [], ["schedule_key_deletion"]),
        ("PendingDeletion", [], []),
        ("PendingReplicaDeletion", [], []),
    ],
)
def test_what_is_needed_in_each_state(state: str, disabling: list[str], killing: list[str]) -> None:
    assert operations(disable(key(state), Options())) == disabling
    assert operations(kill(key(state), Schedule())) == killing


@pytest.mark.parametrize("verb", [lambda one: disable(one, Options()), lambda one: kill(one, Schedule())])
def test_what_a_person_must_do_first_is_said(verb: Any) -> None:
    with pytest.raises(Refused, match="an AWS managed key"):
        verb(key(manager="AWS"))
    with pytest.raises(Refused, match="the key is pending import; import its key material"):
        verb(key("PendingImport"))
    with pytest.raises(Refused, match="connect its custom key store"):
        verb(key("Unavailable"))
    for passing in ("Creating", "Updating"):
        with pytest.raises(Underway, match=passing.lower()):
            verb(key(passing))


def test_the_waiting_period_is_the_longest_unless_the_task_says_otherwise() -> None:
    assert kill(key(), Schedule())[-1].arguments == {"KeyId": NAME, "PendingWindowInDays": 30}
    assert kill(key(), Schedule(pending_window_days=7))[-1].arguments["PendingWindowInDays"] == 7
    for days in (6, 31):
        with pytest.raises(ValidationError):
            Schedule(pending_window_days=days)


def test_a_kill_is_taken_back_to_the_state_before_it(here: Here) -> None:
    for make in (cases.make, cases.make_disabled):
        name = make(here).rsplit("/", 1)[1]
        (before,) = observe(here, [name])
        sent = kill(before, Schedule())
        send(here, sent)
        (pending,) = observe(here, [name])
        assert pending.facts["state"] == "PendingDeletion"

        send(here, undo_calls(pending, sent[::-1]).calls)

        (after,) = observe(here, [name])
        assert after.facts == before.facts


def test_what_was_cut_short_is_finished_by_the_next_undo() -> None:
    sent = kill(key(), Schedule())[::-1]

    assert operations(list(undo_calls(key("PendingDeletion"), sent).calls)) == ["cancel_key_deletion", "enable_key"]
    # The deletion was cancelled, by the first run or by somebody.
    assert operations(list(undo_calls(key("Disabled"), sent).calls)) == ["enable_key"]
    assert not undo_calls(key("Enabled"), sent).calls


def test_a_deletion_that_somebody_else_scheduled_is_not_cancelled() -> None:
    with pytest.raises(Refused, match="scheduled by somebody else"):
        undo_calls(key("PendingDeletion"), disable(key(), Options()))


def test_only_not_found_is_an_absence() -> None:
    with Stubbed("kms") as place:
        place.fails("describe_key", "NotFoundException")
        assert list(observe(place, [NAME])) == []

        # The key's policy may lock everybody out.
        place.fails("describe_key", "AccessDeniedException")
        with pytest.raises(place.client("kms").exceptions.ClientError, match="AccessDenied"):
            list(observe(place, [NAME]))


@pytest.mark.parametrize("name", ["alias/orders", "1234ABCD-12AB-34CD-56EF-1234567890AB", "mrk-1234", "*"])
def test_an_alias_and_the_like_is_no_key(name: str) -> None:

    assert not re.fullmatch(KIND.pattern, name)
    assert re.fullmatch(KIND.pattern, "mrk-" + "0a" * 16)
