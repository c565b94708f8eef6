"""A sample of the crash matrix; `make faults` tries every point."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EVERY = 101  # a prime, so that all kinds of faults are met


@pytest.mark.usefixtures("_outside")
@pytest.mark.promise(3, 11)
def test_runs_that_are_cut_short_end_as_undisturbed_ones() -> None:
    command = [sys.executable, "-m", "tests.faults", "--every", str(EVERY)]
    ended = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)

    *points, tried, last = ended.stdout.splitlines()
    assert (ended.returncode, last) == (0, f"{len(points)} points: 0 lost, 0 doubled, 0 diverged"), ended.stdout
    match = re.match(rf"{len(points)} of (\d+) points tried", tried)
    assert match and int(match[1]) >= 60, tried
    sorts = {tuple(line.split()[:2]) for line in points}
    assert {sort for _, sort in sorts} == {"git", "tracker", "aws"}
    assert {run for run, _ in sorts} == {"tell", "look", "act", "finish"}
