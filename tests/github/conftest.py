"""What the tests of GitHub may ask for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_tracker import Cut
from tests.github.app import App
from tests.github.contract import Contract
from tests.github.fake import FakeGithub
from tests.github.telling import Telling


@pytest.fixture
def hub(_outside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGithub]:
    """A GitHub with the repository acme/cloud, of which the environment speaks as a job's does; writes at full pace."""
    for name in os.environ:
        if name.startswith(("GITHUB_", "KRAMPUS_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    with FakeGithub(contract=Contract()) as hub:
        hub.add("acme/cloud")
        token = hub.token("github-actions[bot]", {"acme/cloud": {"issues": "write", "pull_requests": "write"}})
        said = {"API_URL": hub.url, "SERVER_URL": hub.url, "REPOSITORY": "acme/cloud", "TOKEN": token}
        for name, value in said.items():
            monkeypatch.setenv(f"GITHUB_{name}", value)
        monkeypatch.setenv("KRAMPUS_GITHUB_PACE", "0")
        yield hub
        assert hub.violations == []


@pytest.fixture
def telling(hub: FakeGithub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Telling:
    """Runs that tell of decisions; team `web` has its issues in acme/website, reached by a token of its own."""
    hub.add("acme/website")
    monkeypatch.setenv("KRAMPUS_ISSUES_TOKEN", hub.token("krampus[bot]", {"acme/website": {"issues": "write"}}))
    return Telling(hub, tmp_path)


@pytest.fixture
def app(hub: FakeGithub, telling: Telling, monkeypatch: pytest.MonkeyPatch) -> App:
    """An App instead of that token."""
    assert telling
    hub.app = App(owners={"acme": {"issues": "write", "contents": "read"}})
    monkeypatch.delenv("KRAMPUS_ISSUES_TOKEN")
    monkeypatch.setenv("KRAMPUS_APP_ID", str(hub.app.id))
    monkeypatch.setenv("KRAMPUS_APP_PRIVATE_KEY", hub.app.pem)
    return hub.app


@pytest.fixture
def cuts() -> Iterator[None]:
    """What GitHub's `cut_after` sends ends the run right there, and no code of ours catches it."""

    def cut(*_: object) -> None:
        raise Cut

    before = signal.signal(signal.SIGUSR1, cut)
    yield
    signal.signal(signal.SIGUSR1, before)
