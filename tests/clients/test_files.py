"""The folder of issues: what is written into it can be read again, whatever was said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.clients.file_tracker import FileTracker
from reconciler.model.issue import Draft
from reconciler.publish.issue_diff import closed
from reconciler.render.escape import prose

DRAFT = Draft("0" * 20, "", "Open", "The body\n", ("krampus",), True)


@pytest.mark.parametrize(
    "said",
    [
        prose('AWS could not be reached: Could not connect to the endpoint URL: "https://iam.amazonaws.com/"'),
        prose("@acme/web-oncall #1 www.example.org"),
        "---\n- a line of dashes, and a tab\there",
        "a\u2028b\u202ec\ufeffd",
        "x" * 20_000,
    ],
)
def test_an_issue_stays_readable_whatever_is_said_in_it(tmp_path: Path, said: str) -> None:
    tracker = FileTracker(tmp_path)
    issue = tracker.create(DRAFT)

    tracker.comment(issue, said)
    tracker.comment(issue, "and more")

    (standing,) = tracker.open_issues([""])
    assert (standing.body, standing.open) == (DRAFT.body, True)
    first, second = tracker.comments(standing)
    assert first.startswith(said[:1])
    assert second == "and more"


def test_what_stands_is_open_and_what_is_closed_is_asked_for(tmp_path: Path) -> None:
    tracker = FileTracker(tmp_path)
    issue = tracker.create(DRAFT)
    assert (tracker.open_issues([""]), tracker.earlier(DRAFT.key, "")) == ([issue], [])

    tracker.edit(closed(issue))
    assert [one.number for one in tracker.earlier(DRAFT.key, "")] == [1]
    assert (tracker.open_issues([""]), tracker.earlier("f" * 20, ""), tracker.earlier(DRAFT.key, "a/b")) == ([], [], [])


def test_a_half_written_file_of_a_run_that_was_killed_is_no_issue_and_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "0001-open.tmp").write_text("---\ntitle: half")
    tracker = FileTracker(tmp_path)

    assert tracker.open_issues([""]) == []
    assert tracker.create(DRAFT).number == 1
    assert [file.name for file in tmp_path.iterdir()] == ["0001-open.md"]


def test_the_folder_is_read_once_however_many_issues_there_are(tmp_path: Path) -> None:
    class Counting(FileTracker):
        read = 0

        def _read(self, path: Path) -> tuple[dict[str, Any], str]:
            self.read += 1
            return super()._read(path)

    def reads(count: int) -> int:
        folder = tmp_path / str(count)
        for number in range(count):
            FileTracker(folder).create(replace(DRAFT, key=f"{number:020x}"))
        tracker = Counting(folder)
        for number in range(count, 2 * count):
            assert tracker.earlier(f"{number:020x}", "") == []
            tracker.create(replace(DRAFT, key=f"{number:020x}"))
        assert len(tracker.open_issues([""])) == 2 * count
        return tracker.read

    assert reads(40) <= 2.2 * reads(20)


def test_more_issues_than_four_digits_count_do_not_overwrite_each_other(tmp_path: Path) -> None:
    (tmp_path / "9999-old.md").write_text("---\nstate: closed\n---\n")
    assert [FileTracker(tmp_path).create(DRAFT).number for _ in range(2)] == [10_000, 10_001]
    assert len(FileTracker(tmp_path).open_issues([""])) == 2
