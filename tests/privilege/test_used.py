"""`krampus policy --used` and `krampus doctor` ask for what the tasks name, or describe, and for nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.iam.scope import everything, used
from reconciler.model.repository import Repository
from reconciler.model.task import Action, Task
from tests.build import config, order

PAIRS = [(kind, action) for kind, actions in everything().items() for action in actions]


def selecting(kind: str, action: Action) -> Task:
    selection = {"kinds": [kind], "accounts": ["*"]}
    body = {"title": "A finding", "reason": "It must not be.", "action": action, "select": selection}
    return Task.model_validate(body)


@given(selected=st.sets(st.sampled_from(PAIRS), min_size=1), named=st.sets(st.sampled_from(("disable", "kill"))))
def test_exactly_what_is_named_or_selected_is_used(selected: set[tuple[str, Action]], named: set[Action]) -> None:
    tasks = {f"task-{number}": selecting(*pair) for number, pair in enumerate(selected)}
    repository = Repository(config(), tasks, {}, tuple(order(action=action) for action in named))

    found = {(kind, action) for kind, actions in used(repository).items() for action in actions}

    assert found == selected | {("ec2:instance", action) for action in named}
