"""`krampus merge`: what does not belong together is refused, and what is missing is unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.server import Gate
from tests.aws import DATA, WEB, Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, task


@pytest.fixture
def parts(desk: Desk, endpoint: str, tmp_path: Path) -> list[str]:
    """What two jobs saw: an instance in each of two accounts, due to be stopped."""
    targets = [instances(Here(endpoint, account), 1)[0] for account in (WEB, DATA)]
    config = CONFIG.replace("team: data}", "team: data, enforce: true}")
    desk.write({"krampus.yaml": config, "tasks/idle.yaml": task("disable", *targets)})
    desk.reconcile(0 * HOUR)
    files = [str(tmp_path / f"looks-{number}.json") for number in (1, 2)]
    for number, file in enumerate(files, start=1):
        looked = desk.krampus("plan", "--shard", f"{number}/2", "--out", file, after=DAY)
        assert (looked.exit_code, looked.output) == (
            0,
            f"Shard {number} of 2: looked at 1, 0 of them could not be seen\n",
        )
    return files


def merged(desk: Desk, *files: str, after: timedelta = DAY) -> tuple[int, dict[str, Any], str]:
    done = desk.krampus("merge", *files, "--format", "json", after=after)
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.mark.promise(1)
def test_it_is_the_plan_of_one_look(desk: Desk, gate: Gate, parts: list[str]) -> None:
    gate.requests.clear()
    together = merged(desk, *parts)
    assert gate.requests == []  # it needs no role
    assert together == merged(desk, *reversed(parts))
    alone = desk.krampus("plan", "--format", "json", after=DAY)
    assert (0, json.loads(alone.stdout)) == together[:2]
    assert together[1]["summary"] == {"ready": 2}


@pytest.mark.promise(7)
def test_a_shard_that_is_missing_is_unseen(desk: Desk, parts: list[str]) -> None:
    code, plan, said = merged(desk, parts[0])
    assert (code, plan["summary"]) == (3, {"ready": 1, "unseen": 1})
    assert "shard 2/2 handed over nothing" in said


def test_what_a_file_does_not_speak_of_is_unseen(desk: Desk, parts: list[str]) -> None:
    Path(parts[0]).write_text(text(lambda one: one.update(sightings=[]))(Path(parts[0]).read_text()))
    assert merged(desk, *parts)[:2] == merged(desk, parts[1])[:2]


def test_of_a_job_that_ran_anew_the_later_look_counts(desk: Desk, parts: list[str], tmp_path: Path) -> None:
    again = str(tmp_path / "again.json")
    desk.krampus("plan", "--shard", "1/2", "--out", again, after=DAY + timedelta(minutes=10))
    late = DAY + timedelta(minutes=20)
    assert merged(desk, *parts, again, after=late) == merged(desk, again, parts[1], after=late)


def text(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    def changed(raw: str) -> str:
        looks = json.loads(raw)
        change(looks)
        return json.dumps(looks)

    return changed


WRONG: dict[str, tuple[Callable[[str], str], str]] = {
    "nothing": (lambda _: "", "the file is empty"),
    "half": (lambda raw: raw[: len(raw) // 2], "the file"),
    "a plan": (lambda _: '{"version": 1, "at": "2026-12-01T00:00:00Z", "decisions": []}', "repository"),
    "another commit": (text(lambda one: one["repository"].update(commit="c0ffee")), "it is of commit c0ffee"),
    "no shard": (text(lambda one: one.update(shard="0/2")), "'0/2' is no shard"),
    "another count": (text(lambda one: one.update(shard="1/1")), "give the files of one matrix"),
    "another shard's": (text(lambda one: one.update(shard="2/2")), "not of this shard"),
    "too much": (text(lambda one: one["sightings"].append(one["sightings"][0])), "it says twice"),
    "a stranger": (text(lambda one: one["sightings"][0].update(target="arn:aws:ec2:x")), "not of this shard"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_what_a_shard_wrote_is_refused(desk: Desk, parts: list[str], name: str) -> None:
    change, why = WRONG[name]
    Path(parts[0]).write_text(change(Path(parts[0]).read_text(encoding="utf-8")), encoding="utf-8")
    code, plan, said = merged(desk, *parts)
    assert (code, plan) == (2, {})
    assert parts[0] in said
    assert why in said


@pytest.mark.parametrize("after", [DAY + 2 * HOUR, DAY - timedelta(minutes=10)])
def test_a_look_of_another_time_is_refused(desk: Desk, parts: list[str], after: timedelta) -> None:
    code, _, said = merged(desk, *parts, after=after)
    assert code == 2
    assert "too long ago, or ahead" in said


def test_a_matrix_of_another_size_is_refused(desk: Desk, parts: list[str], tmp_path: Path) -> None:
    other = str(tmp_path / "other.json")
    desk.krampus("plan", "--shard", "3/3", "--out", other, after=DAY)
    code, _, said = merged(desk, *parts, other)
    assert code == 2
    assert "give the files of one matrix" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--shard", "1/2"), "say where with --out"),
        (("--shard", "3/2", "--out", "x.json"), "is no shard"),
        (("--shard", "1/2", "--out", "x.json", "--base", "HEAD"), "only looks"),
        (("--shard", "1/2", "--out", "x.json", "--until", "2099-01-01"), ""),
    ],
)
def test_a_shard_takes_no_more_than_it_needs(desk: Desk, gate: Gate, words: tuple[str, ...], why: str) -> None:
    gate.requests.clear()
    refused = desk.krampus("plan", *words, after=DAY)
    assert (refused.exit_code, gate.requests) == (2, [])
    assert why in " ".join(refused.stderr.replace("│", " ").split())
