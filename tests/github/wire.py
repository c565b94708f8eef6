"""HTTP for the fake: what came in, what goes out, and the faults that may be put between."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """What somebody asked. `login`: whose token it came with; `status`: what was answered, 0 for nothing."""

    verb: str
    path: str
    query: dict[str, str]
    headers: dict[str, str] = field(repr=False)
    body: Any = None
    login: str = ""
    status: int = 0

    @property
    def line(self) -> str:
        """`GET /repos/acme/website/issues`."""
        return f"{self.verb} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        asks = self.verb in ("GET", "HEAD") or self.path.endswith("/graphql")
        return not asks and not self.path.startswith("/app/")


@dataclass(frozen=True)
class Answer:
    """What goes back. raw: instead of the data, as it is."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose line matches; `after`: it is carried out all the same.

    status 0: the connection is dropped.
    """

    line: str
    status: int = 502
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    times: int = 1
    skip: int = 0  # matching requests that pass first
    data: Any = ...  # what is answered instead, if it is given
    raw: bytes | None = None  # likewise, as it is

    def strikes(self, request: Request) -> bool:
        """Whether it is this request's turn; counts it."""
        if self.times <= 0 or not re.fullmatch(self.line, request.line):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


Serve = Callable[[Request], Answer | None]


class Server(ThreadingHTTPServer):
    """On a free port of this machine. `serve` answers one request at a time; None drops the connection."""

    daemon_threads = True

    def __init__(self, serve: Serve) -> None:
        self.serve, self.lock = serve, threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's fault."""


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive as GitHub keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        there = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(there.path),
            dict(parse_qsl(there.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(raw) if raw else None,
        )
        with self.server.lock:
            answer = self.server.serve(request)
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        text = b"" if answer.data is None else json.dumps(answer.data).encode()
        text = text if answer.raw is None else answer.raw
        # The other sends the Date of now as well.
        (self.send_response_only if "Date" in answer.headers else self.send_response)(answer.status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815  http.server's own names

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the fake keeps its own log."""
