"""The door to GitHub's REST API: PyGithub with patience that ends, nothing sent twice, and errors in words."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler import __version__
from reconciler.clients.github.environment import GithubEnvironment
from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.clients.secret_channel import may_take_secrets
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.render.escape import one_line

if TYPE_CHECKING:
    from github import Github
    from github.Auth import Auth

VERSION = "2022-11-28"
TIMEOUT = 20
PAGE = 100  # GitHub gives no more
NEXT = re.compile(r'<([^>]*)>;\s*rel="next"')
MEANINGS = {
    401: "the token is not known to GitHub; renew it",
    404: "it is not there, or the token may not see it",
    410: "issues are disabled there; switch them on",
}


def connect(token: str, around: GithubEnvironment, patience: WaitBudget | None = None) -> Github:
    """GitHub as the token's owner; nothing is asked yet. DoorClosed if there is no token, or no safe way to send it.

    around: where GitHub is. patience: how long may be waited if GitHub asks to.
    """
    import github

    if not token:
        raise DoorClosed("there is no token for GitHub; set GITHUB_TOKEN")
    return _client(github.Auth.Token(token), around, patience or WaitBudget())


def connect_app(around: GithubEnvironment, patience: WaitBudget) -> Github:
    """GitHub as the App itself, which may only ask for tokens. DoorClosed if its key is none."""
    import github
    from jwt import PyJWTError

    auth = github.Auth.AppAuth(around.app_id, around.app_key)
    try:
        auth.create_jwt()
    except (PyJWTError, ValueError, TypeError):
        # The error's own text may show a part of the key.
        raise DoorClosed("KRAMPUS_APP_PRIVATE_KEY is not the private key of an App, in PEM form") from None
    return _client(auth, around, patience)


def _client(auth: Auth, around: GithubEnvironment, patience: WaitBudget) -> Github:
    import github

    from reconciler.clients.github.retry import SafeRetry

    if not may_take_secrets(around.api):
        raise DoorClosed(f"GITHUB_API_URL is '{one_line(around.api)}': a token is sent over https alone")
    return github.Github(
        auth=auth,
        base_url=around.api,
        per_page=PAGE,
        lazy=True,
        timeout=TIMEOUT,
        user_agent=f"krampus/{__version__}",
        api_version=VERSION,
        retry=SafeRetry(patience),
        seconds_between_requests=0,
        seconds_between_writes=around.pace,
    )


def ask(
    github: Github,
    verb: str,
    path: str,
    parameters: Mapping[str, str | int] | None = None,
    body: Mapping[str, Any] | None = None,
) -> tuple[dict[str, str], Any]:
    """Send one request; the answer's headers (in small letters) and its data.

    TrackerRefused with a sentence for a person if it was not done, for sure or perhaps; Deferred if it may be later.
    """
    from github import GithubException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    try:
        return github.requester.requestJsonAndCheck(verb, path, dict(parameters or {}), input=body and dict(body))
    except GithubException as error:
        raise TrackerRefused(f"{error.status}: {_meaning(error)}", error.status) from None
    except (RequestException, HTTPError):
        # The error's own text may be as long as it likes, and shows the URL.
        raise TrackerRefused(f"GitHub gave no answer to {verb} {path}; the next run looks") from None
    except ValueError:
        raise TrackerRefused(f"GitHub's answer to {verb} {path} is not JSON; the next run looks") from None


def pages(github: Github, path: str, parameters: Mapping[str, str | int]) -> Iterator[dict[str, Any]]:
    """All items of a list, over its pages; TrackerRefused if one cannot be read, so that no part passes for all."""
    given: Mapping[str, str | int] = {**parameters, "per_page": PAGE}
    while path:
        headers, items = ask(github, "GET", path, given)
        if not isinstance(items, list):
            raise TrackerRefused(f"GitHub's answer to GET {path} is no list")
        yield from items
        following = NEXT.search(headers.get("link", ""))
        path, given = _path(github, following[1]) if following else "", {}


def _path(github: Github, link: str) -> str:
    """A link without its host, which must be the API's own: the token goes nowhere else."""
    base, there = urllib.parse.urlsplit(github.requester.base_url), urllib.parse.urlsplit(link)
    if (there.scheme, there.netloc) != (base.scheme, base.netloc) or not there.path.startswith(base.path):
        raise TrackerRefused(f"GitHub's list goes on at another address ({there.netloc[:100]}); it is not followed")
    return f"{there.path.removeprefix(base.path.rstrip('/'))}?{there.query}"


def _meaning(error: Any) -> str:
    data = error.data if isinstance(error.data, dict) else {}
    said = one_line(data.get("message") or "no reason given")
    details = one_line("; ".join(_detail(one) for one in data.get("errors") or () if isinstance(one, dict)))
    known = MEANINGS.get(error.status, "")
    return " · ".join(part for part in (known, said, details) if part)


def _detail(error: Mapping[str, Any]) -> str:
    return str(error.get("message") or f"{error.get('field')}: {error.get('code')}")
