"""docs/benchmarks.md, from the results alone: what was not measured, or not reached, is said there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES
from benchmarks.goals import GOALS, Goal
from benchmarks.printed import Figures
from benchmarks.results import Results
from benchmarks.scripts import SCRIPTS
from benchmarks.tools import TOOLS

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
MISSED = Path(__file__).parent / "missed.md"
HEAD = """\
# Benchmarks

*`python -m benchmarks report` writes this page from `benchmarks/results`; do not edit it. `make bench` measures the
cases anew, in some ten minutes, and then writes it.*

Each case is a world made in an emulated AWS (moto), behind a proxy that answers a call 50 ms after it arrived, or when
moto is done, if that is later, and counts. The same world is made anew for each tool. A row counts only if at its end
every target is as it must be and every bystander as it was, which boto3 is asked, past the proxy.

- *tell*: the first run, which gives notice. *wait*: a run before anything is due. *act*: the run that acts. *look*: the
  run right after. *steady*: a run with nothing left to do, as most are. Only Krampus gives notice and keeps a record.
- `probe` is a script of one file that does the same work in batches with 32 threads, and has no YAML, git, record,
  notice or check of whether what it finds may be touched: about the floor, and not for use.
- `c7n` (Cloud Custodian 0.9.53) runs once an account, `c7n-org` 0.6.52 over all with its usual number of workers, both
  with policies as who knows them would write them: the list of ids first, global resources once, lists kept in memory.
- Calls are exact. CPU is of all processes of the tool, not of the emulator; memory is what they held together at most,
  in which pages that they share are counted in each.
- moto answers some 150 calls a second here in all, as one process beside the tool on two cores. So walls of
  concurrent tools are upper bounds, and walls are to be compared with each other only, within one run.
"""


def page(results: Results, before: Results, missed: str) -> str:
    """The page's text. before: the cases at the beginning; missed: what is written about goals that are not met."""
    parts = [HEAD, "## What was to be reached\n", *_reach(results), *_answers(results, missed)]
    parts += ["## Cases\n", *(part for case in CASES for part in _case(case, results, before))]
    parts += ["## Scripts\n", *(part for name in SCRIPTS for part in _script(name, results))]
    return "\n".join(parts)


def _reach(results: Results) -> Iterator[str]:
    yield "| | before | reach | measured | | how |\n|---|---|---|---|---|---|"
    for goal in GOALS:
        figures = goal.measured(results)
        said = goal.form.format(*figures) if figures else "not measured yet"
        yield f"| {goal.what} | {goal.before} | {goal.reach} | {said} | {_verdict(goal, figures)} | {goal.how} |"
    yield ""


def _verdict(goal: Goal, figures: Figures | None) -> str:
    return "-" if figures is None else "reached" if goal.met(figures) else f"[missed](#missed-{goal.key})"


def _answers(results: Results, missed: str) -> Iterator[str]:
    """Of each goal that was not reached: by how much, why, and three things that were tried."""
    written = dict(re.findall(r"^## (\S+)\n+(.*?)(?=^## |\Z)", missed, re.DOTALL | re.MULTILINE))
    for goal in GOALS:
        figures = goal.measured(results)
        if figures is not None and not goal.met(figures):
            none = "Nothing is written about it yet in `benchmarks/missed.md`."
            said = f"{goal.what}: {goal.form.format(*figures)}, where {goal.reach} is to be reached."
            yield f"### Missed: {goal.key}\n\n{said}\n\n{written.get(goal.key, none).strip()}\n"


def _case(name: str, results: Results, before: Results) -> Iterator[str]:
    case = CASES[name]
    yield f"### {case.title}\n\n`python -m benchmarks run --case {name}`\n"
    found = [key for key in results.rows if key[0] == name]
    if not found:
        yield "Not measured yet.\n"
        return
    yield "| tool | phase | calls (writes) | before | wall s | CPU s | MiB | in flight | |\n" + "|---" * 9 + "|"
    for tool in TOOLS:
        for _, _, phase in (key for key in found if key[1] == tool):
            earlier = before.row(name, tool, phase) if tool == "krampus" else None
            yield _row(tool, phase, results.rows[name, tool, phase], earlier)
    yield ""
    for tool, machine in {key[1]: results.rows[key]["machine"] for key in found}.items():
        yield f"<sub>{tool}: {machine}</sub>\n"


def _row(tool: str, phase: str, row: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> str:
    was = _calls(earlier) if earlier else ""
    wrong = f"does not count: exit {row['status']}, {len(row['wrong'])} things wrong"
    counts = wrong if row["status"] or row["wrong"] else "all as it must be"
    figures = f"{row['wall']:.1f} | {row['cpu']:.1f} | {row['rss']} | {row['most']}"
    return f"| {tool} | {phase} | {_calls(row)} | {was} | {figures} | {counts} |"


def _calls(row: Mapping[str, Any]) -> str:
    return f"{row['reads'] + row['writes']:,} ({row['writes']:,})"


def _script(name: str, results: Results) -> Iterator[str]:
    script = SCRIPTS[name]
    yield f"### {script.title}\n\n`python -m benchmarks script {name}`, which is `{' '.join(script.command)}`\n"
    said = results.said.get(name)
    if said is None:
        yield "Not measured yet.\n"
    else:
        yield f"```text\n{said['said'].strip()}\n```\n\n<sub>{said['machine']}</sub>\n"
