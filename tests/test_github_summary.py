"""The summary of a job: never more than GitHub takes, cut between two rows, and nothing left open."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.cli.faults import FaultFormat, show_faults
from reconciler.cli.github_summary import LARGEST, append, truncate
from reconciler.errors import Fault
from tests.attacks import ATTACKS
from tests.markup import Page

ROW = f"| {'é' * 50} |\n"


def test_it_is_cut_between_two_rows() -> None:
    cut = truncate(ROW * 1000, 10_000)
    assert len(cut.encode()) <= 10_000
    rows, _, rest = cut.partition("\n\n…")
    assert set(rows.splitlines()) == {ROW.strip()}
    shown = len(rows.splitlines())
    assert (
        rest == f" truncated: {1000 - shown:,} of 1,000 rows are left out here; the log of this step has all of them.\n"
    )


def test_the_heads_of_tables_are_no_rows() -> None:
    cut = truncate(f"### T\n\n| A |\n|---|\n{ROW * 1000}\n| B |\n|---|\n{ROW * 1000}", 10_000)
    assert "of 2,000 rows" in cut


def test_what_was_opened_is_closed() -> None:
    cut = truncate(f"<details><summary>x</summary>\n\n{ROW * 1000}\n</details>\n", 10_000)
    assert cut.count("<details>") == cut.count("</details>") == 1
    assert cut.index("</details>") < cut.index("… truncated")


def test_what_fits_is_left_as_it_is() -> None:
    assert truncate(ROW, len(ROW.encode())) == ROW
    assert truncate(ROW, 10) == ""


def test_two_of_one_step_share_the_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    for _ in range(3):
        append(ROW * 5_000)
    assert LARGEST * 0.9 < file.stat().st_size <= LARGEST
    notes = re.findall(r"([\d,]+) of 5,000 rows", file.read_text(encoding="utf-8"))
    assert notes[-1] == "5,000"  # even what finds no room at all is missed
    assert file.read_text(encoding="utf-8").count("\n|") + sum(int(n.replace(",", "")) for n in notes) == 15_000 - 1


def test_faults_are_in_the_summary_and_the_annotations_count_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    names = [attack for attack in ATTACKS if attack.isprintable() and len(attack) < 50][:20]
    lines = "".join(f"  - '{one.replace(chr(39), chr(39) * 2)}'\n" for one in names)
    config = 'accounts: {a: {id: "111122223333", team: t}}\nteams: {t: {}}\ndefaults: {team: t}\n'
    (tmp_path / "krampus.yaml").write_text(config)
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "a.yaml").write_text(f"title: T\nreason: R\naction: disable\ntargets:\n{lines}")

    result = CliRunner().invoke(app, ["validate", "--root", str(tmp_path)])

    assert result.exit_code == 2
    assert len([line for line in result.stdout.splitlines() if line.startswith("::error file=tasks/a.yaml,")]) == 8
    assert "::error::and 12 more; the summary and the log name all faults" in result.stdout
    text = file.read_text()
    page = Page(text)
    assert page.tags.count("tr") == 21
    assert not page.marks


def test_a_summary_that_names_not_all_faults_says_how_many_and_where_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    faults = [Fault(f"tasks/{number}.yaml", 1, 1, "x" * 250, "y" * 250) for number in range(4000)]

    show_faults(faults, FaultFormat.GITHUB, out := StringIO())

    text = file.read_text(encoding="utf-8")
    left = int((re.findall(r"… truncated: ([\d,]+) of 4,000 rows", text) or ["0"])[0].replace(",", ""))
    assert text.count("| `tasks/") + left == 4000 > left > 0
    assert "::error::and 3992 more; the log of this step names all faults" in out.getvalue()
    assert all(f"tasks/{number}.yaml:1:1" in out.getvalue() for number in (0, 3999))
