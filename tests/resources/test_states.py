"""A state that no kind knows, wherever AWS shows one, is waited for or refused: never taken for one to act in."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import Refused, Underway
from tests.resources.example import Example
from tests.resources.examples import EXAMPLES
from tests.resources.trial import Trials

# How the facts of kinds call what AWS moves a resource, or a part of it, through.
NAMES = ("state", "status", "lifecycle", "boots")
NEW = "some-new-state"


def with_a_new_state(facts: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Where a state stands in facts, and the facts with one there that nobody knows."""
    for key, value in list(facts.items() if isinstance(facts, dict) else enumerate(facts)):
        where = f"{at}.{key}"
        if isinstance(value, str) and key in NAMES and value:
            changed = deepcopy(facts)
            changed[key] = NEW
            yield where, changed
        elif isinstance(value, dict | list):
            for inner, part in with_a_new_state(value, where):
                changed = deepcopy(facts)
                changed[key] = part
                yield inner, changed


@pytest.mark.promise(1)
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_state_that_is_not_known_is_no_state_to_act_in(trials: Trials, example: Example) -> None:
    verb = KINDS[example.kind].verbs[example.action]
    options = verb.options.model_validate(dict(example.options))
    acted = []
    for seen, _ in trials(example).runs:
        for where, facts in with_a_new_state(dict(seen.facts)):
            try:
                calls = verb.needed(replace(seen, facts=facts), options)
            except (Refused, Underway):
                continue
            acted.append((where, [call.operation for call in calls]))
    assert not acted
