"""`python -m benchmarks.canned.krampus …`: the krampus command before a canned AWS.

In: CANNED_WORLD (`World.text`), CANNED_LATENCY (seconds), CANNED_COUNTS: a file that gets a JSON of what was asked.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from benchmarks.canned.wire import Wire
from benchmarks.canned.world import World


def main() -> None:
    """Run the command, and leave the counts whatever it comes to."""
    wire = Wire(World.parse(os.environ["CANNED_WORLD"]), float(os.environ.get("CANNED_LATENCY", "0")))
    wire.install()
    from reconciler.__main__ import main as krampus

    try:
        krampus()
    finally:
        counts = {"calls": dict(wire.calls.most_common()), "writes": wire.writes}
        counts |= {"answering": round(wire.seconds, 2), "in_flight": wire.busiest}
        Path(os.environ["CANNED_COUNTS"]).write_text(json.dumps(counts), encoding="utf-8")


if __name__ == "__main__":
    main()
