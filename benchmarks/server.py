"""The emulated AWS as a process of its own, so that its work is nobody else's. Prints its URL; ends with its input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DELAY = 0.05  # seconds


@contextmanager
def far_aws() -> Iterator[str]:
    """The URL of an AWS whose answers take DELAY. It ends with the block."""
    command = [sys.executable, "-m", "benchmarks.server"]
    # The server, ourselves.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout  # noqa: S101  it is a pipe
        yield process.stdout.readline().strip()
        process.communicate("")


def main() -> None:
    """Serve until the input ends."""
    from benchmarks.proxy import Proxy
    from reconciler.demo.server import embedded_aws

    _tell_of_closed_functions()
    with embedded_aws() as (url, gate):
        gate.app = Proxy(gate.app, DELAY)
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        sys.stdin.read()


def _tell_of_closed_functions() -> None:
    """GetFunction tells of a reserved concurrency, as AWS does, also if it is 0; moto then tells of none."""
    from moto.awslambda.models import LambdaFunction

    usual = LambdaFunction.get_code

    def get_code(function: Any) -> dict[str, Any]:
        closed = {"Concurrency": {"ReservedConcurrentExecutions": 0}} if function.reserved_concurrency == 0 else {}
        return {**usual(function), **closed}

    setattr(LambdaFunction, "get_code", get_code)  # noqa: B010  mypy would not have it otherwise


if __name__ == "__main__":
    main()
