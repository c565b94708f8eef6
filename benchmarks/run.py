"""One row a phase of a tool in a case: run it, count, measure, and look whether all is as it must be."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.cases import Case, prepared
from benchmarks.looks import look
from benchmarks.measured import Measured, measure
from benchmarks.tools.tool import Phase, Tool, environment
from benchmarks.world import Aws, World, differences

NOT_YET = ("tell", "wait")
Row = Mapping[str, Any]


def rows(url: str, case: Case, tool: Tool, size: int = 0, until: Phase = "steady") -> Iterator[Row]:
    """A new world, and the phases that the tool has, in their order, up to one of them."""
    aws = Aws(url)
    world = prepared(case, aws, size)
    with tempfile.TemporaryDirectory(prefix="krampus-bench-") as name:
        folder = Path(name)
        tool.prepare(world, folder)
        for phase in tool.phases:
            yield _row(aws, world, tool, folder, phase)
            if phase == until:
                break


def _row(aws: Aws, world: World, tool: Tool, folder: Path, phase: Phase) -> Row:
    log = folder / f"{phase}.log"
    _calls(aws)
    runs = [measure(one, environment(aws.url, folder), folder, log) for one in tool.commands(world, folder, phase)]
    calls = _calls(aws)
    wrong = differences(world.before if phase in NOT_YET else world.wanted(), look(aws, world))
    status = max(abs(run.status) for run in runs)
    said = log.read_text(encoding="utf-8", errors="replace")[-2000:] if status or wrong else ""
    return {"phase": phase, **calls, **_sums(runs), "status": status, "wrong": wrong[:5], "said": said}


def _calls(aws: Aws) -> Mapping[str, Any]:
    reads, writes, most, by = json.loads(urllib3.request("POST", f"{aws.url}/bench/calls").data)
    return {"reads": reads, "writes": writes, "most": most, "by": by}


def _sums(runs: Sequence[Measured]) -> Mapping[str, float]:
    wall, cpu = sum(run.wall for run in runs), sum(run.cpu for run in runs)
    return {"wall": round(wall, 2), "cpu": round(cpu, 2), "rss": round(max(run.rss for run in runs))}
