"""What the SDK prepares again for each client, prepared once for all tests; what it then does is the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.client import ClientCreator

from reconciler.clients.aws.sessions import without_label

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
MODELS = botocore.loaders.create_loader()


def prepare_once() -> None:
    """Read AWS's descriptions of its services, megabytes each, and make their clients' methods, but once a process."""
    botocore.session.create_loader = lambda _path=None: MODELS
    made: dict[str, dict[str, Any]] = {}
    make = ClientCreator._create_methods

    def create_methods(creator: Any, model: Any) -> dict[str, Any]:
        if model.service_name not in made:
            made[model.service_name] = make(creator, model)
        return dict(made[model.service_name])

    ClientCreator._create_methods = create_methods


def offline(service: str, region: str) -> Any:
    """A client of its own that is to send nothing: for its methods' names and shapes, or for a Stubber."""
    return boto3.client(service, region_name=region, **KEYS)


def fresh(endpoint: str, account: str, region: str, service: str) -> Any:
    """A client of its own, for a service in an account of that AWS.

    Moto takes the account from a header, so that no credentials of the account are needed: those of STS would end with
    the world that they come from, and a client is for many.
    """
    made = without_label(boto3.client(service, region_name=region, endpoint_url=endpoint, **KEYS))
    made.meta.events.register("request-created", _header("x-moto-account-id", account))
    return made


@lru_cache(maxsize=256)
def client(endpoint: str, account: str, region: str, service: str) -> Any:
    """The same, made once and shared by all tests, so that none may change what it does."""
    made = fresh(endpoint, account, region, service)
    register = made.meta.events.register

    def refuse(event: str, *arguments: Any, **named: Any) -> None:
        # A Stubber registers for every operation, and takes that back.
        assert event.endswith("*"), f"this client is shared by all tests: take one of your own for {event}"
        register(event, *arguments, **named)

    made.meta.events.register = refuse
    return made


def _header(name: str, value: str) -> Any:
    def add(request: Any, **_: Any) -> None:
        request.headers[name] = value

    return add
