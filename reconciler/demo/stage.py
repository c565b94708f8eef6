"""The demo's folder: repository, remote, issues, log; and Krampus, run in it as a user runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconciler import __file__ as package
from reconciler.demo.accounts import HOME, KEYS

MARKER, MARK = ".krampus-demo", "Each demo deletes and rewrites this folder; keep nothing in it.\n"
REPORTS = "krampus/reports"
TIMEOUT = 300  # seconds; a run takes two


class Occupied(Exception):  # noqa: N818  for the user, not a bug
    """The folder contains files that no demo wrote."""


class Failed(Exception):  # noqa: N818  likewise
    """An expectation of the demo does not hold, or a program that it needs does not run; the message says which."""


@dataclass(frozen=True)
class Stage:
    """The demo's folder. `environment`: all environment variables of the programs that it runs."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def repository(self) -> Path:
        """The clone in which Krampus runs, and people write tasks."""
        return self.folder / "repository"

    @property
    def remote(self) -> Path:
        """The remote repository, in place of GitHub's."""
        return self.folder / "remote.git"

    def commit(self, files: Mapping[str, str], message: str, at: datetime, who: str) -> None:
        """Write files, commit them on main as the person `who`, and push."""
        for path, text in files.items():
            file = self.repository / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("-C", str(self.repository), "add", "--all")
        variables = {f"GIT_{role}_DATE": at.isoformat() for role in ("AUTHOR", "COMMITTER")}
        variables |= {f"GIT_{role}_NAME": who for role in ("AUTHOR", "COMMITTER")}
        variables |= {f"GIT_{role}_EMAIL": f"{who.lower()}@acme.example" for role in ("AUTHOR", "COMMITTER")}
        self.git("-C", str(self.repository), "commit", "--quiet", "--message", message, environment=variables)
        self.git("-C", str(self.repository), "push", "--quiet", "origin", "main")

    def git(self, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
        """The output of git. Raises Failed if it fails."""
        status, out, error = self._run(["git", *arguments], {**self.environment, **(environment or {})})
        if status != 0:
            raise Failed(f"`git {' '.join(arguments)}` failed: {error.strip()}")
        return out

    def reconcile(self, url: str, now: datetime, log: str) -> int:
        """The main job as a process of its own, with dummy keys for the AWS at `url`. Returns its exit code."""
        job = ["reconcile", "--root", str(self.repository), "--now", f"{now:%Y-%m-%dT%H:%M:%SZ}"]
        aws = {"AWS_ENDPOINT_URL": url, **{key.upper(): value for key, value in KEYS.items()}}
        aws |= {"AWS_DEFAULT_REGION": HOME, "AWS_EC2_METADATA_DISABLED": "true"}
        status, out, error = self._run([sys.executable, "-P", "-m", "reconciler", *job], {**self.environment, **aws})
        text = f"$ krampus {' '.join(job)}\n{out}{error}exit {status}\n"
        (self.folder / "log" / log).write_text(text, encoding="utf-8")
        return status

    def _run(self, command: list[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
        try:
            done = subprocess.run(  # noqa: S603  git and Krampus itself, with arguments of our own
                command, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"`{command[0]}` does not run: {error}") from None
        return done.returncode, done.stdout, done.stderr


def set_up(folder: Path, path: str) -> Stage:
    """An empty repository and its remote in the folder. `path`: the PATH of programs.

    Raises Occupied if the folder contains files that no demo wrote.
    """
    _clear(folder)
    environment = {
        "PATH": path,
        "HOME": str(folder),  # without the user's git and AWS configuration
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONPATH": str(Path(package).parent.parent),  # the Krampus that runs the demo
        "PYTHONUTF8": "1",
    }
    stage = Stage(folder, environment)
    for name in ("issues", "log", "aws"):
        (folder / name).mkdir(parents=True)
    (folder / MARKER).write_text(MARK, encoding="utf-8")
    stage.git("init", "--quiet", "--bare", "--initial-branch=main", str(stage.remote))
    stage.git("init", "--quiet", "--initial-branch=main", str(stage.repository))
    stage.git("-C", str(stage.repository), "remote", "add", "origin", "../remote.git")
    return stage


def _clear(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise Occupied(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        marker = folder / MARKER
        if not marker.is_file() or marker.read_text(encoding="utf-8") != MARK:
            raise Occupied(f"{folder} is not empty, and no earlier demo wrote it")
        shutil.rmtree(folder)
