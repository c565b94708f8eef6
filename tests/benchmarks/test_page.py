"""docs/benchmarks.md is what the results say, and says what they do not."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.goals import GOALS
from benchmarks.page import MISSED, PAGE, page
from benchmarks.results import Results, keep_rows, keep_said, read
from benchmarks.scripts import SCRIPTS

ROW = {
    "reads": 100,
    "writes": 0,
    "most": 16,
    "wall": 2.0,
    "cpu": 1.0,
    "rss": 90,
    "status": 0,
    "wrong": [],
    "by": {},
    "run": "1",
}
EMPTY = Results({}, {})


def results(*rows: tuple[str, str, str, dict[str, Any]], **said: str) -> Results:
    """Rows, each with what differs from the usual; and what scripts printed."""
    made = {(case, tool, phase): {**ROW, "machine": "here", **more} for case, tool, phase, more in rows}
    named = {name.replace("_", "-"): text for name, text in said.items()}
    return Results(made, {name: {"command": "", "machine": "here", "said": text} for name, text in named.items()})


def test_the_page_is_made_of_the_results() -> None:
    made = page(read(), read(cases="before"), MISSED.read_text(encoding="utf-8"))
    assert made == PAGE.read_text(encoding="utf-8"), "run python -m benchmarks report"


def test_what_was_not_measured_is_said_to_be_so() -> None:
    text = page(EMPTY, EMPTY, "")
    assert text.count("| not measured yet | - |") == len(GOALS)
    assert text.count("Not measured yet.") == len(SCRIPTS) + 4
    assert "reached" not in text.partition("## Cases")[0].replace("was to be reached", "")


def test_a_goal_is_reached_or_missed() -> None:
    waits, steady = ("mixed", "krampus", "wait", {"reads": 185}), ("mixed", "krampus", "steady", {"reads": 150})
    assert "| ≤ 185 | 185 / 150 | reached |" in page(results(waits, steady), EMPTY, "")

    worse = ("mixed", "krampus", "wait", {"reads": 186})
    text = page(results(worse, steady), EMPTY, "## idle-calls\n\nOne, two, three.\n\n## other\n\nNo.\n")
    assert "| 186 / 150 | [missed](#missed-idle-calls) |" in text
    assert "### Missed: idle-calls" in text
    assert "One, two, three.\n\n##" in text
    assert "Nothing is written about it yet" in page(results(worse, steady), EMPTY, "")


def test_a_goal_that_is_a_least_is_missed_below_it() -> None:
    ours = [("mixed", "krampus", phase, {"wall": 2.0}) for phase in ("act", "steady")]
    theirs = [("mixed", "c7n-org", phase, {"wall": 11.0}) for phase in ("act", "steady")]
    assert "| 5.5 x / 5.5 x faster | reached |" in page(results(*ours, *theirs), EMPTY, "")

    slower = [("mixed", "c7n-org", phase, {"wall": 9.0}) for phase in ("act", "steady")]
    assert "| 4.5 x / 4.5 x faster | [missed]" in page(results(*ours, *slower), EMPTY, "")


def test_walls_of_two_runs_are_not_compared() -> None:
    ours = [("mixed", "krampus", phase, {"wall": 2.0}) for phase in ("act", "steady")]
    theirs = [("mixed", "c7n-org", phase, {"wall": 11.0, "run": "2"}) for phase in ("act", "steady")]
    assert "| ≥ 5 x | not measured yet |" in page(results(*ours, *theirs), EMPTY, "")


@pytest.mark.parametrize("fault", [{"status": 1}, {"wrong": ["user ada in 1: there, not None"]}])
def test_a_row_with_anything_wrong_does_not_count(fault: dict[str, Any]) -> None:
    text = page(results(("users", "krampus", "act", fault)), EMPTY, "")
    assert "does not count" in text
    assert "≤ 800, at least 16 in flight | not measured yet |" in text


def canned(phase: str, cpu: float, memory: int) -> str:
    answering, calls = "(+ 1.00 answering)", "calls  12,345 (0 writing), in flight 32"
    return f"{phase:7}exit 0  cpu {cpu:8.2f} s {answering}  wall    12.0 s  rss {memory:6.0f} MiB  {calls}\n"


def test_figures_are_taken_from_what_the_scripts_print() -> None:
    small = canned("tell", 10, 150) + canned("wait", 5, 150) + canned("act", 24, 160)
    large = canned("tell", 105, 500) + canned("act", 288, 550)
    year = "146000 lines\nreconcile        9.00 CPU s   150 MiB\nreconcile        1.84 CPU s   190 MiB\n"
    marked = {"validate": "REACH validate 1.44\n", "pacing": "x\nREACH throttled 0 1.21\n"}
    text = page(results(canned=small, canned_large=large, year=year, **marked), EMPTY, "")

    assert "| 10.0 / 24.0 | reached |" in text
    assert "| x 1.20 | [missed](#missed-level) |" in text
    assert "| 550 MiB | reached |" in text
    assert "| 1.8 CPU s, 190 MiB | reached |" in text
    assert "| 1.44 x | reached |" in text
    assert "| 0, 1.21 x | reached |" in text
    assert "```text\n146000 lines\n" in text


def test_results_are_kept_in_place_of_what_was_there(tmp_path: Any) -> None:
    keep_rows("users", "krampus", [{**ROW, "phase": "act"}], {"run": "1"}, tmp_path)
    keep_rows("users", "probe", [{**ROW, "phase": "act"}], {"run": "1"}, tmp_path)
    keep_rows("users", "krampus", [{**ROW, "phase": "act", "reads": 7}], {"run": "2"}, tmp_path)
    keep_said("year", ["python"], "a year\n", "here", tmp_path)

    kept = read(tmp_path)
    assert sorted(kept.rows) == [("users", "krampus", "act"), ("users", "probe", "act")]
    assert kept.rows["users", "krampus", "act"]["reads"] == 7
    assert kept.said["year"]["said"] == "a year\n"
