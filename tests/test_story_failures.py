"""The main job where AWS, git or the tracker fails it: the others go on, and nothing is touched without a record."""

from __future__ import annotations

import pytest

from reconciler.demo.server import Gate, Request, error
from tests.aws import DATA, Here
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task

REFUSAL = "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>"


@pytest.mark.promise(1, 12)
def test_an_account_that_cannot_be_reached_stops_nobody(desk: Desk, gate: Gate, web: Here) -> None:
    here, there = instances(web), f"arn:aws:ec2:eu-west-1:{DATA}:instance/i-0123456789abcdef0"
    desk.write({"tasks/idle.yaml": task("disable", *here, there)})
    gate.refuse = lambda request: (
        ("403 Forbidden", error("AccessDenied", "not authorized to perform sts:AssumeRole"))
        if request.operation == "AssumeRole" and DATA in request.text
        else None
    )

    desk.reconcile(0 * HOUR, expect=3)
    desk.reconcile(2 * DAY, expect=3)

    assert state(web, here[0]) == "stopped"
    assert desk.report()[there]["verdict"] == "unseen"
    assert "AssumeRole" in desk.report()[there]["why"]


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("code", "status"),
    [("UnauthorizedOperation", "403 Forbidden"), ("InternalError", "500 Error"), ("OptInRequired", "401 No")],
)
def test_a_region_that_fails_is_unseen_and_never_gone(
    desk: Desk, gate: Gate, web: Here, code: str, status: str
) -> None:
    (target,) = instances(web)
    away = target.replace("eu-west-1", "us-east-1")
    desk.write({"tasks/idle.yaml": task("disable", target, away)})

    def refuse(request: Request) -> tuple[str, str] | None:
        down = request.service == "ec2" and request.region == "us-east-1"
        return (status, REFUSAL.format(code, "no")) if down else None

    gate.refuse = refuse
    desk.reconcile(0 * HOUR, expect=3)

    assert desk.report()[away]["verdict"] == "unseen"
    assert desk.report()[target]["verdict"] == "scheduled"
    assert "state: open" in desk.issue()


@pytest.mark.promise(12)
def test_one_target_that_is_denied_fails_and_the_others_go_on(desk: Desk, gate: Gate, web: Here) -> None:
    denied, *others = instances(web, 3)
    name = denied.rsplit("/", 1)[1]
    desk.write({"tasks/idle.yaml": task("disable", denied, *others)})
    desk.reconcile(0 * HOUR)
    text = REFUSAL.format("UnauthorizedOperation", "You are not authorized.")
    gate.refuse = lambda request: (
        ("403 Forbidden", text) if request.operation == "StopInstances" and name in request.text else None
    )

    result = desk.reconcile(1 * DAY, expect=3)

    assert [state(web, other) for other in others] == ["stopped", "stopped"]
    assert state(web, denied) == "running"
    assert ("failed", denied) in desk.events()
    assert "the role is denied ec2:StopInstances" in result.output
    assert "failed" in desk.issue()


def test_throttling_is_waited_for_and_fails_nobody(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    refusals = iter([True])
    text = REFUSAL.format("RequestLimitExceeded", "slow")
    gate.refuse = lambda request: (
        ("503 Slow", text) if request.operation == "StopInstances" and next(refusals, False) else None
    )

    desk.reconcile(1 * DAY)

    assert state(web, target) == "stopped"


@pytest.mark.promise(3)
def test_a_refused_push_means_that_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    hook = desk.remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    gate.requests.clear()

    result = desk.reconcile(1 * DAY, expect=1)

    assert gate.writes == []
    assert state(web, target) == "running"
    assert "the branch is protected" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.promise(3)
def test_without_a_remote_nothing_is_touched(desk: Desk, gate: Gate, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.git("remote", "remove", "origin")
    gate.requests.clear()

    result = desk.reconcile(0 * HOUR, expect=1)

    assert gate.writes == []
    assert "remote" in result.stderr


def test_a_door_without_its_key_says_so_and_nothing_is_touched(
    desk: Desk, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/cloud")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    on_github = CONFIG.replace("tracker: files, folder: ../issues", "tracker: github")
    desk.write({"krampus.yaml": f"{on_github}report: {{signers: protected-branch}}\n"})

    result = desk.reconcile(0 * HOUR, expect=1)

    assert "set GITHUB_TOKEN" in result.stderr
    assert gate.requests == []
