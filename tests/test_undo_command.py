"""`krampus undo` takes back what a task did, tells of it and records it; and what stands against it or holds it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.demo.server import Gate
from tests.applied import done, exemption, open_group, rules
from tests.aws import Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task

WHO = "Ada <ada@example.org>"  # as git is configured


def test_what_was_disabled_is_as_before_and_told_and_written_down(desk: Desk, gate: Gate, web: Here) -> None:
    group, (instance,) = open_group(web), instances(web)
    before = rules(web, group)
    done(desk, group, instance)
    assert (len(rules(web, group)), state(web, instance)) == (2, "stopped")
    desk.remove("tasks/open.yaml")

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 0, result.output
    assert (rules(web, group), state(web, instance)) == (before, "running")
    assert "ec2.authorize_security_group_ingress" in result.stdout
    restored = [line for line in desk.ledger() if line["event"] == "restored"]
    assert {line["target"] for line in restored} == {group, instance}
    assert {line["detail"] for line in restored} == {f"undone: asked for by {WHO}"}
    assert all(line["at"] > one["at"] for line in restored for one in desk.ledger() if one["event"] == "applied")
    assert desk.issue().count("**restored**") == 2
    assert json.loads(desk.reported("run.json")) == {}  # nobody is at work any more

    head, issue = desk.head(), desk.issue()
    gate.requests.clear()
    again = desk.krampus("undo", "open", after=2 * DAY + HOUR)
    assert (again.exit_code, again.stdout) == (0, "open: nothing to undo\n")
    assert (gate.writes, desk.head(), desk.issue()) == ([], head, issue)


def test_the_record_with_the_way_back_is_pushed_before_the_first_call(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    known: list[dict[str, Any]] = []
    gate.refuse = lambda request: known.append(desk.ledger()[-1]) if request.writes else None

    desk.krampus("undo", "open", after=2 * DAY)

    (intended,) = known
    assert (intended["event"], intended["detail"]) == ("intended", f"undone: asked for by {WHO}")
    assert [call["operation"] for call in intended["calls"]] == ["start_instances"]
    assert intended["calls"][0]["undo"]["operation"] == "stop_instances"


def test_one_target_alone(desk: Desk, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    desk.remove("tasks/open.yaml")

    assert desk.krampus("undo", "open", one, after=2 * DAY).exit_code == 0

    assert (state(web, one), state(web, other)) == ("running", "stopped")


def test_it_is_refused_while_the_task_is_in_force(desk: Desk, gate: Gate, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    gate.requests.clear()

    for wanted in ([], [one]):
        result = desk.krampus("undo", "open", *wanted, after=2 * DAY)
        assert result.exit_code == 2
        assert f"tasks/open.yaml:1:1: the task 'open' is in force for {one}" in result.stderr
        assert "take the target out of tasks/open.yaml, or add an exemption" in result.stderr
    assert gate.requests == []

    # Where it names one of them still, the other is taken back, and the one is named.
    desk.write({"tasks/open.yaml": task("disable", one)})
    result = desk.krampus("undo", "open", after=2 * DAY)
    assert result.exit_code == 3
    assert "refused" in result.stdout
    assert (state(web, one), state(web, other)) == ("stopped", "running")


@pytest.mark.parametrize("end", ["expired", "exempt"])
def test_a_task_out_of_force_for_it_does_not_stand_against_it(desk: Desk, web: Here, end: str) -> None:
    (target,) = instances(web)
    done(desk, target)
    if end == "expired":
        desk.write({"tasks/open.yaml": task("disable", target, until="2026-01-01")})
    else:
        desk.write({"exemptions/needed.yaml": exemption(target)})

    assert desk.krampus("undo", "open", after=2 * DAY).exit_code == 0

    assert state(web, target) == "running"


def test_a_kill_is_named_as_what_cannot_be_taken_back(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target, action="kill", options={"skip_backup": True})
    desk.remove("tasks/open.yaml")
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert result.exit_code == 3
    assert "cannot be undone: ec2.terminate_instances" in result.stdout
    assert gate.writes == []


def test_a_refused_push_means_that_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    hook = desk.remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (result.exit_code, gate.writes, state(web, target)) == (1, [], "stopped")
    assert "the branch is protected" in result.stderr


def test_what_nobody_knows_is_a_fault_with_the_nearest_that_is_known(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")

    unknown = desk.krampus("undo", "opem", after=2 * DAY)
    elsewhere = desk.krampus("undo", "open", f"{target[:-1]}x", after=2 * DAY)

    assert (unknown.exit_code, elsewhere.exit_code) == (2, 2)
    assert "did you mean 'open'?" in unknown.stderr
    # An id is right or wrong: that of another thing is no help.
    assert f"help: known: {target}\n" in elsewhere.stderr
    assert state(web, target) == "stopped"


def test_what_was_told_and_not_done_leaves_nothing_to_take_back(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/open.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    desk.remove("tasks/open.yaml")
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=1 * HOUR)

    assert (result.exit_code, gate.writes) == (0, [])
    assert "nothing to undo" in result.stdout


def test_a_dry_run_shows_and_touches_nothing(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    head = desk.head()
    gate.requests.clear()

    result = desk.krampus("undo", "open", "--dry-run", after=2 * DAY)

    assert "ec2.start_instances" in result.stdout
    assert (result.exit_code, gate.writes, desk.head()) == (0, [], head)


def test_the_pause_holds_it_unless_told_otherwise_and_a_freeze_does_not(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    freeze = "guardrails: {freeze: [{from: 2020-01-01, to: 2099-01-01}], per_run: {disable: 0, kill: 0}}\n"
    desk.write({"krampus.yaml": CONFIG + freeze})
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    gate.requests.clear()

    held = desk.krampus("undo", "open", after=2 * DAY)
    assert (held.exit_code, gate.writes) == (3, [])
    assert "Krampus is paused; add --while-paused" in held.stdout

    assert desk.krampus("undo", "open", "--while-paused", after=2 * DAY).exit_code == 0
    assert state(web, target) == "running"


@pytest.mark.parametrize("change", ["watched", "gone"])
def test_a_watched_or_unknown_account_is_not_touched(desk: Desk, gate: Gate, web: Here, change: str) -> None:
    (target,) = instances(web)
    done(desk, target)
    desk.remove("tasks/open.yaml")
    text = CONFIG.replace(", enforce: true", "")
    if change == "gone":
        text = "".join(line for line in text.splitlines(keepends=True) if "website-prod" not in line)
    desk.write({"krampus.yaml": text})
    gate.requests.clear()

    result = desk.krampus("undo", "open", after=2 * DAY)

    assert (result.exit_code, gate.writes, state(web, target)) == (3, [], "stopped")
    assert {"watched": "is only watched", "gone": "no longer in krampus.yaml"}[change] in result.stdout
