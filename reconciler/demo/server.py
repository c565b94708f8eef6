"""An embedded AWS: moto behind real HTTP, with a gate in front that records requests and can refuse them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from reconciler.demo import moto_patches

READING = re.compile(r"(Describe|Get|List|Head|AssumeRole|Generate|Simulate|Decode)")
SERVICE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")


@dataclass(frozen=True)
class Request:
    """One request as it arrived. `operation` is the API's name where the wire has one, else method and path."""

    service: str
    region: str
    operation: str
    text: str  # the decoded body, to be searched
    writes: bool


@dataclass
class Gate:
    """A WSGI middleware. `refuse` answers a request itself: it returns (status, body), or None to let it through."""

    app: Any
    refuse: Callable[[Request], tuple[str, str] | None] = lambda _request: None
    requests: list[Request] = field(default_factory=list)

    @property
    def writes(self) -> list[Request]:
        """The requests that change something."""
        return [request for request in self.requests if request.writes]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Record the request, then refuse it or pass it on."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if environ["PATH_INFO"].startswith("/moto-api"):
            return list(self.app(environ, start_response))
        request = _request(environ, body)
        self.requests.append(request)
        refusal = self.refuse(request)
        if refusal is None:
            return list(self.app(environ, start_response))
        status, text = refusal
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(text.encode())))])
        return [text.encode()]


def error(code: str, message: str) -> str:
    """An error as the query protocol (EC2's included) writes it."""
    return (
        f"<ErrorResponse><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )


@contextmanager
def embedded_aws() -> Iterator[tuple[str, Gate]]:
    """A running AWS on a free loopback port: its URL, and the gate in front of it."""
    moto_patches.fill()
    gate = Gate(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, gate, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", gate
    finally:
        server.shutdown()
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing: the gate records every request."""


def _request(environ: dict[str, Any], body: bytes) -> Request:
    scope = SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service, region = (scope[2], scope[1]) if scope else ("", "")
    text = unquote(body.decode("utf-8", "replace"))
    method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    action = action or environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if action:
        return Request(service, region, action, text, writes=not READING.match(action))
    operation = f"{method} {path}{f'?{query}' if query else ''}"
    # Batch looks by POST, too.
    looks = method in ("GET", "HEAD") or bool(re.match(r"/v1/(describe|list)", path))
    return Request(service, region, operation, text, writes=not looks)
