"""When a run last completed is written down once a day, and `validate` says when that is long ago."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from reconciler.ledger.heartbeat import EVERY, FILE, LATE, beat, late
from tests.build import NOW
from tests.desk import START, Desk

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "renewed"), [(timedelta(0), False), (EVERY - HOUR, False), (EVERY, True), (-HOUR, True)]
)
def test_it_is_left_as_it_is_while_it_is_young(age: timedelta, renewed: bool) -> None:
    stands = beat({}, NOW)
    again = beat(stands, NOW + age)
    assert again == (beat({}, NOW + age) if renewed else {})


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"completed": 1e400}', b'{"completed": "yesterday"}'])
def test_what_cannot_be_read_is_written_anew_and_warns_nobody(raw: bytes) -> None:
    assert beat({FILE: raw}, NOW) == beat({}, NOW) != {}
    assert late(raw, NOW) == ""


def test_it_is_late_after_three_days() -> None:
    raw = beat({}, NOW)[FILE]
    assert late(raw, NOW + LATE - HOUR) == ""
    assert late(raw, NOW + LATE) == "no run has completed since 2026-12-01 09:00 UTC, 3 days ago"


def test_runs_without_news_commit_once_a_day(desk: Desk) -> None:
    tips = []
    for hours in range(0, 48, 6):
        desk.reconcile(timedelta(hours=hours))
        tips.append(desk.tip())

    assert [tips.index(tip) for tip in tips] == [0, 0, 0, 0, 4, 4, 4, 4]
    assert desk.git("show", "--format=", "--name-only", tips[4], at=desk.remote).split() == [FILE]
    assert json.loads(desk.reported(FILE)) == {"completed": f"{START + timedelta(hours=24):%Y-%m-%dT%H:%M:%SZ}"}


def test_validate_warns_of_a_heartbeat_that_this_clone_knows(desk: Desk) -> None:
    desk.reconcile(timedelta(0))
    desk.git("update-ref", "-d", "refs/remotes/origin/krampus/reports")
    unknown = desk.krampus("validate", after=LATE)
    desk.git("fetch", "--quiet", "origin")
    young, old = desk.krampus("validate", after=LATE - HOUR), desk.krampus("validate", after=LATE)

    assert [one.exit_code for one in (unknown, young, old)] == [0, 0, 0]
    assert unknown.stderr == young.stderr == ""
    assert "no run has completed since" in old.stderr
    assert "git fetch" in old.stderr
    assert old.stdout == young.stdout


def test_the_warning_is_an_annotation_in_actions_and_leaves_json_alone(desk: Desk) -> None:
    desk.reconcile(timedelta(0))
    desk.git("fetch", "--quiet", "origin")

    github = desk.krampus("validate", "--format", "github", after=LATE)
    as_json = desk.krampus("validate", "--format", "json", after=LATE)

    assert github.stdout.splitlines()[0].startswith("::warning::no run has completed since ")
    assert json.loads(as_json.stdout)["faults"] == []
    assert "no run has completed" in as_json.stderr


def test_a_report_on_main_is_found_too(desk: Desk) -> None:
    config = (desk.root / "krampus.yaml").read_text(encoding="utf-8")
    desk.write({"krampus.yaml": f"{config}report: {{branch: main}}\n"})
    desk.git("push", "--quiet", "origin", "main")
    desk.reconcile(timedelta(0))
    desk.git("fetch", "--quiet", "origin")
    assert "no run has completed" in desk.krampus("validate", after=LATE).stderr
