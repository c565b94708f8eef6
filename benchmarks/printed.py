"""Figures out of what the scripts printed. None where a script did not run, or prints something else by now."""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.results import Results

SMALL, LARGE = 10_000, 100_000  # targets of the scripts `canned` and `canned-large`
CANNED = r"^(\w+)\s+exit \d+\s+cpu\s+([\d.]+) s.*?rss\s+([\d.]+) MiB"
YEAR = r"^reconcile\s+([\d.]+) CPU s\s+([\d.]+) MiB"
Figures = tuple[float, ...]


def marked(results: Results, script: str, key: str) -> Figures | None:
    """The numbers of a line `REACH key number …`."""
    found = _all(results, script, rf"^REACH {re.escape(key)} (.+)$")
    return tuple(float(number) for number in found[-1][0].split()) if found else None


def telling_and_acting(results: Results) -> Figures | None:
    """CPU seconds of `canned`."""
    cpu, _ = _canned(results, "canned")
    return (cpu["tell"], cpu["act"]) if {"tell", "act"} <= {*cpu} else None


def level(results: Results) -> Figures | None:
    """By how much the CPU of a target grows at most, over the phases."""
    (small, _), (large, _) = _canned(results, "canned"), _canned(results, "canned-large")
    grown = [(large[phase] / LARGE) / (small[phase] / SMALL) for phase in large if phase in small]
    return (max(grown),) if grown else None


def memory(results: Results) -> Figures | None:
    """The most MiB of `canned-large`."""
    _, most = _canned(results, "canned-large")
    return (max(most.values()),) if most else None


def after_a_year(results: Results) -> Figures | None:
    """CPU seconds and MiB of the costliest run but the first, which tells the teams."""
    runs = [(float(cpu), float(size)) for cpu, size in _all(results, "year", YEAR)][1:]
    return (max(cpu for cpu, _ in runs), max(size for _, size in runs)) if runs else None


def _canned(results: Results, script: str) -> tuple[dict[str, float], dict[str, float]]:
    """By phase: CPU seconds without those of the canned answers, and MiB."""
    rows = _all(results, script, CANNED)
    return {phase: float(cpu) for phase, cpu, _ in rows}, {phase: float(size) for phase, _, size in rows}


def _all(results: Results, script: str, pattern: str) -> Sequence[Sequence[str]]:
    said = results.said.get(script, {}).get("said", "")
    return [match.groups() for match in re.finditer(pattern, said, re.MULTILINE)]
