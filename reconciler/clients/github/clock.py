"""What time it is at GitHub: the Date of an answer that takes no token and counts against no limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from reconciler.clients.aws.credentials import off_by, utc_now
from reconciler.clients.github.environment import GithubEnvironment

TIMEOUT = 10  # seconds


def ahead_of_github(around: GithubEnvironment, clock: Callable[[], datetime] = utc_now) -> timedelta | None:
    """How far this machine's clock is ahead of GitHub's; None if GitHub does not tell. It sends no token.

    A refusal tells the time as well as an answer. A redirect is not followed: it is another server's clock.
    """
    import requests

    try:
        answer = requests.get(f"{around.api}/rate_limit", timeout=TIMEOUT, allow_redirects=False, stream=True)
    except (requests.RequestException, ValueError):
        return None
    answer.close()
    if answer.is_redirect:
        return None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return off_by({"ResponseMetadata": {"HTTPHeaders": headers}}, clock())
