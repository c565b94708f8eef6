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
from dataclasses import replace
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
    """Tell, wait, act and look, each in one process; undo it; then tell and act once more as separate jobs."""
    from reconciler.model.undo_request import UndoRequest
    from reconciler.pipeline import plan as planning
    from reconciler.pipeline import run as running
    from tests.growth.world import DAY, NOW

    def reconcile(name: str, after: float) -> None:
        with meter.stage("load"):
            repository, connections = world.at(NOW + after * DAY)
        with meter.stage(name):
            result = running.reconcile(repository, connections, NOW + after * DAY, lambda _seen: None)
        say(f"        {dict(result.plan.summary)}")

    steps: tuple[tuple[str, float], ...] = (("tell", 0), ("wait", 1), ("act", 8), ("look", 9), ("steady", 9.5))
    for name, after in steps:
        reconcile(name, after)
    now = NOW + 10 * DAY
    repository, connections = world.at(now)
    with meter.stage("undo"):
        asked = UndoRequest(since=NOW, by="Ada", while_paused=True)
        paused = replace(repository, config=repository.config.model_copy(update={"paused": True}))
        planned, ledger = planning.plan_undo(paused, connections, asked, now)
        running.carry_out(paused, planned, ledger, connections, now)
    say(f"        {dict(planned.summary)}")


def run_jobs(world: World, meter: Meter) -> None:
    """Tell in one process, then act as separate jobs that hand over a file."""
    from reconciler.cli.handed import plan_handed
    from reconciler.cli.plan_file import write_plan
    from reconciler.pipeline import plan as planning
    from reconciler.pipeline import run as running
    from tests.growth.world import DAY, NOW

    repository, connections = world.at(NOW)
    running.reconcile(repository, connections, NOW, lambda _seen: None)
    now, file = NOW + 8 * DAY, world.root.parent / "plan.json.gz"
    repository, connections = world.at(now)
    with meter.stage("plan"):
        planned, _ = planning.make_plan(repository, connections, now, lambda _seen: None)
    with meter.stage("write"):
        write_plan(planned, file)
    say(f"        {file.stat().st_size / len(planned.decisions):.0f} bytes a target")
    with meter.stage("read"):
        planned = plan_handed(file, planned.digest, repository)
    with meter.stage("record"):
        running.record_plan(repository, planned, connections, now)
    with meter.stage("apply"):
        outcomes = list(running.apply_plan(repository, planned, (1, 1), connections, now))
    with meter.stage("publish"):
        running.publish_plan(repository, planned, outcomes, connections, now)


def main() -> None:
    """Measure each number of targets in a folder of its own."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.growth.world import Size, make

    parser = argparse.ArgumentParser()
    parser.add_argument("targets", type=int, nargs="+")
    parser.add_argument("--accounts", type=int, default=0, help="a hundredth of the targets, if not given")
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--exemptions", type=int, default=20)
    parser.add_argument("--jobs", action="store_true", help="act as separate jobs")
    parser.add_argument("--profile", default="", help="a stage of which the costliest functions are shown")
    said = parser.parse_args()
    measure: Callable[[World, Meter], None] = run_jobs if said.jobs else run
    for targets in said.targets:
        size = Size(targets, said.accounts or max(1, targets // 100), said.tasks, said.exemptions, issues=10)
        with tempfile.TemporaryDirectory() as folder:
            measure(make(Path(folder), size), Meter(targets, said.profile))


if __name__ == "__main__":
    main()
