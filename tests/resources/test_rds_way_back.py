"""A database that a kill has started, or whose protection it has lifted, stands again as before the first of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from reconciler.model.call import Call
from reconciler.model.sighting import Resource
from reconciler.resources.kind import Forced, Options, Refused
from reconciler.resources.rds_db import disable, kill, undo_calls

FORCED = Forced(force=True)


def database(status: str, *, protected: bool = False) -> Resource:
    alone = {"cluster": "", "source": "", "severed": False, "replicas": [], "multi_az": False, "final_snapshot": ""}
    facts = {"status": status, "engine": "postgres", "resource": "db-A", "protected": protected}
    return Resource("orders", {**facts, **alone})


def stopped_by_us() -> list[Call]:
    return disable(database("available"), Options())


def started() -> list[Call]:
    return kill(database("stopped", protected=True), FORCED)


def lifted() -> list[Call]:
    return kill(database("available", protected=True), FORCED)


def back(seen: Resource, *acts: Sequence[Call]) -> tuple[list[str], bool]:
    """The operations of the next step, newest calls first; and whether more follows."""
    step = undo_calls(seen, [call for calls in reversed(acts) for call in reversed(calls)])
    return [call.operation for call in step.calls], bool(step.later)


@pytest.mark.parametrize(
    ("seen", "acts", "step"),
    [
        (database("available"), [started()], (["stop_db_instance"], False)),
        (database("stopped"), [started()], ([], False)),
        (database("available"), [lifted()], (["modify_db_instance"], False)),
        (database("available", protected=True), [lifted()], ([], False)),
        (database("available"), [started(), lifted()], (["modify_db_instance"], True)),
        (database("available", protected=True), [started(), lifted()], (["stop_db_instance"], False)),
        # A disable before them: it ran, and runs.
        (database("available"), [stopped_by_us(), started()], ([], False)),
        (database("stopped"), [stopped_by_us(), started()], (["start_db_instance"], False)),
        (database("stopped"), [stopped_by_us(), started(), lifted()], (["start_db_instance"], True)),
        (database("available"), [stopped_by_us(), started(), lifted()], (["modify_db_instance"], False)),
    ],
)
def test_it_comes_to_stand_as_before_the_first_call(seen: Resource, acts: Any, step: tuple[list[str], bool]) -> None:
    assert back(seen, *acts) == step


def test_what_is_put_back_is_the_protection_that_was_lifted() -> None:
    (call,) = undo_calls(database("available"), lifted()).calls
    assert (call.arguments["DeletionProtection"], call.arguments["ApplyImmediately"]) == (True, True)


def test_a_protection_that_aws_cannot_put_back_is_said() -> None:
    with pytest.raises(Refused, match=r"it was stopped since.*start it first"):
        back(database("stopped"), lifted())
