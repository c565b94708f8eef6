"""Each case of docs/benchmarks.md takes no more calls than counts.json says, and twice the size at most twice as many.

A tenth of the size there, and two tenths. Calls are counted as there, at the door of the emulated AWS.
After calls became fewer: KRAMPUS_GOLDEN=write pytest -m proof tests/benchmarks/test_counts.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.cases import CASES, prepared
from benchmarks.looks import look
from benchmarks.proxy import Calls, Proxy
from benchmarks.run import NOT_YET
from benchmarks.tools.krampus import AFTER, files
from benchmarks.world import Aws, differences
from reconciler.demo.server import Gate
from tests.desk import Desk, make_desk

TABLE = Path(__file__).parent / "counts.json"
TWICE = 2.2

pytestmark = pytest.mark.proof("the cases of the benchmarks, whole lives of up to a hundred targets")


@pytest.fixture
def proxy(gate: Gate) -> Iterator[Proxy]:
    """In front of the emulated AWS, without its delay."""
    behind = gate.app
    gate.app = counting = Proxy(behind, delay=0)
    yield counting
    gate.app = behind


def phases(case: str, size: int, desk: Desk, proxy: Proxy, endpoint: str) -> dict[str, Calls]:
    """The calls of each phase of a life of this size; all is right after each."""
    aws = Aws(endpoint)
    world = prepared(CASES[case], aws, size)
    desk.write(files(world))
    desk.git("push", "--quiet", "origin", "main")
    counted: dict[str, Calls] = {}
    for phase, after in AFTER.items():
        proxy.take()
        desk.reconcile(after)
        counted[phase] = proxy.take()
        expected = world.before if phase in NOT_YET else world.wanted()
        assert differences(expected, look(aws, world)) == [], phase
    return counted


@pytest.mark.parametrize("case", CASES)
def test_a_case_takes_no_more_calls_than_before(case: str, desk: Desk, proxy: Proxy, endpoint: str) -> None:
    size = CASES[case].size // 10
    counted = phases(case, size, desk, proxy, endpoint)

    most = table(case, counted)
    for phase, calls in counted.items():
        assert calls.writes == most[phase][1], (phase, calls.by)
        assert calls.reads <= most[phase][0], (phase, calls.by)

    twice = phases(case, 2 * size, make_desk(desk.root.parent / "twice"), proxy, endpoint)
    for phase, calls in twice.items():
        assert calls.reads + calls.writes <= TWICE * (counted[phase].reads + counted[phase].writes), (phase, calls.by)


def table(case: str, counted: Mapping[str, Calls]) -> Mapping[str, tuple[int, int]]:
    """The reads and writes that each phase may take."""
    every: dict[str, Mapping[str, tuple[int, int]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    if os.environ.get("KRAMPUS_GOLDEN") == "write":
        every[case] = {phase: (calls.reads, calls.writes) for phase, calls in counted.items()}
        lines = (f' "{name}": {json.dumps(rows)}' for name, rows in every.items())
        TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return every[case]
