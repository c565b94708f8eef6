"""What the fake answers to GraphQL: whose token it is, and who has edited an issue's text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.github.rules import Refusal
from tests.github.state import Account, show_user
from tests.github.wire import Answer, Request

if TYPE_CHECKING:
    from tests.github.fake import FakeGithub

VIEWER = "viewer { login databaseId }"
EDITS = "userContentEdits"


def answer_graphql(hub: FakeGithub, request: Request, account: Account | None) -> Answer:
    """The answer to one query, of the two that Krampus is known to ask."""
    if account is None:
        raise Refusal(401, "Bad credentials")
    asked, given = request.body["query"], request.body["variables"]
    if VIEWER in asked:
        return Answer(200, {"data": {"viewer": _account(account.login)}})
    if EDITS in asked:
        return Answer(200, {"data": {"repository": {"issue": {EDITS: _edits(hub, given)}}}})
    raise ValueError("a query that Krampus is not known to ask")


def _account(login: str) -> dict[str, Any]:
    shown = show_user(login)
    return {"login": shown["login"], "databaseId": shown["id"]}


def _edits(hub: FakeGithub, given: dict[str, Any]) -> dict[str, Any] | None:
    issue = hub.repositories[f"{given['owner']}/{given['name']}"].get(given["number"])
    assert issue
    if not issue.edits:
        return None
    nodes = [{"editor": {"databaseId": _account(login)["databaseId"]} if login else None} for login in issue.edits]
    return {"totalCount": len(nodes), "nodes": nodes[:100]}
