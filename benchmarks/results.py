"""What was measured, as files in benchmarks/results: the rows of the cases, and what each script printed."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
CASES = "cases"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """rows: by case, tool and phase; said: by script, with `command` and `machine`."""

    rows: Mapping[tuple[str, str, str], Row]
    said: Mapping[str, Mapping[str, str]]

    def row(self, case: str, tool: str, phase: str) -> Row | None:
        """One that counts; None if there is none, or something was not as it must be."""
        row = self.rows.get((case, tool, phase))
        return row if row and not row["status"] and not row["wrong"] else None


def read(folder: Path = FOLDER, cases: str = CASES) -> Results:
    """All results. `cases`: the file of the rows, of another run than the last."""
    rows = _load(folder / f"{cases}.json", [])
    files = sorted(folder.glob("said-*.json"))
    said = {file.stem.removeprefix("said-"): _load(file, {}) for file in files}
    return Results({(row["case"], row["tool"], row["phase"]): row for row in rows}, said)


def keep_rows(case: str, tool: str, rows: Iterable[Row], common: Row, folder: Path = FOLDER) -> None:
    """In place of what was there of the case and tool.

    common: `machine`, and `run`: the same for all that was measured one after the other before the same server
    """
    file = folder / f"{CASES}.json"
    others = [row for row in _load(file, []) if (row["case"], row["tool"]) != (case, tool)]
    mine = [{"case": case, "tool": tool, **row, **common} for row in rows]
    _write(file, sorted([*others, *mine], key=lambda row: (row["case"], row["tool"])))


def keep_said(name: str, command: Sequence[str], said: str, where: str, folder: Path = FOLDER) -> None:
    """In place of what the script said before."""
    _write(folder / f"said-{name}.json", {"command": " ".join(command), "machine": where, "said": said})


def machine() -> str:
    """What it was measured on, and when."""
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    libraries = ", ".join(f"{name} {version(name)}" for name in ("boto3", "moto"))
    ask = ["git", "-C", str(FOLDER), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  ours
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}, {os.cpu_count()} cores of "
        f"{names[0] if names else 'an unknown processor'}, Python {platform.python_version()}, {libraries}, "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )


def _load(file: Path, without: Any) -> Any:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else without


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
