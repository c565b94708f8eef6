"""What the tests of the doors may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.remote import Remote, git


@pytest.fixture(autouse=True)
def no_git_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """git as it comes: nothing of the developer's own configuration counts."""
    for scope in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"GIT_CONFIG_{scope}", "/dev/null")


@pytest.fixture
def remote(_outside: None, tmp_path: Path) -> Remote:
    """A bare repository whose `main` has one commit with a few files."""
    bare = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    remote = Remote(bare)
    remote.write("main", {"krampus.yaml": b"accounts: []\n", "tasks/old.yaml": b"a task\n"})
    remote.write("main", {"tasks/new.yaml": b"a newer task\n"})
    return remote


@pytest.fixture
def clone(remote: Remote, tmp_path: Path) -> Path:
    """What actions/checkout leaves: one commit deep, HEAD detached."""
    return remote.shallow_clone(tmp_path / "clone")
