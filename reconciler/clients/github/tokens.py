"""Which token opens which repository: the job's own for this one; for others the App's, or a given one."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from reconciler.clients.github.account import ACTIONS
from reconciler.clients.github.account import APP as BOT
from reconciler.clients.github.api import connect, connect_app, repository, strict
from reconciler.clients.github.environment import GithubEnvironment
from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.model.repository_settings import RepositorySettings

if TYPE_CHECKING:
    from github.Requester import Requester

APP = "the App itself"
NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Tokens:
    """The tokens of one run, made when first needed. `homes`: all repositories with issues, "" for this one."""

    around: GithubEnvironment
    homes: frozenset[str]
    wait_budget: WaitBudget = field(default_factory=WaitBudget)
    _opened: dict[str, Requester] = field(default_factory=dict, init=False, repr=False)

    def check(self) -> None:
        """DoorClosed, with what to set, if a repository could not be opened. Nothing is asked of GitHub."""
        around = self.around
        if not NAME.fullmatch(around.repository):
            raise DoorClosed("GITHUB_REPOSITORY must name this repository, as owner/name, for its issues")
        connect(around.token, around, self.wait_budget)
        others = sorted(self.homes - {"", around.repository.lower()})
        if others and not around.issues_token and not (around.app_id and around.app_key):
            raise DoorClosed(
                f"teams have their issues in {', '.join(others[:3])}{' …' if others[3:] else ''}, which GITHUB_TOKEN "
                "does not reach: set KRAMPUS_APP_ID and KRAMPUS_APP_PRIVATE_KEY, or KRAMPUS_ISSUES_TOKEN"
            )
        if others and not around.issues_token:
            self._app()

    def named(self, home: str) -> str:
        """The name of a home, "owner/name"."""
        return home or self.around.repository

    def token_owner(self, home: str) -> str:
        """Whose token opens a home: homes of one owner of tokens share GitHub's limit."""
        if home in ("", self.around.repository.lower()):
            return "this repository"
        return "the given token" if self.around.issues_token else home.partition("/")[0]

    def bot(self, home: str) -> str:
        """The login of the App whose token opens a home: Actions' own, or ours; "" of a token that was given."""
        if self.token_owner(home) == "this repository":
            return ACTIONS
        if self.around.issues_token:
            return ""
        with strict():
            return f"{self._app().requestJsonAndCheck('GET', '/app')[1]['slug']}{BOT}"

    def open(self, home: str) -> Requester:
        """GitHub by the token for a home; TrackerRefused if the App is not installed there."""
        token_owner = self.token_owner(home)
        if token_owner not in self._opened:
            with strict():
                self._opened[token_owner] = connect(self._token(home), self.around, self.wait_budget)
        return self._opened[token_owner]

    def settings(self, home: str) -> RepositorySettings:
        """What GitHub says of a home. TrackerRefused if it says nothing, as all that asks GitHub here."""
        requester = self.open(home)
        with strict():
            shown = repository(requester, self.named(home)).complete()
            scopes = requester.oauth_scopes
            return RepositorySettings(
                archived=bool(shown.archived),
                has_issues=shown.has_issues is not False,
                private=bool(shown.private),
                scopes=None if scopes is None else tuple(scopes),
            )

    def create_untitled_issue(self, home: str) -> None:
        """Ask for an issue without a title, which GitHub refuses: with 422 to those who may write issues there."""
        with strict():
            repository(self.open(home), self.named(home)).create_issue("")

    def _token(self, home: str) -> str:
        if self.token_owner(home) == "this repository":
            return self.around.token
        return self.around.issues_token or self._mint(home)

    def _mint(self, home: str) -> str:
        """A token of the App for one owner's repositories that have our issues, and for issues alone.

        It is asked for by our own requests: PyGithub's AppInstallationAuth narrows to permissions, not to repositories.
        """
        app = self._app()
        try:
            installation = app.requestJsonAndCheck("GET", f"/repos/{home}/installation")[1]["id"]
        except TrackerRefused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                raise TrackerRefused(
                    f"the App {self.around.app_id} is not installed for {home}", refused.status
                ) from None
            raise
        path, rights = f"/app/installations/{installation}/access_tokens", {"permissions": {"issues": "write"}}
        try:
            answer = app.requestJsonAndCheck("POST", path, input={**rights, "repositories": self._of(home)})[1]
        except TrackerRefused as refused:
            if refused.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                raise
            # One of them is not the App's to see, which must not shut the others out.
            answer = app.requestJsonAndCheck("POST", path, input=rights)[1]
        return str(answer["token"])

    def _app(self) -> Requester:
        if APP not in self._opened:
            self._opened[APP] = connect_app(self.around, self.wait_budget)
        return self._opened[APP]

    def _of(self, home: str) -> list[str]:
        names: dict[str, list[str]] = defaultdict(list)
        for home_name in sorted(self.homes - {"", self.around.repository.lower()}):
            owner, _, name = home_name.partition("/")
            names[owner].append(name)
        return names[home.partition("/")[0]]
