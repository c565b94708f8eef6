"""How GitHub's REST API is reached: by which token, how often, how fast, and where. PyGithub does the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler import __version__
from reconciler.clients.github.environment import GithubEnvironment
from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.clients.secret_channel import may_take_secrets
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.render.escape import one_line

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Repository import Repository
    from github.Requester import Requester

VERSION = "2022-11-28"
TIMEOUT = 20  # seconds
PAGE = 100  # GitHub gives no more


def connect(token: str, around: GithubEnvironment, wait_budget: WaitBudget | None = None) -> Requester:
    """GitHub as the token's owner; nothing is asked yet. DoorClosed if there is no token, or no safe way to send it.

    around: where GitHub is. wait_budget: how long may be waited if GitHub asks to.
    """
    from github.Auth import Token

    if not token:
        raise DoorClosed("there is no token for GitHub; set GITHUB_TOKEN")
    return _requester(Token(token), around, wait_budget or WaitBudget())


def connect_app(around: GithubEnvironment, wait_budget: WaitBudget) -> Requester:
    """GitHub as the App itself, which may only ask for tokens. DoorClosed if its key is none."""
    from github.Auth import AppAuth
    from jwt import PyJWTError

    auth = AppAuth(around.app_id, around.app_key)
    try:
        auth.create_jwt()
    except (PyJWTError, ValueError, TypeError):
        # The error's own text may show a part of the key.
        raise DoorClosed("KRAMPUS_APP_PRIVATE_KEY is not the private key of an App, in PEM form") from None
    return _requester(auth, around, wait_budget)


def repository(requester: Requester, name: str) -> Repository:
    """PyGithub's repository ("owner/name"), of which nothing is asked until something of it is needed."""
    from github.Repository import Repository

    return Repository(requester, url=f"/repos/{name}")


@contextmanager
def strict() -> Iterator[None]:
    """TrackerRefused for what PyGithub makes of an answer that is none of GitHub's: attributes that are not there."""
    from github import BadAttributeException, GithubException

    try:
        yield
    except (GithubException, BadAttributeException, AttributeError, LookupError, TypeError, ValueError) as error:
        says = "GitHub answered in a form that Krampus does not know"
        raise TrackerRefused(f"{says} ({type(error).__name__}); the next run checks") from error


def _requester(auth: Auth, around: GithubEnvironment, wait_budget: WaitBudget) -> Requester:
    from reconciler.clients.github.requester import StrictRequester
    from reconciler.clients.github.retry import SafeRetry

    if not may_take_secrets(around.api):
        raise DoorClosed(f"GITHUB_API_URL is '{one_line(around.api)}': a token is sent over https alone")
    return StrictRequester(
        auth=auth,
        base_url=around.api,
        timeout=TIMEOUT,
        user_agent=f"krampus/{__version__}",
        per_page=PAGE,
        verify=True,
        retry=SafeRetry(wait_budget),
        pool_size=None,
        seconds_between_requests=0,
        seconds_between_writes=around.pace,
        lazy=True,
        api_version=VERSION,
    )
