"""What the stages of the main job cost as its targets grow: CPU of this process, and its peak of memory.

AWS and the tracker are in memory, files and git are real, so that what is left is Krampus' own.
Run: python benchmarks/growth.py [--accounts N] [--profile STAGE] TARGETS...
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.growth.world import World

SHOWN = 45  # functions of a profile


class Meter:
    """Prints a line a stage: CPU seconds, microseconds a target, and the peak so far in MiB."""

    def __init__(self, targets: int, profiled: str) -> None:
        """`profiled`: the stage of which the costliest functions are shown."""
        self.targets, self.profiled = targets, profiled

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what is done within."""
        profile = cProfile.Profile() if name == self.profiled else None
        begin = time.process_time()
        if profile:
            profile.enable()
        yield
        if profile:
            profile.disable()
        spent = time.process_time() - begin
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say(f"{self.targets:7} {name:10} {spent:8.2f} s {spent / self.targets * 1e6:8.0f} us/target {peak:6.0f} MiB")
        if profile:
            pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(SHOWN)


def say(line: str) -> None:
    """Print it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(world: World, meter: Meter) -> None:
    """Tell, wait, act and look in one process; then once more as separate jobs; then undo."""
    from reconciler import pipeline
    from tests.growth.world import DAY, NOW

    def tick(_seen: int) -> None: ...

    def reconcile(name: str, after: float) -> None:
        with meter.stage("load"):
            repository, connections = world.at(NOW + after * DAY)
        with meter.stage(name):
            result = pipeline.reconcile(repository, connections, NOW + after * DAY, tick)
        say(f"        {dict(result.plan.summary)}")

    steps: tuple[tuple[str, float], ...] = (("tell", 0), ("wait", 1), ("act", 8), ("look", 9), ("steady", 9.5))
    for name, after in steps:
        reconcile(name, after)


def main() -> None:
    """Measure each number of targets in a folder of its own."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.growth.world import Size, make

    parser = argparse.ArgumentParser()
    parser.add_argument("targets", type=int, nargs="+")
    parser.add_argument("--accounts", type=int, default=0, help="a hundredth of the targets, if not given")
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--exemptions", type=int, default=20)
    parser.add_argument("--profile", default="")
    said = parser.parse_args()
    measure: Callable[[World, Meter], None] = run
    for targets in said.targets:
        size = Size(targets, said.accounts or max(1, targets // 100), said.tasks, said.exemptions, issues=10)
        with tempfile.TemporaryDirectory() as folder:
            measure(make(Path(folder), size), Meter(targets, said.profile))


if __name__ == "__main__":
    main()
