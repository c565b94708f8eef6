"""krampus ledger: the chain proved on the branch itself, and a story with everybody in it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import InvalidInput
from reconciler.ledger.chain import parse
from tests.aws import WEB, Here
from tests.build import NOW, append, entry
from tests.desk import START, Desk, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REVIEWED = """Stop idle machines

Reviewed-by: Grace <grace@example.org>
Co-authored-by: Linus <linus@example.org>"""


@pytest.fixture
def target(desk: Desk, endpoint: str) -> str:
    """An instance that was told of, stopped, and seen to be."""
    ec2 = Here(endpoint, WEB).client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    arn = f"arn:aws:ec2:eu-west-1:{WEB}:instance/{made}"
    desk.write({"tasks/old/idle.yaml": task("disable", arn)}, REVIEWED)
    for after in (0 * HOUR, 1 * DAY, 1 * DAY + HOUR):
        desk.reconcile(after)
    return arn


def rewrite(desk: Desk, change: Callable[[list[str]], list[str]]) -> tuple[str, int]:
    """Somebody writes the report branch by hand. Returns the file, and the exit code of `verify`."""
    with tempfile.TemporaryDirectory() as folder:
        desk.git("clone", "--quiet", "--branch", "krampus/reports", str(desk.remote), folder)
        (file,) = Path(folder, "ledger").iterdir()
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(change(lines)), encoding="utf-8")
        desk.git("commit", "--quiet", "--allow-empty", "-am", "By hand", at=Path(folder))
        desk.git("push", "--quiet", at=Path(folder))
        return f"ledger/{file.name}", desk.krampus("ledger", "verify").exit_code


def test_verify_counts_the_lines_and_names_the_last(desk: Desk, target: str) -> None:
    result = desk.krampus("ledger", "verify")

    assert target
    assert result.exit_code == 0
    assert "4 lines in 1 files, the chain is intact" in result.stdout
    assert desk.ledger()[-1]["hash"] in result.stdout


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: [lines[0].replace("noticed", "exempted"), *lines[1:]], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2),
        (lambda lines: [*lines[:3], lines[2], lines[3]], 4),
    ],
    ids=["edited", "lost", "moved", "doubled"],
)
def test_verify_names_the_line_at_which_the_chain_breaks(
    desk: Desk, target: str, change: Callable[[list[str]], list[str]], line: int
) -> None:
    file, code = rewrite(desk, change)

    result = desk.krampus("ledger", "verify")

    assert target
    assert (code, result.exit_code) == (2, 2)
    assert f"{file}:{line}:1: line {line} does not follow" in result.stderr
    # Nor does anything else go on with it.
    assert desk.krampus("reconcile", after=2 * DAY).exit_code == 2


def test_a_ledger_without_a_line_is_whole(desk: Desk) -> None:
    result = desk.krampus("ledger", "verify")

    assert (result.exit_code, result.stdout) == (0, "0 lines in 0 files, the chain is intact\n")


def test_a_story_says_who_asked_who_was_told_and_what_was_done(desk: Desk, target: str) -> None:
    desk.write({"tasks/old/idle.yaml": task("disable", target, severity="high")}, "Make it\nurgent")

    lines = desk.krampus("ledger", "show", target).stdout.splitlines()

    assert lines[0] == target
    assert "  task idle" in lines
    words = [line.split()[0] for line in lines[3:]]
    assert words == [
        *("asked", "Reviewed-by:", "Co-authored-by:", "asked"),
        *("notified", "intended", "ec2.stop_instances", "undo:", "done", "settled"),
    ]
    asked, reviewed = lines[3], lines[4]
    assert "Stop idle machines, by author@example.org <author@example.org>" in asked
    assert "committed by committer@example.org <committer@example.org>" in asked
    assert reviewed.strip() == "Reviewed-by: Grace <grace@example.org>"
    told = next(line for line in lines[3:] if line.split()[0] == "notified")
    assert f"for {START + DAY:%Y-%m-%d %H:%M} UTC, at issues/0001-krampus-a-finding.md" in told
    assert any("undo: ec2.start_instances" in line for line in lines)


def test_a_story_for_programs(desk: Desk, target: str) -> None:
    desk.remove("tasks/old/idle.yaml")

    story = json.loads(desk.krampus("ledger", "show", target, "--format", "json").stdout)

    assert (story["version"], story["target"]) == (1, target)
    (told,) = story["tasks"]
    assert (told["task"], told["whole"]) == ("idle", True)
    assert [one["subject"] for one in told["asked"]] == ["Stop idle machines", "Remove"]
    assert told["asked"][0]["trailers"] == [
        ["Reviewed-by", "Grace <grace@example.org>"],
        ["Co-authored-by", "Linus <linus@example.org>"],
    ]
    assert [one["event"] for one in told["lines"]] == ["noticed", "intended", "applied", "settled"]
    assert told["lines"][1]["calls"][0]["undo"]["operation"] == "start_instances"
    assert [one["hash"] for one in told["lines"]] == [one["hash"] for one in desk.ledger()]


def test_a_story_names_the_merge_that_brought_the_task_in(desk: Desk, target: str) -> None:
    desk.git("checkout", "--quiet", "-b", "urgent")
    desk.write({"tasks/old/idle.yaml": task("disable", target, severity="high")}, "Make it urgent")
    desk.git("checkout", "--quiet", "main")
    desk.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #7", "urgent")

    story = json.loads(desk.krampus("ledger", "show", target, "--format", "json").stdout)

    subjects = [one["subject"] for one in story["tasks"][0]["asked"]]
    assert subjects == ["Stop idle machines", "Make it urgent", "Merge pull request #7"]


def test_a_shallow_clone_says_that_somebody_may_be_missing(desk: Desk, target: str, tmp_path: Path) -> None:
    desk.git("push", "--quiet", "origin", "main")
    shallow = tmp_path / "shallow"
    desk.git("clone", "--quiet", "--depth=1", "--branch=main", f"file://{desk.remote}", str(shallow))

    told = Desk(shallow, desk.remote, desk.issues).krampus("ledger", "show", target)

    assert "this clone is shallow" in told.stdout


def test_an_arn_that_the_ledger_does_not_know_is_refused(desk: Desk, target: str) -> None:
    result = desk.krampus("ledger", "show", target[:-1])

    assert result.exit_code == 2
    assert "the ledger has no entry for" in result.stderr


LINES = 7


@pytest.mark.promise(11)
@given(st.data())
def test_lines_that_are_edited_dropped_swapped_or_doubled_are_found(data: st.DataObject) -> None:
    files = append({}, [entry(number=number, at=NOW + timedelta(days=6 * number)) for number in range(LINES)])
    names = sorted(files)
    lines = [(name, line) for name in names for line in files[name].splitlines(keepends=True)]
    one, other = data.draw(st.lists(st.integers(0, LINES - 1), min_size=2, max_size=2, unique=True))
    what = data.draw(st.sampled_from(("edit", "drop", "swap", "double")))
    if what == "edit":
        at = data.draw(st.integers(0, len(lines[one][1]) - 2))
        edited = bytearray(lines[one][1])
        edited[at] = (edited[at] + data.draw(st.integers(1, 255))) % 256
        lines[one] = (lines[one][0], bytes(edited))
    elif what == "drop":
        # From the end nothing is missed: that the branch only grows protects it.
        first = data.draw(st.integers(0, LINES - 2))
        del lines[first : data.draw(st.integers(first + 1, LINES - 1))]
    elif what == "swap":
        (file, text), (elsewhere, moved) = lines[one], lines[other]
        lines[one], lines[other] = (file, moved), (elsewhere, text)
    else:
        lines.insert(other, lines[one])
        lines.sort(key=lambda line: line[0])
    changed = {name: b"".join(text for file, text in lines if file == name) for name in names}

    with pytest.raises(InvalidInput):
        parse(changed)
