"""What whole runs cost at any scale, before an AWS whose answers are canned at the HTTP layer.

    python -m benchmarks.canned --accounts 100 --regions 2 --targets 10000 --phase act --operations

makes a repository with a bare remote and a task an account and action, runs `krampus reconcile` at the phases up to the
one that is named, and prints a row for each: CPU seconds (of git and other children too; those of the canned answers
apart), peak memory, calls and wall time.

- tell: the first run, which finds everything as ordered against and tells the teams; nothing is due
- wait: an hour later; nothing is due
- act: after a day; all of it is due
- look: an hour later; sees that it is done
- steady: another hour later; nothing is left to do: the run that happens every hour

botocore signs, builds and parses as ever; only its HTTP session is replaced, in the measured process, so that no socket
and no other process is part of it. What was written is kept in `changes.txt` in the folder, which later runs see. The
world follows from the three numbers (see `world`). Calls with keys that are none of an account's end the run.

For other commands, sharded ones for instance, keep the folder and run them by hand, or by `measured.measure`:

    python -m benchmarks.canned --accounts 10 --targets 500 --folder /tmp/canned --phase none
    cd /tmp/canned && CANNED_WORLD=10/2/500//tmp/canned/changes.txt CANNED_COUNTS=counts.json AWS_ACCESS_KEY_ID=AKIAX \
      AWS_SECRET_ACCESS_KEY=x python -m benchmarks.canned.krampus plan --root repository --out plan.json
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.canned.measured import measure
from benchmarks.canned.repository import make
from benchmarks.canned.world import ALL_REGIONS, World

# Ahead of the real time, as in the tests.
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
HOURS = {"tell": 0, "wait": 1, "act": 25, "look": 26, "steady": 27}
FINE = (0, 3)  # 3: ran, and something needs a person


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; 1 if a run did not go through."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="canned-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        world = World(given.accounts, given.regions, given.targets, folder / "changes.txt")
        if not (folder / "repository").exists():
            make(world, folder, given.tracker)
        phases = [*HOURS][: [*HOURS].index(given.phase) + 1] if given.phase in HOURS else []
        for phase in phases:
            now = f"{START + timedelta(hours=HOURS[phase]):%Y-%m-%dT%H:%M:%SZ}"
            figures = measure(world, folder, ["reconcile", "--root", "repository", "--now", now], given.latency)
            sys.stdout.write(f"{phase:7}{figures.row}\n")
            for name, count in figures.calls.items() if given.operations else ():
                sys.stdout.write(f"       {count:9,} {name}\n")
            sys.stdout.flush()
            if figures.exit_code not in FINE or given.verbose:
                sys.stdout.write(f"{figures.said}\n")
            if figures.exit_code not in FINE:
                return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.canned", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=10)
    parser.add_argument("--regions", type=int, default=2, choices=range(1, len(ALL_REGIONS) + 1))
    parser.add_argument("--targets", type=int, default=500)
    parser.add_argument("--phase", choices=[*HOURS, "none"], default="steady", help="the last one")
    parser.add_argument("--tracker", choices=["files", "none"], default="files")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds from each request to its answer")
    parser.add_argument("--folder", type=Path, help="kept; what is in it is gone on with")
    parser.add_argument("--operations", action="store_true", help="also the calls by operation")
    parser.add_argument("--verbose", action="store_true", help="also the end of what each run printed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
