"""The measurements that are scripts of their own; what they print is kept and shown as it is.

Some of their figures go into the table of what was to be reached: see `printed`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

LIMIT = 3600  # seconds


class Script(NamedTuple):
    """command: as it is run from the project's folder; `python` is the one that runs this."""

    title: str
    command: Sequence[str]


SCRIPTS: Mapping[str, Script] = {
    "canned": Script(
        "Whole runs on 10,000 targets over 100 accounts, AWS's answers canned",
        ("python", "-m", "benchmarks.canned", "--accounts", "100", "--regions", "2", "--targets", "10000"),
    ),
    "canned-large": Script(
        "Whole runs on 100,000 targets over 1,000 accounts, AWS's answers canned",
        (
            "python",
            "-m",
            "benchmarks.canned",
            "--accounts",
            "1000",
            "--regions",
            "4",
            "--targets",
            "100000",
            "--phase",
            "tell",
        ),
    ),
    "growth": Script(
        "The stages as targets grow, AWS and the tracker in memory",
        ("python", "benchmarks/growth.py", "1000", "10000"),
    ),
    "pacing": Script("Writing to accounts that throttle by token buckets", ("python", "-m", "benchmarks.pacing")),
    "year": Script("A run after a year of hourly runs", ("python", "benchmarks/year.py")),
    "validate": Script("`krampus validate` of a large repository", ("python", "benchmarks/validate.py")),
    "identity": Script("Calls of STS to enter 200 accounts", ("python", "benchmarks/identity.py")),
}


def said_by(name: str) -> str:
    """Run it; what it printed. Raises CalledProcessError if it fails."""
    command = [sys.executable if part == "python" else part for part in SCRIPTS[name].command]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT)  # noqa: S603  ours
    return done.stdout
