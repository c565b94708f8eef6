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
from tests.identity.stand_in import StandIn

ROOT = Path(__file__).parent.parent.parent
HOOK = '#!/bin/sh\ntest "$MAY_PUSH" = yes || { echo "this job may not write contents"; exit 1; }\n'
# What setup-python would put on the path. It installs nothing, and gives Krampus the time of the story. If asked to
# (PROBE), it starts the real modules all the same, with the flags and in the folder that they were called with.
PYTHON = """#!/bin/bash
flags=()
while [[ "$1" == -? && "$1" != -[cm] ]]; do flags+=("$1"); shift; done
case "$1 $2" in
  "-m venv"|"-m pip")
    if [ "PROBE" = yes ]; then REAL "${flags[@]}" -m "$2" --help > HELP || exit; fi
    if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; exit; fi
    printf '%s (in %s)\\n' "$*" "$PWD" >> PIPS; exit ;;
  */reconciler/__main__.py\\ *)
    case "$2" in plan|merge|record|apply|publish|undo|validate) set -- "$1" "$2" --now "NOW" "${@:3}" ;; esac ;;
esac
exec REAL "${flags[@]}" "$@"
"""


@dataclass
class World:
    """`name`: the repository on GitHub; `after`: how long after START it is now.

    `secrets`: those of each environment of the repository, for the jobs that are in it.
    `probe`: whether the jobs' python also starts the real venv and pip, which only say what they can do.
    """

    folder: Path
    desk: Desk
    hub: FakeGithub
    aws: str
    identity: StandIn
    name: str = "acme/cloud"
    after: timedelta = timedelta(0)
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: int = 0
    probe: bool = False

    @property
    def pips(self) -> Path:
        """What pip was asked to install and where, a line each."""
        return self.folder / "pips"

    def guard(self) -> None:
        """Let the remote take a push only from a job that may write contents."""
        hook = self.desk.remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)

    def machine(self, job: Path, permissions: Mapping[str, str], context: str) -> dict[str, str]:
        """The environment of a job's steps: only one with an id-token gets a token, only one that may can push.

        `context`: what GitHub writes into its token's `sub` after the repository.
        """
        self.identity.subject = f"repo:acme@1001/cloud@2002:{context}"
        for part in ("bin", "temp"):
            (job / part).mkdir(parents=True)
        words = {
            "PIPS": str(self.pips),
            "HELP": str(self.folder / "help"),
            "PROBE": "yes" if self.probe else "no",
            "REAL": sys.executable,
            "NOW": f"{START + self.after:%Y-%m-%dT%H:%M:%SZ}",
        }
        text = PYTHON
        for word, value in words.items():
            text = text.replace(word, value)
        (job / "bin" / "python").write_text(text)
        (job / "bin" / "python").chmod(0o755)
        token = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.identity.url}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.identity.request_secret,
        }
        return {
            "PATH": f"{job / 'bin'}:{os.environ['PATH']}",
            "HOME": str(job / "temp"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "MAY_PUSH": "yes" if permissions.get("contents") == "write" else "no",
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_STS": self.identity.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "KRAMPUS_GITHUB_PACE": "0",
            "RUNNER_TEMP": str(job / "temp"),
            **(token if permissions.get("id-token") == "write" else {}),
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
