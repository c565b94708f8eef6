"""A GitHub over real HTTP that keeps GitHub's rules, also those that surprise: state, permissions, limits, faults.

with FakeGithub() as hub:
    hub.add("acme/website")
    token = hub.token("github-actions[bot]", {"acme/website": {"issues": "write"}})
    ... GITHUB_API_URL=hub.url GITHUB_TOKEN=token ...
    hub.faults.append(Fault("POST .*/issues", status=502, after=True))
    assert [request.line for request in hub.requests]
"""

from __future__ import annotations

import copy
import re
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from tests.github.answers import answer
from tests.github.app import App
from tests.github.graphql import answer_graphql
from tests.github.limits import Limits
from tests.github.rules import Refusal
from tests.github.state import Account, Comment, Issue, Permissions, Repository
from tests.github.wire import Answer, Fault, Request, Server
from tests.secrecy import secret

Contract = Callable[[Request], None]


class FakeGithub:
    """One GitHub. `requests`: all that was asked; `faults`: what goes wrong next; `violations`: of the contract.

    base: what goes before each path, such as "/api/v3" on an Enterprise Server.
    cut_after: after so many more writes the main thread gets SIGUSR1, and GitHub's answer gets lost.
    contract: raises ValueError for a request that GitHub's published description does not allow.
    limits: on what an account creates, if there are any.
    """

    def __init__(self, base: str = "", contract: Contract | None = None) -> None:
        self.base, self.contract = base, contract
        self.repositories: dict[str, Repository] = {}
        self.accounts: dict[str, Account] = {}
        self.app: App | None = None
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.limits: Limits | None = None
        self.last_comment = 0
        self.cut_after = 0
        self._lists: dict[str, Repository] | None = None
        self._server = Server(self._serve)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What GITHUB_API_URL should say."""
        return self._server.url + self.base

    def add(self, name: str, **settings: Any) -> Repository:
        """A new repository."""
        self.repositories[name] = Repository(name, **settings)
        return self.repositories[name]

    def token(self, login: str, grants: Mapping[str, Permissions] | None = None) -> str:
        """A new token: of GitHub Actions or an App if the login ends in [bot], else of a person."""
        token = secret("ghs_")
        self.accounts[token] = Account(login, dict(grants or {}))
        return token

    def issues(self, name: str, state: str = "") -> list[Issue]:
        """A repository's issues, oldest first, without pull requests."""
        found = self.repositories[name].issues
        return [one for one in found if one.pull is None and state in ("", one.state)]

    def open_pull(self, name: str, number: int, **pull: Any) -> Issue:
        """A pull request by somebody."""
        issue = Issue(number, "ada", "A change", "Please", [], self.now(), pull={"number": number, **pull})
        self.repositories[name].issues.append(issue)
        return issue

    def open_issue(self, name: str, login: str, title: str, body: str, *labels: str) -> Issue:
        """An issue by somebody, with any labels."""
        repository = self.repositories[name]
        repository.labels.update({label: "ededed" for label in labels if not repository.label(label)})
        number = max((one.number for one in repository.issues), default=0) + 1
        repository.issues.append(Issue(number, login, title, body, list(labels), self.now()))
        return repository.issues[-1]

    def comment(self, issue: Issue, login: str, body: str) -> Comment:
        """A comment by somebody."""
        self.last_comment += 1
        issue.comments.append(Comment(self.last_comment, login, body, self.now()))
        return issue.comments[-1]

    def edit(self, what: Issue | Comment, login: str, body: str) -> None:
        """Somebody with write access edits what another wrote."""
        what.body = body
        if isinstance(what, Issue):
            what.edits.append(login)
        else:
            what.edited_at = self.now() + timedelta(seconds=90)

    def lag(self) -> None:
        """From now on lists show what stands now, and nothing later, until `catch_up`."""
        self._lists = copy.deepcopy(self.repositories)

    def catch_up(self) -> None:
        """Lists show everything again."""
        self._lists = None

    def listed(self, name: str) -> Repository:
        """A repository as lists show it."""
        return (self._lists or self.repositories)[name]

    def seen(self) -> list[Request]:
        """The requests since this was last asked."""
        seen, self.requests = self.requests, []
        return seen

    def posts(self, line: str = "POST /repos/.*/issues") -> int:
        """How many requests of a kind have come so far."""
        return sum(_matches(line, request) for request in self.requests)

    def _serve(self, request: Request) -> Answer | None:
        if self.base and request.path == f"{self.base.removesuffix('/v3')}/graphql":
            request = replace(request, path=f"{self.base}/graphql")
        if not request.path.startswith(self.base + "/"):
            return Answer(404, {"message": "Not Found"})
        request = replace(request, path=request.path.removeprefix(self.base))
        token = request.headers.get("authorization", "").rpartition(" ")[2]
        account = self.accounts.get(token)
        request = replace(request, login=account.login if account else "")
        fault = next((one for one in self.faults if one.strikes(request)), None)
        given = None if fault and not fault.after else self._answer(request, account, token)
        if fault:
            data = given.data if given and fault.status == given.status else {"message": fault.message}
            data = data if fault.data is ... else fault.data
            given = Answer(fault.status, data, fault.headers, fault.raw) if fault.status else None
        self.requests.append(replace(request, status=given.status if given else 0))
        if request.writes and self.cut_after:
            self.cut_after -= 1
            if not self.cut_after:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                return None
        return given

    def _answer(self, request: Request, account: Account | None, token: str) -> Answer:
        try:
            if request.line == "POST /graphql":
                return answer_graphql(self, request, account)
            if self.contract:
                self.contract(request)
            if self.limits:
                self.limits.check(request)
            if self.app and (made := self.app.answer(self, request, token)):
                return made
            return answer(self, request, account)
        except Refusal as refused:
            said = {"message": refused.message, **({"errors": refused.errors} if refused.errors else {})}
            return Answer(refused.status, said, refused.headers)
        except ValueError as wrong:
            self.violations.append(f"{request.line}: {wrong}")
            return Answer(422, {"message": f"against the contract: {wrong}"})


def _matches(line: str, request: Request) -> bool:
    return re.fullmatch(line, request.line) is not None
