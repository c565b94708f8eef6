"""What the tests of GitHub may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.github.fake import FakeGithub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGithub]:
    """A GitHub with the repository acme/cloud, of which the environment speaks as a job's does; writes at full pace."""
    for name in os.environ:
        if name.startswith(("GITHUB_", "KRAMPUS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with FakeGithub() as hub:
        hub.add("acme/cloud")
        token = hub.token("github-actions[bot]", {"acme/cloud": {"issues": "write", "pull_requests": "write"}})
        said = {"API_URL": hub.url, "SERVER_URL": hub.url, "REPOSITORY": "acme/cloud", "TOKEN": token}
        for name, value in said.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        monkeypatch.setenv("KRAMPUS_GITHUB_PACE", "0")
        yield hub
