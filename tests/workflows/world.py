"""The outside of a workflow run: the repository on GitHub, its API, AWS, and the machine that runs the jobs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.desk import START, Desk
from tests.github.fake import FakeGithub

ROOT = Path(__file__).parent.parent.parent
HOOK = '#!/bin/sh\ntest "$MAY_PUSH" = yes || { echo "this job may not write contents"; exit 1; }\n'
# What setup-python would put on the path. It installs nothing, and gives Krampus the time of the story.
PYTHON = """#!/bin/bash
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit ;;
  *" -m"|"-m pip") ;;
esac
if [ "$1 $2" = "-m pip" ]; then printf '%s\\n' "$*" >> PIPS; exit; fi
if [ "$1 $2 $3" = "-P -m reconciler" ]; then
  case "$4" in plan|apply|undo|validate) set -- "${@:1:4}" --now "NOW" "${@:5}" ;; esac
fi
exec REAL "$@"
"""


@dataclass
class World:
    """`name`: the repository on GitHub; `after`: how long after START it is now."""

    folder: Path
    desk: Desk
    hub: FakeGithub
    aws: str
    name: str = "acme/cloud"
    after: timedelta = timedelta(0)
    variables: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    @property
    def pips(self) -> Path:
        """What pip was asked to install, a line each."""
        return self.folder / "pips"

    def guard(self) -> None:
        """Let the remote take a push only from a job that may write contents."""
        hook = self.desk.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)

    def machine(self, job: Path, permissions: Mapping[str, str]) -> dict[str, str]:
        """The environment of a job's steps: AWS answers only to a job with an id-token, git only to one that may."""
        for part in ("bin", "temp"):
            (job / part).mkdir(parents=True)
        text = PYTHON.replace("PIPS", str(self.pips)).replace("REAL", sys.executable)
        (job / "bin" / "python").write_text(text.replace("NOW", f"{START + self.after:%Y-%m-%dT%H:%M:%SZ}"))
        (job / "bin" / "python").chmod(0o755)
        keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        return {
            "PATH": f"{job / 'bin'}:{os.environ['PATH']}",
            "HOME": str(job / "temp"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "MAY_PUSH": "yes" if permissions.get("contents") == "write" else "no",
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_EC2_METADATA_DISABLED": "true",
            "KRAMPUS_GITHUB_PACE": "0",
            "RUNNER_TEMP": str(job / "temp"),
            **(keys if permissions.get("id-token") == "write" else {}),
        }

    def token(self, permissions: Mapping[str, str]) -> str:
        """The job's GITHUB_TOKEN, which may exactly what the job declares."""
        grants: Any = {key.replace("-", "_"): level for key, level in permissions.items() if key != "id-token"}
        return self.hub.token("github-actions[bot]", {self.name: grants})

    def git(self, *arguments: str, at: Path) -> str:
        """What git prints there."""
        return subprocess.run(
            ["git", "-C", str(at), *arguments],
            env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def main(self) -> str:
        """Push what was merged, and say its commit."""
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "MAY_PUSH": "yes"}
        push = ["git", "-C", str(self.desk.root), "push", "--quiet", "origin", "main"]
        subprocess.run(push, env=environment, check=True, capture_output=True)
        return self.git("rev-parse", "main", at=self.desk.remote)
