"""The folder in which one story plays: repository, remote, issues; the main job in it, disturbed or not."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.clients.file_tracker import FileTracker
from reconciler.ledger.chain import parse
from reconciler.model.ledger import Entry
from reconciler.model.marker import ids_in
from tests.build import histories
from tests.desk import START, Desk, make_desk
from tests.faults.wire import Wire
from tests.moto_backups import backups_begin
from tests.secrecy import secret

GIT = shutil.which("git") or "git"
# The run after the first is on another day: what differs by its date alone is the same news.
FIRST_RUN = START.replace(hour=23)
OPERATORS = "krampus:operators"
# Counts the calls of git, and ends whoever called it before or after the chosen one.
WRAPPER = f"""#!/bin/sh
n=0
if [ -e "$FAULTS_GITS.n" ]; then read -r n < "$FAULTS_GITS.n"; fi
n=$((n + 1))
echo "$n" > "$FAULTS_GITS.n"
echo "$*" >> "$FAULTS_GITS"
if [ "$n" -eq "${{FAULTS_GIT:-0}}" ]; then
  if [ "$FAULTS_WHEN" = after ]; then {GIT} "$@"; fi
  kill -9 "$PPID"
  exit 1
fi
exec {GIT} "$@"
"""
PATIENCE = 120
TIMES = re.compile(r"\d{1,2} \w+ \d{4}, \d\d:\d\d UTC|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z| UTC)?")


@dataclass(frozen=True)
class Point:
    """Where a fault strikes: in which run, at which sort of call, the how-manieth, and how."""

    run: int
    sort: str  # git, tracker or aws
    number: int
    kind: str


@dataclass(frozen=True)
class Site:
    """`folder` may be copied at any time, since everything in it is found from within."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def desk(self) -> Desk:
        """The same as the tests know it."""
        return Desk(self.folder / "repository", self.folder / "remote.git", self.folder / "issues")

    def copy(self, folder: Path) -> Site:
        """All of it as it stands, elsewhere."""
        shutil.copytree(self.folder, folder)
        return Site(folder, self.environment)

    def disturbed(
        self, job: tuple[Any, Any], wire: Wire, after: timedelta, point: Point, *, sharded: bool = False
    ) -> int:
        """The main job in a process that is ready for it, with a fault, or with none if the point's number is 0.

        sharded: of separate jobs the one that looks at the second of two shares of the accounts
        """
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "git").write_text(WRAPPER, encoding="utf-8")
        (tools / "git").chmod(0o755)
        environment = {
            **self.environment,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "FAULTS_GITS": str(self.folder / "gits"),
            "FAULTS_FOLDER": os.path.realpath(self.folder / "issues"),
            "FAULTS_WRITES": str(self.folder / "writes"),
            "FAULTS_WHEN": point.kind.rpartition(" ")[2],
        }
        named = {"git": "FAULTS_GIT", "tracker": "FAULTS_WRITE"}.get(point.sort)
        if named:
            environment[named] = str(point.number)
        if point.kind == "timeout":
            environment["FAULTS_HURRY"] = "1"
        wire.number, wire.kind = (point.number, point.kind) if point.sort == "aws" else (0, "")
        process, orders = job
        wire.pid, wire.on = process.pid, True
        with backups_begin(FIRST_RUN + after):
            command = self._look(2, after) if sharded else self._command("reconcile", after=after)
            orders.send((environment, command, str(self.folder / "said")))
            process.join(PATIENCE)
        wire.on, wire.number = False, 0
        return int(process.exitcode)

    def run(self, wire: Wire, after: timedelta) -> int:
        """The main job, undisturbed, in this process."""
        os.environ.update(self.environment)
        wire.on = True
        code = self._invoked(self._command("reconcile", after=after), after)
        wire.on = False
        return code

    def carried_on(self, wire: Wire, after: timedelta) -> None:
        """The other jobs, undisturbed, after the one that looks at the second share: whatever that handed over."""
        os.environ.update(self.environment)
        wire.on = True
        self._invoked(self._look(1, after), after)
        plan, outcomes = str(self.folder / "plan.json"), str(self.folder / "outcomes.json")
        looks = [str(file) for file in sorted(self.folder.glob("looks-*.json"))]
        for words in (
            ["merge", *looks, "--out", plan],
            ["record", plan],
            ["apply", plan, "--out", outcomes],
            ["publish", plan, outcomes],
        ):
            code = self._invoked(self._command(*words, after=after), after)
            assert code in (0, 3), words
        wire.on = False

    def _invoked(self, command: list[str], after: timedelta) -> int:
        with backups_begin(FIRST_RUN + after):
            return CliRunner().invoke(app, command, catch_exceptions=False).exit_code

    def _look(self, shard: int, after: timedelta) -> list[str]:
        return self._command(
            "plan", "--shard", f"{shard}/2", "--out", str(self.folder / f"looks-{shard}.json"), after=after
        )

    def _command(self, *words: str, after: timedelta) -> list[str]:
        return [*words, "--root", str(self.desk.root), "--now", f"{FIRST_RUN + after:%Y-%m-%dT%H:%M:%SZ}"]

    def counts(self) -> dict[str, list[str]]:
        """What the wrappers wrote down."""
        return {name: _lines(self.folder / name) for name in ("gits", "writes")}

    def persists(self) -> dict[str, Any]:
        """All that a later run can find outside AWS, byte for byte."""
        desk = self.desk
        # Without the lease, which names a process: whether it stands is what a later run goes by. And without the
        # heartbeat, whose time is that of the run that got so far.
        lines = desk.git("ls-tree", "-r", "krampus/reports", at=desk.remote).splitlines() if desk.head() else []
        tree = [line for line in lines if not line.endswith(("\trun.json", "\theartbeat.json"))]
        leased = any(line.endswith("\trun.json") for line in lines) and json.loads(desk.reported("run.json")) != {}
        files = {file.name: file.read_text(encoding="utf-8") for file in sorted(desk.issues.glob("*"))}
        return {"tree": tree, "leased": leased, "issues": files}

    def ledger(self) -> tuple[Entry, ...]:
        """The whole ledger, its chain proven."""
        desk = self.desk
        names = desk.git("ls-tree", "-r", "--name-only", "krampus/reports", "ledger/", at=desk.remote).split()
        return parse({name: desk.reported(name).encode() for name in names})

    def stands(self) -> dict[str, Any]:
        """Report and issues without times: what must be the same, however a run was disturbed."""
        desk = self.desk
        # What failed is told to the operators, too, in an issue that its cure closes.
        standing = [one for one in self._issues() if one.open or OPERATORS not in one.labels]
        issues = {
            issue.key: [issue.title, _timeless(issue.body), sorted(issue.labels), issue.open] for issue in standing
        }
        report = _timeless(desk.reported("report.json")), _timeless(desk.reported("README.md"))
        return {"issues": issues, "report": list(report), "number": len(standing)}

    def comments(self) -> Counter[str]:
        """Each line of news that the teams have read."""
        return Counter(line for text in self._comments() for line in _timeless(text).splitlines()[1:])

    def said(self) -> Counter[str]:
        """The ids of the news that was told."""
        return Counter(one for text in self._comments() for one in ids_in(text))

    def pending(self) -> list[str]:
        """What was intended and has no fate."""
        return [target for (_, target), one in histories(self.ledger()).items() if one.pending]

    def _comments(self) -> Iterator[str]:
        tracker = FileTracker(self.desk.issues)
        for issue in self._issues():
            yield from tracker.comments(issue)

    def _issues(self) -> list[Any]:
        return FileTracker(self.desk.issues).all_issues([""])


def make_site(folder: Path, url: str, files: Mapping[str, str]) -> Site:
    """A repository with these files, before an AWS at the URL."""
    desk = make_desk(folder)
    desk.git("remote", "set-url", "origin", "../remote.git")
    desk.write(files)
    return Site(folder, environment(url))


def environment(url: str) -> dict[str, str]:
    """What Krampus is told of the outside."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": secret("environment"),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }


def _timeless(text: str) -> str:
    return TIMES.sub("TIME", text)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
