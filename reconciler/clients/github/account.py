"""Whose token it is, and what that account has written: nothing else is Krampus' own.

GraphQL's `viewer` names the account of every kind of token: a person's, a job's (`github-actions[bot]`), an App's
(`SLUG[bot]`). REST's /user refuses the latter two; it is asked only of a server that has no GraphQL.
Source: GitHub's GraphQL reference, Query.viewer and Issue.userContentEdits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from reconciler.clients.github.answers import Authored, TextEdits, User, Viewer
from reconciler.clients.github.api import strict
from reconciler.errors import Deferred, TrackerRefused

if TYPE_CHECKING:
    from github.Requester import Requester

WHO = "query { viewer { login databaseId } }"
EDITS = """query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) {
issue(number: $number) { userContentEdits(first: 100) { totalCount nodes { editor {
... on Bot { databaseId } ... on User { databaseId } } } } } } }"""
APP = "[bot]"
ACTIONS = f"github-actions{APP}"  # the App of the token that a job is given


@dataclass(frozen=True)
class Account:
    """An account of GitHub. login: as GitHub writes it; id: that of the account, which no other ever has."""

    login: str
    id: int

    def wrote(self, shown: Authored) -> bool:
        """Whether this very account wrote it, and no other App in its name."""
        if shown.user is None or shown.user.id != self.id or shown.user.login.lower() != self.login.lower():
            return False
        by = shown.performed_via_github_app
        if by is None:
            return True
        return f"{by.slug}{APP}".lower() == self.login.lower()


def account_of(requester: Requester, bot: Callable[[], str]) -> Account:
    """The token's account. TrackerRefused if GitHub does not tell: then nothing can be known to be its own.

    bot: the login of the App that made the token, "" if it is none's; asked only where there is no GraphQL.
    """
    try:
        return _viewer(requester)
    except Deferred:
        raise
    except TrackerRefused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise _unknown(refused) from None
    try:
        return _by_rest(requester, bot)
    except Deferred:
        raise
    except TrackerRefused as refused:
        raise _unknown(refused) from None


def _viewer(requester: Requester) -> Account:
    with strict():
        viewer = Viewer.model_validate(_asked(requester, WHO, {}, "viewer"))
    return Account(viewer.login, viewer.databaseId)


def _by_rest(requester: Requester, bot: Callable[[], str]) -> Account:
    """Of a server without GraphQL. To a token of an App REST does not tell its own name, but which App has made it."""
    try:
        return _user(requester, "/user")
    except TrackerRefused as refused:
        if refused.status != HTTPStatus.FORBIDDEN or not (login := bot()):
            raise
    return _user(requester, f"/users/{quote(login)}")


def _user(requester: Requester, path: str) -> Account:
    with strict():
        user = User.model_validate(requester.requestJsonAndCheck("GET", path)[1])
    return Account(user.login, user.id)


def _unknown(refused: TrackerRefused) -> TrackerRefused:
    why = f"GitHub does not tell whose token it is, so nothing is done: {refused}"
    return TrackerRefused(why, refused.status)


def edits_of(requester: Requester, name: str, number: int) -> TextEdits | None:
    """Who has edited the text of an issue, None if nobody has. TrackerRefused if GitHub does not tell."""
    owner, _, repository = name.partition("/")
    variables = {"owner": owner, "name": repository, "number": number}
    found = _asked(requester, EDITS, variables, "repository", "issue", "userContentEdits")
    with strict():
        return None if found is None else TextEdits.model_validate(found)


def _asked(requester: Requester, query: str, variables: dict[str, Any], *path: str) -> Any:
    with strict():
        found = requester.graphql_query(query, variables)[1]["data"]
        for step in path:
            found = found[step]
        return found
