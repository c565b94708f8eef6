"""The harness' own expressions: what it knows is what GitHub means, and what it does not know it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.expressions import Scope, Unknown

SCOPE = Scope(
    {
        "github": {"event_name": "schedule", "token": "t", "event": {"number": 7, "repository": {}}},
        "inputs": {"mode": "apply", "while_paused": False},
        "vars": {},
        "needs": {"plan": {"result": "success", "outputs": {"shards": '["1/2", "2/2"]'}}},
    },
    {"always": True, "success": False, "failure": True, "cancelled": False},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", "it's"),
        ("github.event.number", 7),
        ("vars.KRAMPUS_OFF", ""),
        ("vars.KRAMPUS_OFF != 'true'", True),
        ("github.event_name == 'SCHEDULE'", True),
        ("!cancelled() && needs.plan.result != 'skipped'", True),
        ("inputs.while_paused && 'yes' || ''", ""),
        ("inputs.mode && 'yes' || ''", "yes"),
        ("needs.plan.outputs.missing", ""),
        ("fromJSON(needs.plan.outputs.shards)", ["1/2", "2/2"]),
        ("format('{0}/{1}', inputs.mode, 'x')", "apply/x"),
        ("'refs/heads/main' == format('refs/heads/{0}', github.event.repository.default_branch)", False),
        ("always() && (github.event_name == 'push' || inputs.mode == 'apply')", True),
    ],
)
def test_it_means_what_github_means(text: str, value: Any) -> None:
    assert SCOPE.value(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "hashFiles('x')",
        "github.nobody",
        "needs.plan.result.more",
        "steps.plan.outputs.x",
        "github.event.number > 6",
        "github.event.number == 'seven'",
        "github['token']",
        "'open",
        "(always()",
        "format('{0}', inputs.mode",
        "always() always()",
        "",
    ],
)
def test_what_it_does_not_know_it_refuses(text: str) -> None:
    with pytest.raises((Unknown, IndexError)):
        SCOPE.value(text)


def test_a_condition_without_a_word_of_status_needs_success() -> None:
    assert SCOPE.holds("${{ always() }}") is True
    assert SCOPE.holds("github.event_name == 'schedule'") is False
    assert SCOPE.holds(None) is False


def test_expressions_in_a_text_are_filled_in() -> None:
    assert SCOPE.fill("plan-${{ github.event.number }}-${{ inputs.while_paused }}") == "plan-7-false"
    with pytest.raises(Unknown):
        SCOPE.fill("${{ fromJSON(needs.plan.outputs.shards) }}")
