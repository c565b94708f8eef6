"""Sufficient and minimal: each kind's and action's policies allow all that it asks, and nothing that it does not."""

from __future__ import annotations

import pytest

from reconciler.iam.scope import everything
from reconciler.iam.statements import Purpose
from reconciler.model.task import Action
from reconciler.resources.catalog import KINDS
from tests.privilege.least import Document, least, policies
from tests.resources.trial import Trials

EVERY = [(name, action) for name, kind in KINDS.items() for action in kind.verbs]


# `make proofs` tries each kill too, and prints how it was shown.
@pytest.mark.promise(10)
@pytest.mark.parametrize(("kind", "action"), [each for each in EVERY if each[1] == "disable"])
def test_the_policies_allow_what_is_asked_and_nothing_else(trials: Trials, kind: str, action: Action) -> None:
    found = least(trials, kind, action)

    assert found.seen.looks
    assert found.seen.calls
    assert found.refused == ()
    assert found.idle == ()


@pytest.mark.parametrize("purpose", ["read", "act"])
def test_all_kinds_together_are_allowed_no_more_than_each_by_itself(purpose: Purpose) -> None:
    def actions(documents: list[Document]) -> set[str]:
        return {one for document in documents for statement in document["Statement"] for one in statement["Action"]}

    apart = [policies(purpose, {kind: (action,)}) for kind, action in EVERY]

    assert actions(policies(purpose, everything())) == set().union(*map(actions, apart))
