"""What a running workload changes by itself is in no kind's digest: whatever is planned of it would be stale for ever.

A digest may cover what people change, and what the calls depend on. What moves otherwise is known by its name in AWS's
answers (`ApproximateNumberOfMessages`, `LastUsedDate`), or declared in `by_itself` of the kind's cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from reconciler.resources.catalog import KINDS
from tests.aws import Here
from tests.resources.example import Example
from tests.resources.examples import CASES, EXAMPLES
from tests.resources.trial import look

FIRST = {(example.kind, example.action): example for example in reversed(EXAMPLES)}
# Time and again AWS calls so what nobody sets.
MOVES = re.compile(r"Approximate|Last\w*(Used|Modified|Processing|Seen|Activity|Accessed)|Latest\w*Time|Progress")
DAY = timedelta(days=1)


@contextmanager
def moving(by_itself: Mapping[str, Mapping[str, Any]]) -> Iterator[set[str]]:
    """Meanwhile every answer of AWS has moved on; the operations that were asked."""
    asked: set[str] = set()
    send: Callable[..., Any] = BaseClient._make_api_call

    def answer(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        given = send(client, operation, arguments)
        name = f"{client.meta.service_model.service_name}.{operation}"
        asked.add(name)
        moved = {key: _moved(key, value) for key, value in given.items()}
        for path, value in by_itself.get(name, {}).items():
            _set(moved, path.split("."), value)
        return moved

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", answer)
        yield asked


@pytest.mark.promise(4)
@pytest.mark.parametrize("example", FIRST.values(), ids=str)
def test_what_a_running_workload_changes_makes_no_plan_stale(here: Here, example: Example) -> None:
    arn = example.make(here)
    before = look(here, example, arn)

    with moving(CASES[example.kind].by_itself):
        after = look(here, example, arn)

    assert before
    assert after
    assert (after.facts, after.digest) == (before.facts, before.digest)


@pytest.mark.parametrize("name", CASES)
def test_what_is_declared_to_move_is_of_a_look_of_the_kind(name: str) -> None:
    looks = {f"{one.service}.{one.name.replace('_', '')}".lower() for one in KINDS[name].operations}

    assert {operation.lower() for operation in CASES[name].by_itself} <= looks


def _moved(name: str, value: Any) -> Any:
    """The same value, with all in it that moves by its name."""
    if isinstance(value, Mapping):
        return {key: _moved(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_moved(name, inner) for inner in value]
    if not MOVES.search(name):
        return value
    if isinstance(value, datetime):
        return value + DAY
    return f"{value}7" if isinstance(value, str) else value + 7 if isinstance(value, int) else value


def _set(answer: Any, path: list[str], value: Any) -> None:
    """Another value at a path ("Reservations[].Instances[].State"), in all that there are of it."""
    step, *rest = path
    key = step.removesuffix("[]")
    if not rest:
        answer[key] = value
        return
    for inner in answer.get(key, []) if step.endswith("[]") else [answer[key]]:
        _set(inner, rest, value)
