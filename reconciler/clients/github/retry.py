"""When a request to GitHub is sent again: never if it may have been carried out, nor after too long a wait."""

from __future__ import annotations

import json
from types import TracebackType
from typing import Any, Self

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from reconciler.clients.github.wait_budget import WaitBudget
from reconciler.errors import Deferred, TrackerRefused
from reconciler.render.escape import one_line

REPEATABLE = frozenset({"GET", "HEAD"})  # all others may have been carried out
QUERIES = "/graphql"  # is asked by POST, and Krampus changes nothing there
MOVED, FORBIDDEN, TOO_MANY = frozenset({301, 302, 303, 307, 308}), 403, 429
BROKEN = frozenset(range(500, 600))
SECONDARY_WAIT = 60.0  # GitHub: "wait for at least one minute", then longer each time
NO_REASON = "no reason given"
LIMITS = ("api rate limit exceeded", "secondary rate limit", "abuse detection", "wait a few minutes", "again later")


class SafeRetry(Retry):
    """urllib3's Retry, but for a few rules.

    A request is sent again if it was certainly not carried out: GitHub could not be reached, or refused it by a limit.
    Only reads are sent again after a broken answer or none: an issue that is opened twice is worse than one that the
    next run opens. Raises Deferred and TrackerRefused where there is nothing to send again. A redirect is followed
    by nobody: it may lead to another host, and it loses the query.
    Source: GitHub's "Best practices for using the REST API" and "Rate limits for the REST API".
    """

    def __init__(self, wait_budget: WaitBudget | None = None, **kwargs: Any) -> None:
        self.wait_budget = wait_budget or WaitBudget()
        super().__init__(
            **{
                "total": 4,
                "backoff_factor": 1,
                "raise_on_status": False,
                **kwargs,
                "allowed_methods": None,
                "status_forcelist": MOVED | {FORBIDDEN, TOO_MANY} | BROKEN,
            }
        )

    def new(self, **kw: Any) -> Self:
        """The same with other numbers."""
        return super().new(wait_budget=self.wait_budget, **kw)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """What is left after one more failure; raises if the request must not, or need not, be sent again."""
        reached = not isinstance(error, NewConnectionError | ConnectTimeoutError)
        repeatable = method in REPEATABLE or (url or "").endswith(QUERIES)
        if error and reached and not repeatable:
            raise error.with_traceback(_stacktrace)
        if response is None:
            return super().increment(method, url, response, error, _pool, _stacktrace)
        if response.status in MOVED:
            message = f"{response.status}: GitHub says it has moved; name the repository as it is called now"
            raise TrackerRefused(message, response.status)
        if response.status in BROKEN and not repeatable:
            message = f"{response.status} from GitHub: it may or may not have been done; the next run checks"
            raise TrackerRefused(message, response.status)
        if response.status in BROKEN:
            return super().increment(method, url, response, error, _pool, _stacktrace)
        wait = self._limit(response)
        try:
            left = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError:
            raise Deferred("GitHub's limit is reached, again and again", response.status) from None
        left.__dict__["wait"] = wait
        return left

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:  # noqa: ARG002  urllib3's own
        """Wait as long as GitHub asked, or a little longer after each failure."""
        self.wait_budget.wait(self.__dict__.get("wait", self.get_backoff_time()))

    def _limit(self, response: BaseHTTPResponse) -> float:
        """How long GitHub asks to wait; TrackerRefused if this is no limit at all."""
        message = _message(response)
        spent = response.headers.get("X-RateLimit-Remaining") == "0"
        asked, reset = response.headers.get("Retry-After", ""), response.headers.get("X-RateLimit-Reset", "")
        if response.status == FORBIDDEN and not (spent or asked or any(limit in message.lower() for limit in LIMITS)):
            raise TrackerRefused(f"403: {message}", FORBIDDEN)
        if asked.isdecimal():
            return float(asked)
        if spent and reset.isdecimal():
            return max(0.0, float(reset) - self.wait_budget.clock()) + 1
        return SECONDARY_WAIT * float(2 ** len(self.history))


def _message(response: BaseHTTPResponse) -> str:
    try:
        said = json.loads(response.data)
    except ValueError:
        said = None
    return one_line(said.get("message") or NO_REASON) if isinstance(said, dict) else NO_REASON
