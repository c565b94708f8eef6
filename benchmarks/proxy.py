"""What stands before the emulated AWS: it answers like a far one, and counts.

A call is answered some time after it arrived, or when the emulator is done, if that is later. What the benchmark itself
does there (it names the account in a header of moto's) is neither late nor counted.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any, NamedTuple

from benchmarks.operations import Operation, operation_of
from tests.moto_iam import deny_all


class Calls(NamedTuple):
    """What was counted since the last time. by: calls of each `service Operation`; most: in flight at a time."""

    reads: int
    writes: int
    most: int
    by: dict[str, int]


class Proxy:
    """A WSGI middleware. `delay`: in seconds, from a call's arrival to its answer."""

    def __init__(self, app: Callable[..., Any], delay: float) -> None:
        self.app, self.delay = app, delay
        self.lock = threading.Lock()
        self.counted: Counter[Operation] = Counter()
        self.now = self.most = 0

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a call, or what the benchmark itself asks for under /bench."""
        if environ["PATH_INFO"].startswith("/bench/"):
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self._asked(environ["PATH_INFO"])).encode()]
        if environ["PATH_INFO"].startswith("/moto-api") or "HTTP_X_MOTO_ACCOUNT_ID" in environ:
            return list(self.app(environ, start_response))
        return self._counted(environ, start_response)

    def take(self) -> Calls:
        """What was counted; from now on it is counted anew."""
        with self.lock:
            counted, most = self.counted, self.most
            self.counted, self.most = Counter(), self.now
        writes = sum(count for operation, count in counted.items() if operation.writes)
        by = {f"{one.service} {one.name}": count for one, count in sorted(counted.items())}
        return Calls(counted.total() - writes, writes, most, by)

    def _asked(self, path: str) -> object:
        """`calls`: what was counted; `deny-all/ACCOUNT`: let there be the policy that AWS gives to every account."""
        what, _, account = path.removeprefix("/bench/").partition("/")
        return deny_all(account) if what == "deny-all" else self.take()

    def _counted(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        arrived = time.monotonic()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        operation = operation_of(environ, body)
        with self.lock:
            self.counted[operation] += 1
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            answer = list(self.app(environ, start_response))
            time.sleep(max(0.0, arrived + self.delay - time.monotonic()))
        finally:
            with self.lock:
                self.now -= 1
        return answer
