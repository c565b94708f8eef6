"""The main job where people hold it back: a watched account, a limit and who allows more, the pause."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.demo.server import Gate
from tests.aws import DATA, WEB, Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task


@pytest.mark.promise(8)
def test_a_watched_account_is_planned_and_reported_and_nothing_else(desk: Desk, gate: Gate, endpoint: str) -> None:
    data = Here(endpoint, DATA)
    (target,) = instances(data)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    gate.requests.clear()

    for after in (0 * HOUR, 9 * DAY):
        desk.reconcile(after)

    assert gate.writes == []
    assert not list(desk.issues.glob("*")) if desk.issues.exists() else True
    assert desk.report()[target]["verdict"] == "held"
    assert "only watched" in desk.report()[target]["why"]


@pytest.mark.promise(8)
def test_a_limit_holds_all_of_an_action_and_says_so(desk: Desk, gate: Gate, web: Here) -> None:
    targets = instances(web, 6)
    desk.write({"tasks/old.yaml": task("kill", *targets, options={"skip_backup": True})})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()

    desk.reconcile(1 * DAY, expect=3)

    assert gate.writes == []
    assert {state(web, target) for target in targets} == {"running"}
    assert all("over the limit guardrails.per_account.kill (5)" in desk.report()[target]["why"] for target in targets)


@pytest.mark.promise(8)
def test_eleven_kills_over_a_limit_of_ten_are_held_until_they_are_allowed(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path
) -> None:
    rails = "guardrails: {per_run: {kill: 10}, per_account: {kill: 10}}\n"
    targets = instances(web, 11)
    body = task("kill", *targets, expect=11, options={"skip_backup": True})
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/old.yaml": body})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()

    result = desk.reconcile(1 * DAY, expect=3)
    assert gate.writes == []
    assert "--allow kill=11" in result.stdout
    report, issue = desk.reported("README.md"), desk.issue(2)
    for text in (report, issue):
        assert "raise `guardrails.per_account.kill` in `krampus.yaml` from 10 to 11" in text
        assert "`krampus reconcile --allow kill=11`" in text
    assert "krampus:operators" in issue and "state: open" in issue
    assert all(target in issue for target in targets)

    assert desk.krampus("reconcile", "--allow", "kill=10", after=1 * DAY).exit_code == 3
    assert gate.writes == []

    plan, done = str(tmp_path / "plan.json"), str(tmp_path / "done.json")
    planned = desk.krampus("plan", "--allow", "kill=11", "--out", plan, after=1 * DAY + HOUR)
    assert (planned.exit_code, "11 ready" in planned.stdout) == (0, True)
    refused = desk.krampus("record", plan)
    assert (refused.exit_code, "is said to be ready, but it is held" in refused.stderr) == (2, True)
    assert desk.krampus("record", plan, "--allow", "kill=11").exit_code == 0
    assert desk.krampus("apply", plan, "--out", done, "--allow", "kill=11").exit_code == 0
    assert desk.krampus("publish", plan, done).exit_code == 0

    assert {state(web, target) for target in targets} == {"terminated"}
    said = [line["detail"] for line in desk.ledger() if line["event"] == "intended"]
    assert said == ["allowed kill=11 by Ada <ada@example.org>"] * 11
    assert "state: closed" in desk.issue(2)


def test_github_says_who_allows(desk: Desk, web: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    (target,) = instances(web)
    rails = "guardrails: {per_run: {disable: 0}}\n"
    desk.write({"krampus.yaml": CONFIG + rails, "tasks/idle.yaml": task("disable", target, expect=1)})
    desk.reconcile(0 * HOUR)
    monkeypatch.setenv("GITHUB_ACTOR", "octocat")

    assert desk.krampus("reconcile", "--allow", "disable=1", after=1 * DAY).exit_code == 0

    assert [line["detail"] for line in desk.ledger() if line["event"] == "intended"] == ["allowed disable=1 by octocat"]


@pytest.mark.parametrize("said", ["kill", "kill=", "kill=-1", "kill=all", "restore=3", "kill=1.5", ""])
def test_an_allowance_that_cannot_be_read_is_refused(desk: Desk, gate: Gate, said: str) -> None:
    result = desk.krampus("reconcile", "--allow", said, after=0 * HOUR)

    assert result.exit_code == 2
    assert "ACTION=N" in result.stderr
    assert gate.requests == []


def test_nobody_allows_without_a_name(desk: Desk, gate: Gate) -> None:
    desk.git("config", "--unset", "user.name")
    desk.git("config", "--unset", "user.email")
    desk.write({"tasks/idle.yaml": task("disable", f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0")})

    result = desk.krampus("reconcile", "--allow", "kill=3", after=0 * HOUR)

    assert result.exit_code == 1
    assert "git config user.name" in result.stderr
    assert gate.requests == []


@pytest.mark.promise(8)
def test_paused_plans_and_reports_and_acts_on_nothing(
    desk: Desk, gate: Gate, web: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")

    desk.reconcile(1 * DAY)

    assert gate.writes == []
    assert desk.report()[target]["why"] == "Krampus is paused"
