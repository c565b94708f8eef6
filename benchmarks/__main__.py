"""Measures Krampus and its like against one emulated AWS, and writes docs/benchmarks.md from what was measured."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks import page, results
from benchmarks.cases import CASES
from benchmarks.run import Row, rows
from benchmarks.scripts import SCRIPTS, said_by
from benchmarks.server import far_aws
from benchmarks.tools import TOOLS
from benchmarks.tools.krampus import AFTER

QUICK = ("krampus", "probe")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line asks for."""
    given = _parser().parse_args(arguments)
    given.do(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run cases with tools, and keep the figures")
    run.add_argument("--case", choices=[*CASES, "all"], default="all")
    run.add_argument("--tool", choices=[*TOOLS, "all"], default="all")
    run.add_argument("--quick", action="store_true", help="only Krampus and the probe")
    run.add_argument("--size", type=int, default=0, help="another size; the figures are then not kept")
    run.add_argument("--until", choices=AFTER, default="steady", help="the last phase; the figures are then not kept")
    run.add_argument("--by", action="store_true", help="show the calls by operation")
    run.set_defaults(do=_run)
    script = commands.add_parser("script", help="run one of the scripts, and keep what it prints")
    script.add_argument("name", choices=[*SCRIPTS, "all"])
    script.set_defaults(do=_script)
    report = commands.add_parser("report", help="write docs/benchmarks.md")
    report.set_defaults(do=_report)
    return parser


def _run(given: argparse.Namespace) -> None:
    cases = [given.case] if given.case != "all" else [*CASES]
    began = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with far_aws() as url:
        for case in cases:
            usual = [tool for tool in CASES[case].tools if not given.quick or tool in QUICK]
            for tool in [given.tool] if given.tool != "all" else usual:
                made = []
                for row in rows(url, CASES[case], TOOLS[tool], given.size, given.until):
                    made.append(row)
                    _show(case, tool, row, by=given.by)
                if not given.size and given.until == "steady":
                    results.keep_rows(case, tool, made, {"run": began, "machine": results.machine()})


def _show(case: str, tool: str, row: Row, *, by: bool) -> None:
    said = f"{row['reads'] + row['writes']:5} calls ({row['writes']} writes), up to {row['most']} at once; "
    said += f"wall {row['wall']:.1f} s, CPU {row['cpu']:.1f} s, {row['rss']} MiB"
    sys.stdout.write(f"{case:6} {tool:8} {row['phase']:7} {said}\n")
    if by:
        sys.stdout.writelines(f"{count:12} {operation}\n" for operation, count in row["by"].items())
    if row["status"] or row["wrong"]:
        sys.stdout.write(f"  DOES NOT COUNT: exit {row['status']}\n{row['said']}\n")
        sys.stdout.writelines(f"  {one}\n" for one in row["wrong"])
    sys.stdout.flush()


def _script(given: argparse.Namespace) -> None:
    failed = []
    for name in [given.name] if given.name != "all" else [*SCRIPTS]:
        try:
            said = said_by(name)
        except subprocess.SubprocessError as error:
            failed.append(f"{name}: {error}")
            continue
        sys.stdout.write(said)
        results.keep_said(name, SCRIPTS[name].command, said, results.machine())
    if failed:
        raise SystemExit("\n".join(failed))


def _report(_given: argparse.Namespace) -> None:
    text = page.page(results.read(), results.read(cases="before"), page.MISSED.read_text(encoding="utf-8"))
    page.PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
