"""GitHub's OIDC token of the running job, which AWS takes for its identity: requested anew each time, never stored.

Source: GitHub's "OpenID Connect reference". The job needs `permissions: id-token: write`; forks' pull requests never
have it. The token is valid for minutes, the secret that requests it for as long as the job.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from reconciler.clients.repeat import repeat
from reconciler.clients.secret_channel import may_take_secrets
from reconciler.errors import DoorClosed

AUDIENCE = "sts.amazonaws.com"
URL, SECRET = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
PINNED = ("repository_id", "ref", "environment", "job_workflow_ref")
WAITS = (0.5, 1, 2)  # seconds
TIMEOUT = 10.0


class NoToken(Exception):  # noqa: N818  it names what is missing
    """GitHub gave no token. The text says why, and has nothing of a token in it."""


@dataclass(frozen=True)
class JobToken:
    """Where the job requests its token, and the secret by which it may."""

    url: str
    secret: str = field(repr=False)
    pause: Callable[[float], None] = time.sleep

    def fresh(self) -> str:
        """A new token (a JWT) for AWS; NoToken if GitHub gives none."""
        answer = repeat(self._ask, WAITS, self.pause)
        if isinstance(answer, NoToken):
            raise answer
        return answer

    def _ask(self) -> tuple[str | NoToken, bool]:
        """The token, or why there is none; and whether that passes."""
        joint = "&" if "?" in self.url else "?"
        headers = {"Authorization": f"bearer {self.secret}", "Accept": "application/json"}
        request = Request(f"{self.url}{joint}audience={quote(AUDIENCE)}", headers=headers)  # noqa: S310  see job_token
        try:
            with build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
                return _value(answer.read()), False
        except HTTPError as error:
            passes = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code == HTTPStatus.TOO_MANY_REQUESTS
            return NoToken(f"GitHub gave this job no token (HTTP {error.code})"), passes
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            return NoToken(f"GitHub could not be asked for this job's token ({type(reason).__name__})"), True
        except NoToken as error:
            return error, True


def job_token(environment: Mapping[str, str]) -> JobToken:
    """Where this job requests its token; DoorClosed if it may not, or if this is no job of GitHub Actions."""
    url, secret = environment.get(URL, ""), environment.get(SECRET, "")
    if not (url and secret):
        raise DoorClosed(
            "`aws.credentials: oidc` needs the token of a GitHub Actions job, and this process may not ask for one: "
            "give the job `permissions: id-token: write` (pull requests of forks never get it), or write "
            "`aws: {credentials: role}` in krampus.yaml to run elsewhere"
        )
    if not may_take_secrets(url):
        raise DoorClosed(f"{URL} is no https address, so this job's token is not asked for there")
    return JobToken(url, secret)


def presented(token: str) -> str:
    """What of a token's claims a trust policy may pin, for a message: its `sub` and others, none of which is a secret.

    "" if it cannot be read. Nothing is verified.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return ""
    if not isinstance(claims, dict) or not claims.get("sub"):
        return ""
    return ", ".join([f"`{claims['sub']}`", *(f"{name} `{claims[name]}`" for name in PINNED if claims.get(name))])


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        """Follow no redirect: the secret must not be shown to another host."""


def _value(body: bytes) -> str:
    try:
        value = json.loads(body)["value"]
    except (ValueError, LookupError, TypeError):
        value = None
    if not isinstance(value, str) or not value:
        raise NoToken("GitHub's answer to the request for this job's token holds none")
    return value
