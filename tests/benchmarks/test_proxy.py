"""The proxy of the benchmarks counts what is asked of the emulated AWS, and answers no sooner than it should."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from benchmarks.proxy import Proxy


def app(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"done"]


def ask(proxy: Proxy, action: str = "DescribeInstances", **more: str) -> list[bytes]:
    body = f"Action={action}".encode()
    signed = {"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=A/20261128/eu-west-1/ec2/aws4_request, Signature=s"}
    environ = {"PATH_INFO": "/", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), **signed, **more}
    return list(proxy({**environ, "wsgi.input": BytesIO(body)}, lambda *_: None))


def test_it_counts_reads_and_writes_and_forgets_them() -> None:
    proxy = Proxy(app, delay=0)
    assert ask(proxy) == [b"done"]
    ask(proxy, "StopInstances")

    assert proxy.take() == (1, 1, 1, {"ec2 DescribeInstances": 1, "ec2 StopInstances": 1})
    assert proxy.take() == (0, 0, 0, {})


def test_it_counts_nothing_of_the_benchmark_itself() -> None:
    proxy = Proxy(app, delay=0)
    ask(proxy, HTTP_X_MOTO_ACCOUNT_ID="111122223333")
    ask(proxy, PATH_INFO="/moto-api/reset")

    assert proxy.take() == (0, 0, 0, {})


def test_it_answers_after_the_delay_and_counts_what_is_in_flight() -> None:
    proxy = Proxy(app, delay=0.1)
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ask(proxy), range(4)))

    assert time.monotonic() - began >= proxy.delay
    assert proxy.take().most == 4
