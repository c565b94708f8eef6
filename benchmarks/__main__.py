"""`python -m benchmarks run` measures, `python -m benchmarks report` writes docs/benchmarks.md from the results."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.cases import CASES
from benchmarks.run import rows
from benchmarks.server import far_aws
from benchmarks.tools import TOOLS


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for."""
    given = _parser().parse_args(arguments)
    given.do(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run cases with tools, and keep the figures in benchmarks/results")
    run.add_argument("--case", choices=[*CASES, "all"], default="all")
    run.add_argument("--tool", choices=[*TOOLS, "all"], default="all")
    run.add_argument("--quick", action="store_true", help="only Krampus and the probe")
    run.add_argument("--size", type=int, default=0, help="another size than that of the published figures")
    run.set_defaults(do=_run)
    return parser


def _run(given: argparse.Namespace) -> None:
    cases = [given.case] if given.case != "all" else [*CASES]
    tools = [given.tool] if given.tool != "all" else ["krampus", "probe"] if given.quick else [*TOOLS]
    with far_aws() as url:
        for case in cases:
            for tool in tools:
                for row in rows(url, CASES[case], TOOLS[tool], given.size):
                    sys.stdout.write(f"{case} {tool} {row}\n")


if __name__ == "__main__":
    main()
