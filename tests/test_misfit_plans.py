"""Plans and outcomes that do not fit: each is refused with a sentence that names what does not, and nothing is done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.demo.server import Gate
from tests.aws import DATA, WEB, Here
from tests.desk import CONFIG, DAY, HOUR, START, Desk, instances, task

Data = dict[str, Any]
Change = Callable[[Data], object]


@pytest.fixture
def plan(desk: Desk, web: Here, tmp_path: Path) -> Path:
    """A plan in which one of two instances is due; it is not recorded."""
    due, later = instances(web, 2)
    desk.write(
        {
            "tasks/due.yaml": task("disable", due),
            "tasks/later.yaml": task("kill", later, after=f"{START + 9 * DAY:%Y-%m-%dT%H:%M:%SZ}"),
        }
    )
    desk.reconcile(0 * HOUR)
    file = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(file), after=DAY).exit_code == 0
    return file


def changed(file: Path, change: Change) -> str:
    """Another file with a change made to what this one says."""
    data = json.loads(file.read_text(encoding="utf-8"))
    change(data)
    other = file.with_name("changed.json")
    other.write_text(json.dumps(data), encoding="utf-8")
    return str(other)


def first(**keys: object) -> Change:
    """What is decided first says this; its facts likewise, where they say it."""
    return lambda data: data["decisions"][0].update(keys)


def seen(**facts: object) -> Change:
    return lambda data: data["sightings"][0]["resource"]["facts"].update(facts)


RENAMED = "an account under another name"  # publish goes by its number
MISFITS: dict[str, tuple[Change, str]] = {
    RENAMED: (first(account="nope"), "'nope'"),
    "the number of none": (first(account_id="999988887777"), "999988887777"),
    "a kind that is not there": (first(kind="ec2:instanse"), "ec2:instanse"),
    "a team that is not there": (first(team="nobody"), "team 'nobody'"),
    "a task that is not there": (first(task="nope"), "task 'nope'"),
    "the same twice": (lambda data: data["decisions"].append(data["decisions"][0]), "says twice"),
    "a time without a zone": (lambda data: data.update(at="2026-12-01T00:00:00"), "at: "),
    "the end of time": (lambda data: data.update(at="9999-12-31T23:59:59Z"), "at: "),
    "the beginning of time": (lambda data: data.update(at="0001-01-01T00:00:00+14:00"), "at: "),
    "a due date without a zone": (first(due="2026-12-01T00:00:00"), "due: "),
    "a later version": (lambda data: data.update(version=2), "it is of version 2, and this Krampus reads version 1"),
    "no version that is": (lambda data: data.update(version="1e9"), "version"),
    "an unknown key": (lambda data: data.update(extra=1), "`extra` is not known"),
    "a missing key": (lambda data: data.pop("at"), "`at` is missing"),
    "a list for a mapping": (lambda data: data.update(repository=[]), "repository"),
}
# Who made these up would have to have recorded them.
REPLAYED: dict[str, tuple[Change, str]] = {
    "facts that are no text": (seen(state=True), "no kind of resource shows"),
    "facts that are lists": (seen(state=[[[]]]), "no kind of resource shows"),
    "facts that are missing": (lambda data: data["sightings"][0]["resource"].update(facts={}), "no kind of resource"),
    "a number that is none": (lambda data: data["summary"].update(ready=10**30), "does not follow"),
}


@pytest.mark.parametrize("command", ["record", "apply", "publish"])
def test_a_plan_that_does_not_fit_is_refused_by_name(desk: Desk, gate: Gate, plan: Path, command: str) -> None:
    gate.requests.clear()
    before = desk.tip()
    cases = {**MISFITS, **REPLAYED} if command == "record" else MISFITS
    cases = {name: case for name, case in cases.items() if command != "publish" or name != RENAMED}
    if command == "publish":  # whose plan is not recorded; of one without calls all that it says is looked at
        plan = Path(changed(plan, lambda data: data["decisions"].pop(0))).rename(plan)

    for name, (change, words) in cases.items():
        result = desk.krampus(command, changed(plan, change), after=DAY)
        assert (result.exit_code, words in result.output, "Traceback" in result.output) == (2, True, False), (
            name,
            result.output,
        )
    assert (gate.writes, desk.tip()) == ([], before)


def test_an_apply_of_a_recorded_plan_is_of_that_plan_alone(desk: Desk, gate: Gate, plan: Path) -> None:
    assert desk.krampus("record", str(plan)).exit_code == 0
    gate.requests.clear()

    for name, (change, _) in {**MISFITS, **REPLAYED}.items():
        assert desk.krampus("apply", changed(plan, change), after=DAY).exit_code == 2, name

    assert gate.writes == []


def raw(content: bytes) -> Callable[[Path], bytes]:
    return lambda _plan: content


NO_PLANS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "an empty file": (raw(b" \n"), "the file is empty"),
    "a byte order mark": (lambda plan: b"\xef\xbb\xbf" + plan.read_bytes(), "byte order mark"),
    "UTF-16": (lambda plan: plan.read_text(encoding="utf-8").encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (lambda plan: plan.read_text(encoding="utf-8").encode("utf-16-le"), "UTF-16"),
    "no UTF-8": (raw(b'{"version": "\xff"}'), "JSON"),
    "half a file": (lambda plan: plan.read_bytes()[:-20], "after `"),
    "YAML": (raw(b"version: 1\n"), "JSON"),
    "null": (raw(b"null"), "the file: "),
    "deep": (raw(b'{"version": ' + b"[" * 100_000), "recursion"),
    "NaN": (lambda plan: plan.read_bytes().replace(b'"version":1', b'"version":NaN'), "version"),
    "a number of 5000 digits": (
        lambda plan: plan.read_bytes().replace(b'"version":1', b'"version":' + b"9" * 5000),
        "digits",
    ),
    "a lone surrogate": (lambda plan: plan.read_bytes().replace(b'"ready"', b'"\\ud800"', 1), "JSON"),
}


@pytest.mark.parametrize("command", ["record", "apply", "publish"])
def test_what_is_no_plan_is_refused_with_a_word(desk: Desk, plan: Path, command: str) -> None:
    other = plan.with_name("other.json")
    for name, (content, words) in NO_PLANS.items():
        other.write_bytes(content(plan))
        result = desk.krampus(command, str(other), after=DAY)
        assert (result.exit_code, words in result.output, "Traceback" in result.output) == (2, True, False), (
            name,
            result.output,
        )


def test_facts_with_numbers_that_are_none_are_refused_too(desk: Desk, plan: Path) -> None:
    other = plan.with_name("other.json")
    for number in ("NaN", "-Infinity", "9" * 5000):
        other.write_bytes(plan.read_bytes().replace(b'"facts":{', f'"facts": {{"n": {number},'.encode(), 1))
        for command in ("record", "apply", "publish"):
            result = desk.krampus(command, str(other), after=DAY)
            assert (result.exit_code, "Traceback" in result.output) == (2, False), (number, result.output)


# --- outcomes


def outcomes(**keys: object) -> Change:
    return lambda data: data["outcomes"][0].update(keys)


WRONG: dict[str, tuple[Change, str]] = {
    "a target of nobody": (outcomes(target=f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-00000000000000000"), "was not due"),
    "a task of nobody": (outcomes(task="nope"), "was not due"),
    "more calls than there are": (outcomes(sent=99), "99 calls cannot have been sent"),
    "fewer than none": (outcomes(sent=-1), "sent: "),
    "a number that is none": (outcomes(sent=True), "sent: "),
    "as text": (outcomes(sent="1"), "sent: "),
    "done, and nothing sent": (outcomes(sent=0), "nothing is said to have gone wrong"),
    "left alone, and sent": (outcomes(problem={"trouble": "stale", "message": "x"}), "left alone"),
    "twice": (lambda data: data["outcomes"].append(copy.deepcopy(data["outcomes"][0])), "says twice"),
    "another plan's": (lambda data: data.update(plan="0" * 64), "another plan"),
    "a later version": (lambda data: data.update(version=2), "version 2"),
}


def not_due(data: Data, plan: Path) -> None:
    """The outcome of the target that is in the plan, and was not due."""
    decisions = json.loads(plan.read_text(encoding="utf-8"))["decisions"]
    other = next(one for one in decisions if one["verdict"] != "ready")
    data["outcomes"].append({"task": other["task"], "target": other["target"], "sent": 1, "problem": None})


def test_outcomes_that_cannot_be_of_the_plan_are_refused(desk: Desk, plan: Path) -> None:
    assert desk.krampus("record", str(plan)).exit_code == 0
    out = plan.with_name("outcomes.json")
    assert desk.krampus("apply", str(plan), "--out", str(out)).exit_code == 0
    before = desk.tip()
    cases = {**WRONG, "not due": (lambda data: not_due(data, plan), "was not due in this plan")}

    for name, (change, words) in cases.items():
        result = desk.krampus("publish", str(plan), changed(out, change))
        assert (result.exit_code, words in result.output) == (2, True), (name, result.output)
    failed = changed(out, outcomes(sent=0, problem={"trouble": "denied", "message": "x"}))
    at_odds = desk.krampus("publish", str(plan), str(out), failed)
    assert (at_odds.exit_code, "say different things" in at_odds.output) == (2, True), at_odds.output
    assert desk.tip() == before

    twice = changed(out, outcomes(sent=0, problem={"trouble": "stale", "message": "it was done before"}))
    assert desk.krampus("publish", str(plan), str(out), twice).exit_code == 0  # a shard that ran twice says so
    assert [event for event, _ in desk.events()].count("applied") == 1


# --- what has changed since


@pytest.mark.parametrize(
    "config",
    [
        CONFIG.replace("website-prod", "shop"),
        CONFIG.replace("website-prod", "data").replace("data-lab", "website-prod"),
        CONFIG.replace(WEB, "999988887777"),
        CONFIG.replace("web", "shop").replace("shopsite-prod", "website-prod"),
        CONFIG.replace(DATA, "999988887777"),
    ],
    ids=["renamed", "named as another was", "removed", "another team", "another account"],
)
def test_what_was_done_is_told_though_the_repository_has_changed(desk: Desk, plan: Path, config: str) -> None:
    assert desk.krampus("record", str(plan)).exit_code == 0
    out = plan.with_name("outcomes.json")
    assert desk.krampus("apply", str(plan), "--out", str(out)).exit_code == 0
    target = json.loads(out.read_text(encoding="utf-8"))["outcomes"][0]["target"]
    tasks = {"tasks/later.yaml": ""} if WEB not in config else {}
    desk.write({"krampus.yaml": config, **tasks})
    for name in ("due", "later") if WEB not in config else ():
        desk.remove(f"tasks/{name}.yaml")

    result = desk.krampus("publish", str(plan), str(out))

    assert result.exit_code in (0, 3), result.output
    assert ("applied", target) in desk.events()


def test_what_cannot_be_handed_over_is_known_before_a_call_is_sent(desk: Desk, gate: Gate, plan: Path) -> None:
    assert desk.krampus("record", str(plan)).exit_code == 0
    gate.requests.clear()

    for out in (plan.parent, plan.parent / "nowhere" / "outcomes.json"):
        for command in (("plan",), ("apply", str(plan)), ("undo", "due")):
            result = desk.krampus(*command, "--out", str(out), after=DAY)
            assert (result.exit_code, "folder" in result.output) == (2, True)
    assert gate.requests == []
