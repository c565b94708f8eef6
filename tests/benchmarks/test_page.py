"""docs/benchmarks.md is what the results say, and says what they do not."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.goals import GOALS
from benchmarks.page import MISSED, PAGE, page
from benchmarks.results import Results, keep_rows, keep_said, read
from benchmarks.scripts import SCRIPTS

ROW = {"reads": 100, "writes": 0, "most": 16, "wall": 2.0, "cpu": 1.0, "rss": 90, "status": 0, "wrong": [], "by": {}}
EMPTY = Results({}, {})


def results(*rows: tuple[str, str, str, dict[str, Any]], said: str = "") -> Results:
    """Rows, each with what differs from the usual; and what a script printed."""
    made = {(case, tool, phase): {**ROW, "machine": "here", **more} for case, tool, phase, more in rows}
    return Results(made, {"year": {"command": "", "machine": "here", "said": said}} if said else {})


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


@pytest.mark.parametrize("fault", [{"status": 1}, {"wrong": ["user ada in 1: there, not None"]}])
def test_a_row_with_anything_wrong_does_not_count(fault: dict[str, Any]) -> None:
    text = page(results(("users", "krampus", "act", fault)), EMPTY, "")
    assert "does not count" in text
    assert "≤ 800, at least 16 in flight | not measured yet |" in text


def test_the_figures_of_a_script_are_taken_from_its_line() -> None:
    text = page(results(said="a year\nREACH year 1.84 190\n"), EMPTY, "")
    assert "| 1.8 CPU s, 190 MiB | reached |" in text
    assert "```text\na year\n" in text


def test_results_are_kept_in_place_of_what_was_there(tmp_path: Any) -> None:
    keep_rows("users", "krampus", [{**ROW, "phase": "act"}], "here", tmp_path)
    keep_rows("users", "probe", [{**ROW, "phase": "act"}], "here", tmp_path)
    keep_rows("users", "krampus", [{**ROW, "phase": "act", "reads": 7}], "here", tmp_path)
    keep_said("year", ["python"], "REACH year 1 2\n", "here", tmp_path)

    kept = read(tmp_path)
    assert sorted(kept.rows) == [("users", "krampus", "act"), ("users", "probe", "act")]
    assert kept.rows["users", "krampus", "act"]["reads"] == 7
    assert kept.figures("year") == (1.0, 2.0)
