"""What every test may ask for."""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator

import pytest

from tests.aws import Here, start_moto


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """One moto server a test process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server, url = start_moto()
    yield url
    server.stop()


@pytest.fixture
def endpoint(moto_url: str) -> str:
    """The URL of an AWS in which nothing exists yet."""
    request = urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")  # noqa: S310  a loopback URL
    urllib.request.urlopen(request).close()  # noqa: S310
    return moto_url


@pytest.fixture
def here(endpoint: str) -> Here:
    """One account of an empty AWS, in one region."""
    return Here(endpoint)
