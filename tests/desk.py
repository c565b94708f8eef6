"""A desk to work at: a repository with a bare remote, a folder of issues, and the krampus command before an AWS."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from reconciler.cli.app import app
from tests.aws import DATA, WEB, Here
from tests.moto_backups import backups_begin
from tests.secrecy import shown_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Ahead of the real time for as long as the tests may run: what they create must be older than its first notice. Always
# the same time of a day, so that no test depends on when it is run.
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)

CONFIG = f"""
name: Tests
accounts:
  website-prod: {{id: "{WEB}", team: web, enforce: true}}
  data-lab: {{id: "{DATA}", team: data}}
teams: {{web: {{}}, data: {{}}}}
aws: {{credentials: role}}
defaults: {{grace: 1d, team: web}}
issues: {{tracker: files, folder: ../issues}}
"""
WHO = {
    f"GIT_{role}_{what}": f"{role.lower()}@example.org"
    for role in ("AUTHOR", "COMMITTER")
    for what in ("NAME", "EMAIL")
}


@dataclass(frozen=True)
class Desk:
    """root: the work tree; remote: the bare repository that its origin is; issues: the tracker's folder.

    pushes: whether what is merged is on the remote's main at once, as on GitHub
    """

    root: Path
    remote: Path
    issues: Path
    pushes: bool = False

    def write(self, files: Mapping[str, str], message: str = "Change") -> None:
        """Write files and commit them to main, as a merged pull request would."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        if self.pushes:
            self.git("push", "--quiet", "origin", "main")

    def remove(self, name: str) -> None:
        """Delete a file on main."""
        (self.root / name).unlink()
        self.write({}, "Remove")

    def krampus(self, *arguments: str, after: timedelta | None = None) -> Result:
        """Run the command in this process; `after`: how long after START. It must print no secret.

        Without it, what carries a plan through runs at the time of the plan.
        """
        at = START + after if after is not None else plan_time(arguments)
        now = ("--now", f"{at:%Y-%m-%dT%H:%M:%SZ}") if at else ()
        with backups_begin(at):
            result = CliRunner().invoke(app, [*arguments, "--root", str(self.root), *now], catch_exceptions=False)
        assert not shown_in(result.output), "a secret was printed"
        return result

    def reconcile(self, after: timedelta, expect: int = 0) -> Result:
        """The main job at a time; its exit code is checked."""
        result = self.krampus("reconcile", after=after)
        assert result.exit_code == expect, result.output
        return result

    def git(self, *arguments: str, at: Path | None = None, more: Mapping[str, str] | None = None) -> str:
        """What git prints; `more`: variables of its environment."""
        environment = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": "/dev/null", **(more or {})}
        command = ["git", "-C", str(at or self.root), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    def head(self) -> str:
        """The report branch's last commit on the remote that says more than that a run completed; "" if there is none.

        `tip` is the very last one.
        """
        rest = ("--", ".", ":(exclude)heartbeat.json")
        return (
            self.git("log", "-1", "--format=%H", "krampus/reports", *rest, at=self.remote).strip() if self.tip() else ""
        )

    def tip(self) -> str:
        """The report branch's commit on the remote, "" if there is none."""
        return self.git("for-each-ref", "--format=%(objectname)", "refs/heads/krampus/reports", at=self.remote).strip()

    def reported(self, path: str) -> str:
        """A file of the report branch on the remote."""
        return self.git("show", f"krampus/reports:{path}", at=self.remote)

    def report(self) -> dict[str, dict[str, Any]]:
        """report.json: the decisions by target."""
        return {one["target"]: one for one in json.loads(self.reported("report.json"))["decisions"]}

    def ledger(self) -> list[dict[str, Any]]:
        """All lines of the ledger."""
        names = self.git("ls-tree", "--name-only", "krampus/reports", "ledger/", at=self.remote).split()
        return [json.loads(line) for name in sorted(names) for line in self.reported(name).splitlines()]

    def events(self) -> list[tuple[str, str]]:
        """(event, target) of all lines."""
        return [(line["event"], line["target"]) for line in self.ledger()]

    def issue(self, number: int = 1) -> str:
        """The text of an issue's file."""
        return next(self.issues.glob(f"{number:04}-*.md")).read_text(encoding="utf-8")


def plan_time(arguments: Sequence[str]) -> datetime | None:
    """When the plan was made that a command is given, None if it is given none, or one that nobody can read."""
    if not arguments or arguments[0] not in ("record", "apply", "publish"):
        return None
    try:
        return datetime.fromisoformat(json.loads(Path(arguments[1]).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def make_desk(folder: Path) -> Desk:
    """An empty repository with its configuration, pushed to a bare remote."""
    desk = Desk(folder / "repository", folder / "remote.git", folder / "issues")
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(desk.remote)], check=True)
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(desk.root)], check=True)
    desk.git("remote", "add", "origin", str(desk.remote))
    desk.git("config", "user.name", "Ada")
    desk.git("config", "user.email", "ada@example.org")
    desk.write({"krampus.yaml": CONFIG}, "Begin")
    desk.git("push", "--quiet", "origin", "main")
    return desk


def task(action: str, *targets: str | dict[str, str], **keys: Any) -> str:
    """A task file's text."""
    body = {"title": "A finding", "reason": "It must not be.", "action": action, "targets": list(targets), **keys}
    return json.dumps(body, indent=1)  # JSON is YAML


def instances(here: Here, count: int = 1) -> list[str]:
    """New running instances, as ARNs in order."""
    ec2 = here.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count)["Instances"]
    return sorted(f"arn:aws:ec2:{here.region}:{here.account}:instance/{one['InstanceId']}" for one in made)


def state(here: Here, arn: str) -> str:
    """The state of an instance."""
    answer = here.client("ec2").describe_instances(InstanceIds=[arn.rsplit("/", 1)[1]])
    return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])
