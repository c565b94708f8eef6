"""When a request may go out: token buckets ahead of AWS's own, which slow down where AWS says that it was too fast.

The SDK's adaptive mode would do the latter for each client; a client is shared by all accounts here, and one throttled
account would slow down all others. Its waits are its own, too: what is waited for here ends as the run's time is over.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from reconciler.clients.aws.errors import is_throttled, retry_after
from reconciler.clients.aws.rates import Limit, limits

SHARE = 0.9  # of what AWS says that it takes: others ask in the same account, too
UNPUBLISHED = 5.0  # requests a second, once a service that publishes no rate has said that it was too fast
LESS, MORE, SLOWEST = 0.8, 1.05, 0.01  # times the rate, when throttled and with each success; at least, of the full one
NAP = 5.0  # seconds at most until it is asked again whether there is time left
PATIENCE = 600.0  # seconds without a single success, after which it is no matter of pace


class Late(Exception):  # noqa: N818  a verdict, not an error
    """The call was not sent, for there is no time left for it. Says why."""


class Bucket:
    """The tokens of one account, region and family of operations, by a clock in seconds.

    ahead: wait from the beginning, and not only once AWS has said that it was too fast; lock: of all buckets, of which
    there are tens of thousands, and held for no time
    """

    __slots__ = ("_at", "_burst", "_counts", "_full", "_lock", "_not_before", "_rate", "_refused", "_slowed", "_tokens")

    def __init__(self, limit: Limit | None, now: float, lock: threading.Lock, *, ahead: bool) -> None:
        self._full = limit.rate * SHARE if limit else UNPUBLISHED
        self._burst = limit.burst * SHARE if limit else 1.0
        self._counts = limit.counts if limit else ""
        self._rate = self._full if limit and ahead else math.inf
        self._tokens, self._at, self._not_before, self._slowed = self._burst, now, now, -math.inf
        self._refused: float | None = None  # since when AWS has taken nothing
        self._lock = lock

    def cost(self, arguments: Mapping[str, Any]) -> int:
        """How many tokens a request with these arguments takes."""
        return len(arguments.get(self._counts, ())) if self._counts else 1

    def take(self, now: float, cost: int) -> float:
        """Take tokens, those to come if need be; in how many seconds they are there."""
        with self._lock:
            if math.isinf(self._rate):
                return max(0.0, self._not_before - now)
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= cost
            return max(0.0, -self._tokens / self._rate, self._not_before - now)

    def give_back(self, cost: int) -> None:
        """Take it back: nothing was sent."""
        with self._lock:
            self._tokens += cost

    def slow_down(self, now: float, taken: float, after: float) -> float:
        """AWS was asked too fast. For how many seconds it has taken nothing.

        taken: when the refused request got its tokens: what was on its way when the bucket was slowed down tells
        nothing new; after: for how many seconds AWS wants to be left alone
        """
        with self._lock:
            self._not_before = max(self._not_before, now + after)
            if taken > self._slowed:
                slower = self._full if math.isinf(self._rate) else self._rate * LESS
                self._rate, self._slowed = max(slower, self._full * SLOWEST), now
            # Those of AWS are used up; what waits has its own already.
            self._tokens, self._at = min(0.0, self._tokens + (now - self._at) * self._rate), now
            self._refused = now if self._refused is None else self._refused
            return now - self._refused

    def speed_up(self) -> None:
        """AWS took it."""
        with self._lock:
            self._refused = None
            if not math.isinf(self._rate):
                self._rate = min(self._full, self._rate * MORE)


@dataclass(frozen=True)
class Pace:
    """The buckets of one run, which both its roles and all its threads share.

    clock: seconds, from whenever; pause: lets so many go by. ahead: False before an AWS that has no limits of its own:
    then only its answers slow a run down.
    """

    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep
    ahead: bool = True
    _buckets: dict[tuple[str, str, str, str], Bucket] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def buckets(self, account: str, region: str, service: str, operation: str) -> list[Bucket]:
        """Those that a request takes from; what a service takes that publishes no rates is one family."""
        held = limits(service, operation)
        names = [f"{limit.counts}:{'*' if limit.together else operation}" for limit in held] or [""]
        keys = [(account, region, service, name) for name in names]
        with self._lock:
            for key, limit in zip(keys, held or [None], strict=True):
                if key not in self._buckets:
                    self._buckets[key] = Bucket(limit, self.clock(), self._lock, ahead=self.ahead)
            return [self._buckets[key] for key in keys]

    def send(
        self,
        buckets: list[Bucket],
        arguments: Mapping[str, Any],
        once: Callable[[], Any],
        why_not: Callable[[], str] = lambda: "",
    ) -> Any:
        """What `once` returns, which sends one request, when it is its turn, and again when AWS says "slow down".

        Late if by then `why_not` says why nothing may be sent any more; AWS's own error after too long a time in which
        it took nothing of the kind.
        """
        while True:
            taken = self.clock()
            self._wait(buckets, arguments, why_not)
            try:
                answer = once()
            except ClientError as error:
                if not is_throttled(error):
                    _took(buckets)
                    raise
                now, after = self.clock(), retry_after(error)
                if min(bucket.slow_down(now, taken, after) for bucket in buckets) > PATIENCE:
                    raise
            else:
                _took(buckets)
                return answer

    def _wait(self, buckets: list[Bucket], arguments: Mapping[str, Any], why_not: Callable[[], str]) -> None:
        costs = [bucket.cost(arguments) for bucket in buckets]
        now = self.clock()
        until = now + max(bucket.take(now, cost) for bucket, cost in zip(buckets, costs, strict=True))
        while True:
            if why := why_not():
                for bucket, cost in zip(buckets, costs, strict=True):
                    bucket.give_back(cost)
                raise Late(why)
            left = until - self.clock()
            if left <= 0:
                return
            self.pause(min(left, NAP))


def _took(buckets: list[Bucket]) -> None:
    """AWS looked at the request, whatever it said of it."""
    for bucket in buckets:
        bucket.speed_up()
