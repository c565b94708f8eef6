"""The name of the API operation that an HTTP request is, and whether it writes.

The query and JSON protocols name it in the request. The REST protocols (S3, Lambda, CloudFront) have only a method, a
path and query parameters: these are matched with the models of AWS's services that botocore brings.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from botocore.loaders import Loader

SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
READS = re.compile(r"(Describe|Get|List|Head|AssumeRole|Generate|Simulate|Decode|Lookup|BatchGet)")


class Operation(NamedTuple):
    """service: as requests are signed for it (`s3`); name: as AWS writes it (`GetBucketAcl`)."""

    service: str
    name: str

    @property
    def writes(self) -> bool:
        """Whether it changes something."""
        return not READS.match(self.name)


class Route(NamedTuple):
    """Where a REST service expects an operation. parameters: those that its query must have, with their values."""

    name: str
    method: str
    path: re.Pattern[str]
    parameters: frozenset[str]


def operation_of(environ: dict[str, Any], body: bytes) -> Operation:
    """The operation that a request (in WSGI's form) with this body is."""
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope[3] if scope else ""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    named = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    named = named or environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if named:
        return Operation(service, named)
    method = environ["REQUEST_METHOD"]
    if "/operation/" in path:  # CBOR
        return Operation(service, path.rpartition("/operation/")[2])
    given = set(query.split("&")) | {part.partition("=")[0] for part in query.split("&")}
    for route in _routes(service):
        if route.method == method and route.parameters <= given and route.path.fullmatch(path):
            return Operation(service, route.name)
    return Operation(service, f"{method} {path}")


@cache
def _routes(service: str) -> list[Route]:
    """Those that ask for most come first: `GET /bucket?acl` is no ListObjects."""
    loader = Loader()
    if service not in loader.list_available_services("service-2"):
        return []
    model = loader.load_service_model(service, "service-2")
    routes = [_route(name, one["http"]) for name, one in model["operations"].items() if not one.get("deprecated")]
    return sorted(routes, key=lambda route: (-len(route.parameters), route.path.pattern.count("[^/]+"), route.name))


def _route(name: str, http: dict[str, str]) -> Route:
    path, _, query = http["requestUri"].partition("?")
    pattern = re.sub(r"\\\{[^}]*?(\\\+)?\\\}", lambda part: ".+" if part[1] else "[^/]+", re.escape(path))
    return Route(name, http["method"], re.compile(pattern + "/?"), frozenset(filter(None, query.split("&"))))
