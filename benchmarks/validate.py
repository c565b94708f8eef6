"""How long `krampus validate` takes for a faulty repository, against starting Python with its libraries.

Prints the ratio of the medians; a ratio holds on machines of different speed, seconds do not.
Run: python benchmarks/validate.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 7
FLOOR = ["-c", "import typer, pydantic, yaml"]


def median(arguments: list[str]) -> float:
    """The median wall time of some runs of this Python with these arguments, in seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=False)  # noqa: S603  ourselves
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Make the repository, time both, print the ratio."""
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.faulty import FAULTS, write_faulty

    with tempfile.TemporaryDirectory() as folder:
        write_faulty(Path(folder))
        floor = median(FLOOR)
        validate = median(["-P", "-m", "reconciler", "validate", "--root", folder])
    sys.stdout.write(f"{len(FAULTS)} faults: {validate / floor:.2f} times the start of Python with its libraries\n")


if __name__ == "__main__":
    main()
