"""A git remote for tests, and the people who write to it without Krampus' code."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HUMAN = ("-c", "user.name=Human", "-c", "user.email=human@example.com")


def git(folder: Path, *arguments: str) -> str:
    """What git prints there; CalledProcessError if it fails."""
    return raw(folder, *arguments).decode().strip()


def raw(folder: Path, *arguments: str) -> bytes:
    """The same, as bytes."""
    return subprocess.run(["git", *HUMAN, *arguments], cwd=folder, check=True, capture_output=True).stdout


@dataclass(frozen=True)
class Remote:
    """A bare repository on disk."""

    path: Path

    def write(self, branch: str, files: Mapping[str, bytes]) -> None:
        """A human commits files to a branch, in a clone of their own, and pushes."""
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder)
            git(clone, "init", "--quiet", f"--initial-branch={branch}")
            git(clone, "remote", "add", "origin", str(self.path))
            if self.tip(branch):
                git(clone, "pull", "--quiet", "origin", branch)
            for name, content in files.items():
                (clone / name).parent.mkdir(parents=True, exist_ok=True)
                (clone / name).write_bytes(content)
            git(clone, "add", "--all", "--force")
            git(clone, "commit", "--quiet", "--message", "By hand")
            git(clone, "push", "--quiet", "origin", branch)

    def shallow_clone(self, folder: Path) -> Path:
        """A clone one commit deep, with HEAD detached."""
        git(self.path, "clone", "--quiet", "--depth=1", "--branch=main", f"file://{self.path}", str(folder))
        git(folder, "checkout", "--quiet", "--detach")
        return folder

    def tip(self, branch: str) -> str:
        """Where a branch stands; "" if it does not exist."""
        return git(self.path, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def count(self, branch: str) -> int:
        """How many commits a branch has."""
        return int(git(self.path, "rev-list", "--count", branch))

    def files(self, branch: str) -> dict[str, bytes]:
        """Every file of a branch."""
        names = raw(self.path, "ls-tree", "-r", "-z", "--name-only", branch).split(b"\0")[:-1]
        paths = [name.decode(errors="surrogateescape") for name in names]
        return {path: raw(self.path, "cat-file", "blob", f"{branch}:{path}") for path in paths}

    def hook(self, name: str, script: str) -> None:
        """Have the server run a shell script."""
        hook(self.path / "hooks" / name, script)


def hook(file: Path, script: str) -> None:
    """Write a shell script that git can run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
