"""Who wrote a task, as git tells it; and the files as they were at another commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from reconciler.clients.git.file_history import FileHistory
from reconciler.errors import DoorClosed

MAIL = "x@example.org"


def git(root: Path, *arguments: str, name: str = "Ada") -> None:
    who = ("-c", f"user.name={name}", "-c", f"user.email={MAIL}", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *arguments], check=True, capture_output=True)


def write(root: Path, name: str, text: str, author: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-m", "fixes #1\n\n@acme", name=author)


@pytest.fixture
def root(_outside: None, tmp_path: Path) -> Path:
    """A repository whose Krampus files are in a folder."""
    top = tmp_path / "top"
    top.mkdir()
    git(top, "init", "--initial-branch=main")
    return top / "krampus"


def test_the_author_is_who_added_the_file_last(root: Path) -> None:
    top = root.parent
    write(top, "krampus/tasks/a.yaml", "1", "Ada")
    write(top, "krampus/tasks/sub/b.yaml", "1", "Bob @acme\x7f")
    write(top, "krampus/tasks/a.yaml", "2", "Mallory")
    write(top, "tasks/other.yaml", "1", "Eve")
    assert FileHistory(root).authors("tasks") == {"tasks/a.yaml": "Ada", "tasks/sub/b.yaml": "Bob @acme\x7f"}

    (root / "tasks/a.yaml").unlink()
    write(top, "krampus/tasks/c.yaml", "1", "Carol")
    write(top, "krampus/tasks/a.yaml", "1", "Dan")
    assert FileHistory(root).authors("tasks")["tasks/a.yaml"] == "Dan"


def test_a_shallow_clone_and_no_repository_tell_nothing(root: Path, tmp_path: Path) -> None:
    assert FileHistory(tmp_path).authors("tasks") == {}
    write(root.parent, "krampus/tasks/a.yaml", "1", "Ada")
    write(root.parent, "krampus/tasks/b.yaml", "1", "Bob")
    git(tmp_path, "clone", "--depth=1", f"file://{root.parent}", "shallow")
    assert FileHistory(tmp_path / "shallow" / "krampus").authors("tasks") == {}


def test_the_files_at_a_commit_are_the_reviewed_ones(root: Path) -> None:
    top = root.parent
    write(top, "krampus/krampus.yaml", "1", "Ada")
    write(top, "krampus/templates/issue.md.j2", "x", "Ada")
    (root / "tasks").mkdir()
    (root / "tasks/link.yaml").symlink_to("/etc/passwd")
    write(top, "krampus/tasks/a.yaml", "1", "Ada")
    write(top, "krampus/tasks/a.yaml", "2", "Ada")

    history = FileHistory(root)

    assert history.files_at("HEAD^1") == {"krampus.yaml": b"1", "tasks/a.yaml": b"1"}
    assert history.files_at("main")["tasks/a.yaml"] == b"2"
    for missing in ("HEAD^9", "--all", ""):
        with pytest.raises(DoorClosed, match="there is no commit"):
            history.files_at(missing)
