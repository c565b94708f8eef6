"""Runs the krampus command before a canned AWS, and says what that cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.canned.world import World

TOP = Path(__file__).parent.parent.parent


class Figures(NamedTuple):
    """cpu: seconds of the command and its children, `answering` of which are the canned answers'; rss: its peak in MiB.

    calls: by service and operation; said: the end of what it printed
    """

    exit_code: int
    cpu: float
    answering: float
    wall: float
    rss: float
    writes: int
    in_flight: int
    calls: dict[str, int]
    said: str

    @property
    def row(self) -> str:
        """For a table."""
        calls = f"calls {sum(self.calls.values()):7,} ({self.writes:,} writing), in flight {self.in_flight}"
        cpu = f"cpu {self.cpu - self.answering:8.2f} s (+ {self.answering:.2f} answering)"
        return f"exit {self.exit_code}  {cpu}  wall {self.wall:7.1f} s  rss {self.rss:6.0f} MiB  {calls}"


def measure(world: World, folder: Path, arguments: Sequence[str], latency: float = 0.0) -> Figures:
    """What `krampus <arguments>` costs, run in a folder before that world.

    The writes of one command are what the next one sees; commands that run side by side do not see each other's.
    """
    counts, log = folder / f"counts-{time.monotonic_ns()}.json", folder / "log.txt"
    given = {"CANNED_WORLD": world.text, "CANNED_LATENCY": str(latency), "CANNED_COUNTS": str(counts)}
    keys = {"AWS_ACCESS_KEY_ID": "AKIACANNED", "AWS_SECRET_ACCESS_KEY": "canned", "AWS_CONFIG_FILE": os.devnull}
    # The command takes `--now` only before a stand-in; nothing listens there.
    keys["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    mine = {"AWS_EC2_METADATA_DISABLED": "true", "GIT_CONFIG_GLOBAL": os.devnull, "PYTHONPATH": str(TOP)}
    people = {f"GIT_{role}_{what}": "k@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "benchmarks.canned.krampus", *arguments]
    begun = time.monotonic()
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(  # noqa: S603  ourselves
            command, cwd=folder, env={**kept, **keys, **mine, **people, **given}, stdout=out, stderr=out
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - begun
    asked = json.loads(counts.read_text(encoding="utf-8"))
    said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
    return Figures(
        *(process.returncode, used.ru_utime + used.ru_stime, asked["answering"], wall, used.ru_maxrss / 1024),
        *(asked["writes"], asked["in_flight"], asked["calls"], said),
    )
