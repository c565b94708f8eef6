"""What a plan costs that several jobs look for, each at a share of the accounts, before canned answers of AWS.

    python -m benchmarks.canned.sharded --accounts 1000 --regions 4 --targets 100000 --shards 8

prints a row for each job of `krampus plan --shard` and one for `krampus merge`. They run one after the other, so that
none takes another's processor; the wall time of a matrix is that of its slowest job and of the merge, computed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.canned.__main__ import FINE, START
from benchmarks.canned.measured import measure
from benchmarks.canned.repository import make
from benchmarks.canned.world import World

NOW = f"{START:%Y-%m-%dT%H:%M:%SZ}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; 1 if a job did not go through."""
    given = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="canned-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        world = World(given.accounts, given.regions, given.targets, folder / "changes.txt")
        if not (folder / "repository").exists():
            make(world, folder, "none")
        looks = [f"looks-{number}.json" for number in range(1, given.shards + 1)]
        jobs = {
            f"look {number}/{given.shards}": ["plan", "--shard", f"{number}/{given.shards}", "--out", looks[number - 1]]
            for number in range(1, (1 if given.first else given.shards) + 1)
        }
        whole = {"plan": ["plan", "--out", "plan.json.gz"]}
        together = {"merge": ["merge", *looks, "--out", "plan.json.gz"]}
        for name, words in (whole if given.shards == 1 else jobs if given.first else {**jobs, **together}).items():
            figures = measure(world, folder, [*words, "--root", "repository", "--now", NOW])
            sys.stdout.write(f"{name:12}{figures.row}\n")
            sys.stdout.flush()
            if figures.exit_code not in FINE:
                sys.stdout.write(f"{figures.said}\n")
                return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.canned.sharded", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--regions", type=int, default=4)
    parser.add_argument("--targets", type=int, default=100_000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--first", action="store_true", help="the first job only, and no merge")
    parser.add_argument("--folder", type=Path, help="kept; what is in it is gone on with")
    return parser


if __name__ == "__main__":
    sys.exit(main())
