"""The tools that are measured: each sets itself up for a world, and says what to run in each phase."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.tools.custodian import C7N, C7N_ORG
from benchmarks.tools.krampus import KRAMPUS
from benchmarks.tools.probe import PROBE
from benchmarks.tools.tool import Tool

TOOLS: Mapping[str, Tool] = {"krampus": KRAMPUS, "probe": PROBE, "c7n": C7N, "c7n-org": C7N_ORG}
