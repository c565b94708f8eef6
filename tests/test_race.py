"""Two runs at once: one is at work, the other does nothing and says so; with real processes, started together."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.demo.server import Gate, Request
from reconciler.ledger.chain import parse
from reconciler.ledger.lease import LASTS
from tests.aws import WEB, Here
from tests.desk import START, Desk, instances, state, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROUNDS = 20
MEETINGS = 3  # how often they must have met in `make test`; `make proofs` goes on for all rounds


@pytest.fixture
def web(endpoint: str) -> Here:
    """The account that is enforced."""
    return Here(endpoint, WEB)


def start(desk: Desk, after: timedelta) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "reconciler", "reconcile", "--root", str(desk.root)]
    at = f"{START + after:%Y-%m-%dT%H:%M:%SZ}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.Popen([*command, "--now", at], env=environment, text=True, stdout=subprocess.PIPE, stderr=-1)


def both(desk: Desk, after: timedelta) -> list[tuple[int, str]]:
    """Exit code and words of two runs that were started together."""
    running = [start(desk, after), start(desk, after)]
    said = [one.communicate(timeout=120) for one in running]
    return [(one.returncode, out + err) for one, (out, err) in zip(running, said, strict=True)]


@pytest.mark.parametrize(
    "meetings",
    [MEETINGS, pytest.param(ROUNDS * 2, marks=pytest.mark.proof("forty processes; `make test` stops when they met"))],
)
def test_of_two_runs_that_start_together_each_call_is_sent_once(
    desk: Desk, gate: Gate, web: Here, meetings: int
) -> None:
    """Each round tells of a new instance, and stops that of the round before."""
    targets = instances(web, ROUNDS)
    rails = f"guardrails: {{per_run: {{disable: {ROUNDS}}}}}\n"
    desk.write({"krampus.yaml": (desk.root / "krampus.yaml").read_text() + rails})
    gate.requests.clear()
    lost = 0
    for number, target in enumerate(targets, 1):
        desk.write({f"tasks/idle-{number}.yaml": task("disable", target)})
        ends = both(desk, number * DAY)
        assert min(code for code, _ in ends) == 0, ends
        for code, words in ends:
            assert code == 0 or (code == 1 and ("at work" in words or "moved" in words)), words
            lost += code
        if lost >= meetings:
            break
    told = targets[:number]
    desk.reconcile((number + 1) * DAY)
    desk.reconcile((number + 1) * DAY + LASTS)

    stops = Counter(name for one in gate.writes for name in one.text.split("&") if name.startswith("InstanceId."))
    assert {one.operation for one in gate.writes} == {"StopInstances"}
    assert sorted(name.split("=")[1] for name in stops.elements()) == sorted(one.rsplit("/", 1)[1] for one in told)
    entries = parse(whole_ledger(desk))
    events = Counter((one.event.value, one.target) for one in entries)
    assert events == Counter(
        (event, target) for target in told for event in ("noticed", "intended", "applied", "settled")
    )
    issues = sorted(file.name[:4] for file in desk.issues.glob("*.md"))
    assert issues == [f"{number:04}" for number in range(1, len(told) + 1)]
    assert lost > 0  # else they never met, and this proves nothing


def whole_ledger(desk: Desk) -> dict[str, bytes]:
    names = desk.git("ls-tree", "--name-only", "krampus/reports", "ledger/", at=desk.remote).split()
    return {name: desk.reported(name).encode() for name in names}


def test_a_run_that_begins_while_another_acts_does_nothing(desk: Desk, gate: Gate, web: Here) -> None:
    """The push decides nothing here: the second run loads the branch after the first has recorded."""
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    second: list[subprocess.CompletedProcess[str]] = []

    def answer(request: Request) -> None:
        if request.operation == "StopInstances" and not second:
            process = start(desk, DAY)
            out, err = process.communicate(timeout=120)
            second.append(subprocess.CompletedProcess([], process.returncode, out, err))

    gate.refuse = answer
    gate.requests.clear()
    desk.reconcile(DAY)

    assert second[0].returncode == 1
    assert "has been at work since" in second[0].stderr
    assert [one.operation for one in gate.writes] == ["StopInstances"]
    assert [event for event, _ in desk.events()] == ["noticed", "intended", "applied"]


def test_a_run_that_intends_nothing_tells_nobody_if_the_branch_has_moved(desk: Desk, gate: Gate, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    met: list[Request] = []

    def answer(request: Request) -> None:
        if request.operation == "DescribeInstances" and not met:
            met.append(request)
            desk.reconcile(0 * HOUR)

    gate.refuse = answer
    result = desk.krampus("reconcile", after=0 * HOUR)

    assert result.exit_code == 1
    assert "moved" in result.stderr
    assert len(list(desk.issues.glob("*.md"))) == 1
    assert [event for event, _ in desk.events()] == ["noticed"]


def test_a_killed_run_blocks_the_branch_for_an_hour_and_no_longer(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    plan = desk.root.parent / "plan.json"
    desk.krampus("plan", "--out", str(plan), after=DAY)
    desk.krampus("record", str(plan))
    head = desk.head()

    early = desk.krampus("reconcile", after=DAY + LASTS - timedelta(seconds=1))
    assert (early.exit_code, desk.head(), state(web, target)) == (1, head, "running")
    assert f"{START + DAY + LASTS:%H:%M} UTC" in early.stderr
    desk.reconcile(DAY + LASTS)
    assert state(web, target) == "stopped"
    assert json.loads(desk.reported("run.json")) == {}


def test_a_lease_that_cannot_be_read_stands(desk: Desk, gate: Gate, web: Here) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.reconcile(0 * HOUR)
    work = desk.root.parent / "work"
    desk.git("clone", "--quiet", "--branch", "krampus/reports", str(desk.remote), str(work))
    (work / "run.json").write_text("{broken")
    desk.git("commit", "--quiet", "-am", "By hand", at=work)
    desk.git("push", "--quiet", at=work)
    gate.requests.clear()

    result = desk.krampus("reconcile", after=DAY)

    assert (result.exit_code, gate.writes) == (2, [])
    assert "who is at work" in result.stderr
