"""The folder of issues: what is written into it can be read again, whatever was said."""

from __future__ import annotations

from pathlib import Path

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
