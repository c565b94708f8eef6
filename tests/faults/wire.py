"""Between Krampus and the embedded AWS: counts requests, and has one of them meet a fault."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from reconciler.demo.server import Gate, Request, error
from tests.faults.launch import SHORT

KILLS = ("kill before", "kill after")
FAULTS = (*KILLS, "reset before", "reset after", "timeout", "throttle")


@dataclass
class Wire:
    """Sits before the gate's app. `on`: requests count; `pid`: whom a kill ends; `number`, `kind`: the fault."""

    gate: Gate
    on: bool = False
    pid: int = 0
    number: int = 0
    kind: str = ""
    met: str = ""
    seen: list[str] = field(default_factory=list)
    accepted: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app, self._lock, self._now = self.gate.app, threading.Lock(), threading.local()
        self.gate.app, self.gate.refuse = self, self._note

    def _note(self, request: Request) -> None:
        self._now.request = request

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request, with what is to happen to it."""
        if not self.on or environ["PATH_INFO"].startswith("/moto-api"):
            return list(self._app(environ, start_response))
        request: Request = self._now.request
        with self._lock:
            self.seen.append(request.operation)
            hit = len(self.seen) == self.number
        if not hit:
            return self._pass_on(request, environ, start_response)
        self.met = request.operation
        if self.kind in ("kill before", "reset before"):
            return self._drop(environ, start_response)
        if self.kind == "throttle":
            text = error("Throttling", "Rate exceeded")
            start_response("400 Slow", [("Content-Type", "text/xml"), ("Content-Length", str(len(text)))])
            return [text.encode()]
        if self.kind == "timeout":
            answer = self._pass_on(request, environ, start_response)
            time.sleep(SHORT * 2)
            return answer
        self._pass_on(request, environ, lambda *_: None)
        return self._drop(environ, start_response)

    def _pass_on(
        self, request: Request, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        said: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said.append(status)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = list(self._app(environ, start))
        if request.writes and said[0] < "400":
            self.accepted.append(request)
        return answer

    def _drop(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.kind in KILLS:
            os.kill(self.pid, signal.SIGKILL)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start_response("500 Gone", [])
        return []
