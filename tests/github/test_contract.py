"""The contract can refuse: without this, a check that checks nothing would look like a good one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.github.contract import Contract
from tests.github.wire import Request

CONTRACT = Contract()
ISSUES = "/repos/acme/cloud/issues"
GOOD: dict[str, dict[str, Any]] = {
    f"POST {ISSUES}": {"title": "One", "body": "Text", "labels": ["krampus"]},
    f"PATCH {ISSUES}/1": {"title": "One", "state": "closed", "state_reason": "completed", "labels": []},
    f"POST {ISSUES}/1/comments": {"body": "Text"},
    f"PATCH {ISSUES}/comments/1": {"body": "Text"},
    f"PUT {ISSUES}/1/lock": {"lock_reason": "resolved"},
    "POST /repos/acme/cloud/labels": {"name": "krampus", "color": "5319e7", "description": "Krampus"},
    "POST /app/installations/1/access_tokens": {"repositories": ["cloud"], "permissions": {"issues": "write"}},
}
NOTHING: dict[str, str] = {}


def check(line: str, body: Any = None, query: dict[str, str] = NOTHING) -> None:
    verb, path = line.split()
    CONTRACT(Request(verb, path, query, {}, body))


def test_it_knows_every_write() -> None:
    writes = {name for name in CONTRACT.operations if not name.startswith("GET")}
    assert len(writes - {"DELETE /repos/{owner}/{repo}/issues/{issue_number}/lock"}) == len(GOOD)


@pytest.mark.parametrize("line", GOOD)
def test_it_takes_what_is_right_and_refuses_a_field_too_many(line: str) -> None:
    check(line, GOOD[line])
    with pytest.raises(ValueError, match="lables"):
        check(line, {**GOOD[line], "lables": ["krampus"]})


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        (f"PATCH {ISSUES}/1", "state", "banana"),
        (f"PATCH {ISSUES}/1", "state_reason", "banana"),
        (f"PATCH {ISSUES}/1", "title", "x" * 257),
        (f"POST {ISSUES}", "title", None),
        (f"POST {ISSUES}", "body", "x" * 65_537),
        (f"POST {ISSUES}", "labels", ["x" * 51]),
        (f"POST {ISSUES}", "labels", ["a,b"]),
        (f"POST {ISSUES}", "labels", ["x"] * 101),
        (f"POST {ISSUES}", "assignees", ["x"] * 11),
        (f"POST {ISSUES}/1/comments", "body", "x" * 65_537),
        ("POST /repos/acme/cloud/labels", "color", "#5319e7"),
        ("POST /repos/acme/cloud/labels", "description", "x" * 101),
        ("POST /app/installations/1/access_tokens", "permissions", {"issue": "write"}),
        ("POST /app/installations/1/access_tokens", "permissions", {"issues": "admin"}),
    ],
)
def test_it_refuses_a_wrong_value(line: str, field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        check(line, {**GOOD[line], field: value})


@pytest.mark.parametrize(
    ("line", "body", "query"),
    [
        (f"GET {ISSUES}", None, {"lables": "krampus"}),
        (f"GET {ISSUES}", None, {"per_page": "101"}),
        (f"GET {ISSUES}", None, {"per_page": "many"}),
        (f"GET {ISSUES}", None, {"state": "banana"}),
        (f"GET {ISSUES}", {"state": "open"}, {}),
        (f"PATCH {ISSUES}/one", {"state": "open"}, {}),
        (f"POST {ISSUES}/comments", {"body": "x"}, {}),
        (f"POST {ISSUES}", {"body": "x"}, {}),
        (f"DELETE {ISSUES}/1", None, {}),
        ("GET /search/issues", None, {"q": "krampus"}),
    ],
)
def test_it_refuses_what_github_does_not_know(line: str, body: Any, query: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        check(line, body, query)


def test_it_takes_how_issues_are_listed() -> None:
    check(f"GET {ISSUES}", None, {"labels": "krampus", "state": "open", "per_page": "100", "page": "2"})
