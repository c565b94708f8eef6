"""Separate jobs: each shard sends its share of a recorded plan once, and of what is not handed over nobody knows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from reconciler.demo.server import Gate, Request
from tests.aws import DATA, WEB, Here
from tests.desk import CONFIG, START, Desk, instances, state, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROOT = Path(__file__).parent.parent


@pytest.fixture
def accounts(endpoint: str) -> tuple[Here, Here]:
    """Two accounts that are enforced."""
    return Here(endpoint, WEB), Here(endpoint, DATA)


def planned(desk: Desk, accounts: tuple[Here, Here], tmp_path: Path) -> tuple[list[str], Path]:
    """One instance an account to be stopped, in a plan that is not recorded yet."""
    targets = [instances(one, 1)[0] for one in accounts]
    config = CONFIG.replace("team: data}", "team: data, enforce: true}")
    desk.write({"krampus.yaml": config, "tasks/idle.yaml": task("disable", *targets)})
    desk.reconcile(0 * HOUR)
    plan = tmp_path / "plan.json"
    assert desk.krampus("plan", "--out", str(plan), after=DAY).exit_code == 0
    return targets, plan


def apply(desk: Desk, plan: Path, shard: str = "1/1", after: timedelta = DAY) -> tuple[Result, Path]:
    out = plan.with_name(f"outcomes-{shard.replace('/', '-')}.json")
    return desk.krampus("apply", str(plan), "--shard", shard, "--out", str(out), after=after), out


@pytest.mark.promise(3, 4)
def test_each_shard_sends_its_share_and_publish_takes_them_together(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    targets, plan = planned(desk, accounts, tmp_path)
    assert desk.krampus("record", str(plan)).exit_code == 0
    gate.requests.clear()

    outs = []
    for number in (1, 2):
        done, out = apply(desk, plan, f"{number}/2")
        assert done.exit_code == 0, done.output
        assert [one.operation for one in gate.writes] == ["StopInstances"] * number
        outs.append(str(out))

    assert desk.krampus("publish", str(plan), *outs).exit_code == 0
    assert sorted(desk.events()) == sorted(
        (event, one) for event in ("noticed", "intended", "applied") for one in targets
    )
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True)] == ["stopped"] * 2


@pytest.mark.promise(7)
def test_what_no_outcome_speaks_of_is_unknown_and_its_shard_is_refused_from_then_on(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    targets, plan = planned(desk, accounts, tmp_path)
    desk.krampus("record", str(plan))
    _, out = apply(desk, plan, "1/2")
    told = json.loads(out.read_text())["outcomes"][0]["target"]
    (lost,) = set(targets) - {told}

    published = desk.krampus("publish", str(plan), str(out))

    assert published.exit_code == 3
    assert "unknown" in published.stdout
    (fate,) = [line for line in desk.ledger() if line["target"] == lost and line["event"] == "failed"]
    (intent,) = [line for line in desk.ledger() if line["target"] == lost and line["event"] == "intended"]
    assert fate["calls"] == intent["calls"] != []  # all of them may have been taken: an undo must know of each
    assert "unknown" in desk.issue(1) + desk.issue(2)
    assert "unknown" in desk.reported("README.md")
    gate.requests.clear()
    late, _ = apply(desk, plan, "2/2")
    assert (late.exit_code, gate.writes) == (2, [])
    assert "a plan is applied once" in late.stderr
    before = desk.tip()
    again = desk.krampus("publish", str(plan), str(out))  # the job run anew
    assert (again.exit_code, again.stdout) == (3, published.stdout)
    assert desk.tip() == before


def test_a_shard_that_comes_after_another_run_began_is_refused(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    targets, plan = planned(desk, accounts, tmp_path)
    desk.krampus("record", str(plan))
    # Of one target the other run finds it done, and sets about the other one alone.
    accounts[0].client("ec2").stop_instances(InstanceIds=[targets[0].rpartition("/")[2]])
    other = tmp_path / "other.json"
    late = DAY + 2 * HOUR  # the first run's lease is over
    desk.krampus("plan", "--out", str(other), after=late)
    assert desk.krampus("record", str(other)).exit_code == 0
    gate.requests.clear()

    for shard, why in (("1/2", "a plan is applied once"), ("2/2", "has ended")):
        refused, out = apply(desk, plan, shard, after=late)
        assert (refused.exit_code, gate.requests, out.exists()) == (2, [], False)
        assert why in refused.stderr


@pytest.mark.parametrize("due", [True, False])
def test_an_old_publish_that_is_run_anew_does_not_bring_back_an_old_report(
    desk: Desk, accounts: tuple[Here, Here], tmp_path: Path, due: bool
) -> None:
    _, plan = planned(desk, accounts, tmp_path)
    if due:
        desk.krampus("record", str(plan))
    else:
        desk.krampus("plan", "--out", str(plan), after=HOUR)
    desk.krampus("publish", str(plan))
    desk.reconcile(DAY + 2 * HOUR)
    before = desk.tip()

    refused = desk.krampus("publish", str(plan), after=DAY + 3 * HOUR)

    assert (refused.exit_code, desk.tip()) == (1, before)
    assert "has written the report since" in refused.stderr


def test_an_unrecorded_plan_publishes_nothing(desk: Desk, accounts: tuple[Here, Here], tmp_path: Path) -> None:
    _, plan = planned(desk, accounts, tmp_path)
    before = desk.tip()
    refused = desk.krampus("publish", str(plan))
    assert refused.exit_code == 2
    assert "no record of this plan" in refused.stderr
    assert desk.tip() == before


@pytest.mark.parametrize("command", ["record", "apply", "publish"])
def test_a_plan_with_another_digest_is_refused(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path, command: str
) -> None:
    _, plan = planned(desk, accounts, tmp_path)
    before = desk.tip()
    gate.requests.clear()
    refused = desk.krampus(command, str(plan), "--digest", "0" * 64)
    assert refused.exit_code == 2
    assert "another" in refused.stderr or "not the one" in refused.stderr
    assert (gate.requests, desk.tip()) == ([], before)


def test_a_shard_beyond_the_accounts_does_nothing_and_hands_that_over(
    desk: Desk, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    _, plan = planned(desk, accounts, tmp_path)
    desk.krampus("record", str(plan))
    done, out = apply(desk, plan, "3/3")
    assert done.exit_code == 0
    assert json.loads(out.read_text())["outcomes"] == []


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """What a shell starts in the background ignores SIGINT, and so does what is started from there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupted_shard_hands_over_what_it_did(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    targets, plan = planned(desk, accounts, tmp_path)
    desk.krampus("record", str(plan))
    held: list[Request] = []
    interrupted = threading.Event()
    out = tmp_path / "outcomes.json"

    def second_hangs(request: Request) -> None:
        if request.operation == "StopInstances":
            held.append(request)
            if len(held) > 1:
                interrupted.wait(60)

    gate.refuse = second_hangs
    command = [
        sys.executable,
        "-P",
        "-m",
        "reconciler",
        "apply",
        str(plan),
        "--out",
        str(out),
        "--root",
        str(desk.root),
    ]
    late = f"{START + DAY:%Y-%m-%dT%H:%M:%SZ}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, "--now", late], env=environment, stderr=subprocess.DEVNULL) as process:
        while len(held) < 2:
            time.sleep(0.05)
        while all(state(one, target) == "running" for one, target in zip(accounts, targets, strict=True)):
            time.sleep(0.05)
        time.sleep(3)  # the answer has left; nothing tells from outside that it has arrived
        process.send_signal(signal.SIGINT)
        time.sleep(3)  # likewise that it is interrupted
        interrupted.set()
        process.wait()
    gate.refuse = lambda _request: None

    (known,) = json.loads(out.read_text())["outcomes"]
    assert desk.krampus("publish", str(plan), str(out)).exit_code == 3
    fates = {target: event for event, target in desk.events()}
    assert fates == {known["target"]: "applied", next(one for one in targets if one != known["target"]): "failed"}


@pytest.mark.promise(5)
def test_an_undo_as_separate_jobs_looks_again_right_before(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path
) -> None:
    targets, _ = planned(desk, accounts, tmp_path)
    desk.reconcile(DAY)
    desk.remove("tasks/idle.yaml")
    plan = tmp_path / "undo.json"
    assert desk.krampus("undo", "--out", str(plan), "idle", after=DAY + HOUR).exit_code == 0
    assert desk.krampus("record", str(plan)).exit_code == 0
    # Somebody starts one of them in the meantime.
    accounts[0].client("ec2").start_instances(InstanceIds=[targets[0].rpartition("/")[2]])
    gate.requests.clear()

    done, out = apply(desk, plan, after=DAY + HOUR)

    assert done.exit_code == 0, done.output
    assert [one.operation for one in gate.writes] == ["StartInstances"]
    assert targets[1].rpartition("/")[2] in gate.writes[0].text
    assert desk.krampus("publish", str(plan), str(out)).exit_code == 3  # one was left alone
    assert ("restored", targets[1]) in desk.events()
    assert ("stale", targets[0]) in desk.events()
    again, _ = apply(desk, plan, after=DAY + HOUR)
    assert again.exit_code == 2


def test_an_undo_is_not_carried_out_once_its_pause_began(
    desk: Desk, gate: Gate, accounts: tuple[Here, Here], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets, _ = planned(desk, accounts, tmp_path)
    desk.reconcile(DAY)
    desk.remove("tasks/idle.yaml")
    plan = tmp_path / "undo.json"
    desk.krampus("undo", "--out", str(plan), "idle", after=DAY + HOUR)
    desk.krampus("record", str(plan))
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    gate.requests.clear()

    apply(desk, plan, after=DAY + HOUR)

    assert gate.writes == []
    assert state(accounts[0], targets[0]) == "stopped"
