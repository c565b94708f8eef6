"""A secret is sent where nobody between can read it."""

from __future__ import annotations

import pytest

from reconciler.clients.secret_channel import may_take_secrets


@pytest.mark.parametrize("url", ["https://api.github.com", "http://127.0.0.1:8080/x", "http://[::1]:1", "HTTPS://x"])
def test_over_https_or_to_this_machine(url: str) -> None:
    assert may_take_secrets(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com",
        "http://github.com",
        "http://10.0.0.1",
        "http://localhost",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
    ],
)
def test_and_nowhere_else(url: str) -> None:
    assert not may_take_secrets(url)
