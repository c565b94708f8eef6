"""A plan file is no order: `record` and `apply` decide again, from main, the ledger and what was seen."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.clients.git.main_branch import MainBranch
from reconciler.demo.server import Gate, Request
from reconciler.errors import DoorClosed
from reconciler.ledger.chain import parse
from reconciler.ledger.entries import intended
from reconciler.ledger.lease import taken
from reconciler.model.plan import Plan as Forged
from reconciler.model.plan import plan_of
from tests.applied import exemption
from tests.aws import DATA, WEB, Here
from tests.build import histories
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, START, WHO, Desk, instances, state, task
from tests.security.pusher import push_files, rewritten

Plan = dict[str, Any]
LIMITED = "guardrails: {per_account: {disable: 2}}\n"
DUE = DAY + HOUR


@pytest.fixture
def targets(desk: Desk, gate: Gate, endpoint: str) -> list[str]:
    """Three instances that are due on the same day, of which the account's limit allows two."""
    arns = instances(Here(endpoint, WEB), 3)
    watched = instances(Here(endpoint, DATA))
    desk.write({"krampus.yaml": CONFIG + LIMITED, "tasks/idle.yaml": task("disable", *arns, *watched, expect=4)})
    desk.reconcile(0 * HOUR)
    gate.requests.clear()
    return arns


def planned(desk: Desk, file: Path, after: timedelta = DUE) -> Plan:
    assert desk.krampus("plan", "--out", str(file), after=after).exit_code in (0, 3)
    plan: Plan = json.loads(file.read_text())
    return plan


def ready(decision: dict[str, Any]) -> None:
    decision.update(verdict="ready", reason="due", why="it is due", limit=None)


def counted(plan: Plan) -> None:
    verdicts = [decision["verdict"] for decision in plan["decisions"]]
    plan["summary"] = {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}
    plan["exceeded"] = []


def all_ready(plan: Plan) -> None:
    for decision in plan["decisions"]:
        ready(decision)


def some_ready(plan: Plan) -> None:
    for decision in plan["decisions"][-2:]:
        ready(decision)


def fewer(plan: Plan) -> None:
    """What is over the limit is left out: the first two are enough for today."""
    some_ready(plan)
    plan["decisions"] = plan["decisions"][-2:]


def allowed(plan: Plan) -> None:
    for decision in plan["decisions"]:
        if decision["verdict"] == "held":
            ready(decision)
            decision.update(reason="allowed", allowed_by="Ada", why="allowed disable=3 by Ada")


def unlooked(plan: Plan) -> None:
    some_ready(plan)
    plan["sightings"] = []


def another(plan: Plan) -> None:
    decision = dict(plan["decisions"][-1], target=f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{9:017x}")
    ready(decision)
    plan["decisions"].append(decision)


def settled(plan: Plan) -> None:
    """One is said to be done already, so that the limit is met."""
    plan["decisions"][-1].update(verdict="satisfied", reason="as_asked", why="it is as the task asks", calls=[])
    some_ready({"decisions": plan["decisions"][:-1]})


def unprotected(plan: Plan) -> None:
    for decision in plan["decisions"]:
        if decision["account"] == "data-lab":
            ready(decision)


FORGERIES: dict[str, Callable[[Plan], None]] = {
    function.__name__: function
    for function in (all_ready, some_ready, fewer, allowed, unlooked, another, settled, unprotected)
}


@pytest.mark.usefixtures("targets")
def test_nor_is_it_applied_if_somebody_forges_its_record(desk: Desk, gate: Gate, tmp_path: Path) -> None:
    """He may push to the report branch: the very digest of his plan is recorded there, and a run is at work by it."""
    file = tmp_path / "plan.json"
    plan = planned(desk, file)
    all_ready(plan)
    counted(plan)
    file.write_text(json.dumps(plan))
    forged = Forged.model_validate_json(file.read_bytes())

    def change(files: Mapping[str, bytes]) -> dict[str, bytes]:
        known = parse(files)
        return {**rewritten(files, [*known, *intended(forged, histories(known))]), **taken(forged, "", forged.at)}

    commit = push_files(desk, change)
    result = desk.krampus("apply", str(file))

    assert (result.exit_code, "the plan does not follow" in result.output) == (2, True), result.output
    assert (gate.writes, desk.tip()) == ([], commit)


@pytest.mark.usefixtures("targets")
@pytest.mark.parametrize("which", sample(FORGERIES, "all_ready", "fewer", "allowed", "settled"))
def test_an_edited_plan_is_not_recorded(desk: Desk, gate: Gate, tmp_path: Path, which: str) -> None:
    file = tmp_path / "plan.json"
    plan = planned(desk, file)
    FORGERIES[which](plan)
    counted(plan)
    file.write_text(json.dumps(plan))
    before = desk.tip()

    result = desk.krampus("record", str(file))

    assert (result.exit_code, "the plan does not follow" in result.output) == (2, True), result.output
    assert desk.krampus("apply", str(file)).exit_code == 2
    assert (gate.writes, desk.tip()) == ([], before)


@pytest.mark.parametrize(
    "what", sample(["arguments", "operation", "undo", "why", "due", "team", "seen"], "arguments", "undo", "due")
)
def test_no_word_of_a_ready_target_can_be_changed(
    desk: Desk, gate: Gate, targets: list[str], tmp_path: Path, what: str
) -> None:
    desk.write({"tasks/idle.yaml": task("disable", *targets[:2])})
    file = tmp_path / "plan.json"
    plan = planned(desk, file)
    (decision,) = (one for one in plan["decisions"] if one["target"] == targets[0])
    assert decision["verdict"] == "ready"
    call = decision["calls"][0]
    other = {
        "arguments": {"InstanceIds": ["i-00000000000000009"]},
        "operation": "terminate_instances",
        "undo": {**call["undo"], "operation": "terminate_instances"},
        "due": "2026-01-01T00:00:00Z",
    }.get(what, "another")
    (call if what in call else decision)[what] = other
    file.write_text(json.dumps(plan))
    before = desk.tip()

    assert desk.krampus("record", str(file)).exit_code == 2
    assert (gate.writes, desk.tip()) == ([], before)


def test_a_plan_of_a_time_that_has_not_come_is_not_recorded(
    desk: Desk, gate: Gate, targets: list[str], tmp_path: Path
) -> None:
    """It is what `plan` makes of that time, word for word: but the day has not come."""
    desk.write({"tasks/idle.yaml": task("disable", *targets[:2])})
    file = tmp_path / "plan.json"
    plan = planned(desk, file, after=30 * DAY)
    assert plan["summary"]["ready"] == 2
    before = desk.tip()

    for now in (2 * HOUR, 30 * DAY - HOUR):
        for command in ("record", "apply", "publish"):
            result = desk.krampus(command, str(file), after=now)
            assert result.exit_code == 2, command
    assert "and it is" in desk.krampus("record", str(file), after=2 * HOUR).output
    assert (gate.writes, desk.tip()) == ([], before)
    assert datetime.fromisoformat(plan["at"]) == START + 30 * DAY


def test_sightings_that_never_were_are_left_alone_by_the_second_look(
    desk: Desk, gate: Gate, endpoint: str, targets: list[str], tmp_path: Path
) -> None:
    """Whoever invents what was seen has his plan recorded, and nothing done: AWS is asked again."""
    mended = targets[0]
    Here(endpoint, WEB).client("ec2").stop_instances(InstanceIds=[mended.rsplit("/", 1)[1]])
    desk.write({"tasks/idle.yaml": task("disable", *targets[:2])})
    file, out = tmp_path / "plan.json", tmp_path / "out.json"
    plan = planned(desk, file)
    sightings = {one["target"]: one for one in plan["sightings"]}
    decisions = {one["target"]: one for one in plan["decisions"]}
    assert decisions[mended]["verdict"] == "satisfied"
    copied = json.loads(json.dumps(decisions[targets[1]]).replace(targets[1].rsplit("/", 1)[1], mended.rsplit("/")[1]))
    decisions[mended].clear()
    decisions[mended].update(copied)
    facts = json.loads(json.dumps(sightings[targets[1]]).replace(targets[1].rsplit("/", 1)[1], mended.rsplit("/")[1]))
    sightings[mended].update(facts)
    counted(plan)
    file.write_text(json.dumps(plan))
    gate.requests.clear()

    if desk.krampus("record", str(file)).exit_code == 0:
        assert desk.krampus("apply", str(file), "--out", str(out)).exit_code == 0
    assert all(mended.rsplit("/", 1)[1] not in request.text for request in gate.writes)


def merge(desk: Desk, files: dict[str, str | None]) -> None:
    """Somebody merges this to main, on GitHub, while the jobs' checkout stays as it is."""
    clone = desk.root.parent / "github"
    shutil.rmtree(clone, ignore_errors=True)
    desk.git("clone", "--quiet", "--branch=main", str(desk.remote), str(clone))
    for name, text in files.items():
        path = clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text) if text is not None else path.unlink()
    desk.git("add", "-A", at=clone)
    desk.git("-c", f"user.name={WHO['GIT_AUTHOR_NAME']}", "commit", "--quiet", "-m", "Merge", at=clone)
    desk.git("push", "--quiet", "origin", "main", at=clone)


def config(**over: str) -> str:
    return CONFIG + "".join(f"{key}: {value}\n" for key, value in over.items())


Merge = Callable[[list[str]], dict[str, str | None]]
NARROWER: dict[str, Merge] = {
    "an exemption": lambda arns: {f"exemptions/{n}.yaml": exemption(arn) for n, arn in enumerate(arns)},
    "a pause": lambda _arns: {"krampus.yaml": config(paused="true")},
    "a freeze": lambda _arns: {
        "krampus.yaml": config(guardrails=f"{{freeze: [{{from: {START.date()}, to: {START.date() + 9 * DAY}}}]}}")
    },
    "a protection": lambda arns: {"krampus.yaml": config(guardrails=f"{{protected: {json.dumps(arns)}}}")},
    "a lower limit": lambda _arns: {"krampus.yaml": config(guardrails="{per_account: {disable: 1}}")},
    "a lower limit of the run": lambda arns: {
        "krampus.yaml": config(guardrails="{per_run: {disable: 1}}"),
        "tasks/idle.yaml": task("disable", *arns, expect=2),
    },
    "a longer notice": lambda _arns: {"krampus.yaml": config(guardrails="{notice: 9d}")},
    "an account that is only watched": lambda _arns: {"krampus.yaml": CONFIG.replace(", enforce: true", "")},
    "a task that is gone": lambda _arns: {"tasks/idle.yaml": None},
    "a task that ended": lambda arns: {"tasks/idle.yaml": task("disable", *arns, until=f"{START.date() - 9 * DAY}")},
    "another action": lambda arns: {"tasks/idle.yaml": task("kill", *arns)},
    "other targets": lambda arns: {"tasks/idle.yaml": task("disable", f"{arns[0].rpartition('/')[0]}/i-{9:017x}")},
}


@pytest.fixture
def recorded(desk: Desk, targets: list[str], tmp_path: Path) -> Path:
    """The recorded plan of two targets that are due."""
    desk.write({"krampus.yaml": CONFIG, "tasks/idle.yaml": task("disable", *targets[:2])})
    desk.git("push", "--quiet", "origin", "main")
    file = tmp_path / "plan.json"
    planned(desk, file)
    assert desk.krampus("record", str(file)).exit_code == 0
    return file


@pytest.mark.parametrize(
    "which", sample(NARROWER, "an exemption", "a pause", "a lower limit", "a task that is gone", "another action")
)
def test_what_was_merged_since_stops_what_was_planned(
    desk: Desk, gate: Gate, targets: list[str], recorded: Path, which: str
) -> None:
    merge(desk, NARROWER[which](targets[:2]))
    out = recorded.with_name("out.json")

    result = desk.krampus("apply", str(recorded), "--out", str(out))

    assert (result.exit_code, gate.writes) == (0, []), result.output
    outcomes = json.loads(out.read_text())["outcomes"]
    assert {one["target"]: one["problem"]["trouble"] for one in outcomes} == dict.fromkeys(targets[:2], "stale")


def test_faults_of_main_stop_what_was_planned(desk: Desk, gate: Gate, recorded: Path) -> None:
    merge(desk, {"exemptions/broken.yaml": "reason: ["})
    result = desk.krampus("apply", str(recorded))
    assert (result.exit_code, "exemptions/broken.yaml" in result.output, gate.writes) == (2, True, [])


def test_what_is_newer_adds_nothing(desk: Desk, endpoint: str, targets: list[str], recorded: Path) -> None:
    more = task("disable", *targets, grace="4h")
    merge(desk, {"tasks/idle.yaml": more, "krampus.yaml": config(guardrails="{notice: 1h, per_run: {disable: 99}}")})
    assert desk.krampus("apply", str(recorded)).exit_code == 0
    states = [state(Here(endpoint, WEB), arn) for arn in targets]
    assert states == ["stopped", "stopped", "running"]


def test_a_run_in_one_process_goes_by_the_newest_main_too(desk: Desk, gate: Gate, targets: list[str]) -> None:
    """The exemption is merged while the first look is taken."""
    desk.write({"krampus.yaml": CONFIG, "tasks/idle.yaml": task("disable", *targets[:2])})
    desk.git("push", "--quiet", "origin", "main")
    merged: list[Request] = []

    def merging(request: Request) -> None:
        if not merged:
            merged.append(request)
            merge(desk, NARROWER["an exemption"](targets[:2]))

    gate.refuse = merging
    result = desk.krampus("reconcile", after=DUE)
    gate.refuse = lambda _request: None

    assert (result.exit_code, gate.writes) == (0, []), result.output
    assert "no longer due" in result.output


@pytest.mark.usefixtures("targets")
@pytest.mark.parametrize("name", ["tasks/idle.yaml", "krampus.yaml", "exemptions/new.yaml", "tasks/deep/new.yaml"])
def test_a_file_that_nobody_committed_orders_nothing(desk: Desk, gate: Gate, targets: list[str], name: str) -> None:
    desk.write({"krampus.yaml": CONFIG})
    texts = {"tasks/idle.yaml": task("disable", targets[0]), "krampus.yaml": f"{CONFIG}# x\n"}
    path = desk.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(texts.get(name) or (exemption(targets[0]) if "exempt" in name else task("kill", targets[0])))

    result = desk.krampus("reconcile", after=DUE)

    assert (result.exit_code, name in result.output, gate.writes) == (2, True, [])
    assert "nobody has reviewed it" in result.output


def test_a_checkout_that_is_not_of_main_orders_nothing_in_a_job(desk: Desk) -> None:
    main = MainBranch(desk.root)
    on_main = desk.git("rev-parse", "HEAD").strip()
    assert main.newest(on_main, required=True) == on_main
    desk.git("checkout", "--quiet", "-b", "mine")
    desk.write({"tasks/mine.yaml": task("disable", f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{1:017x}")})
    desk.git("push", "--quiet", "origin", "mine")
    mine = desk.git("rev-parse", "HEAD").strip()

    with pytest.raises(DoorClosed, match="nobody has merged"):
        main.newest(mine, required=True)
    assert main.newest(mine, required=False) == mine


@pytest.mark.parametrize("command", ["record", "apply"])
def test_a_job_on_another_branch_writes_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Its plan, its files and its commit agree with each other, and with no review."""
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    in_a_job = CONFIG.replace("role", "oidc").replace("tracker: files, folder: ../issues", "tracker: github")
    desk.write({"krampus.yaml": f"{in_a_job}report: {{signers: protected-branch}}\n"})
    desk.git("push", "--quiet", "origin", "main")
    desk.git("checkout", "--quiet", "-b", "mine")
    desk.write({"notes.md": "Mine"})
    file = tmp_path / "plan.json"
    file.write_text(plan_of(START, desk.git("rev-parse", "HEAD").strip(), ()).model_dump_json())

    result = desk.krampus(command, str(file))

    assert (result.exit_code, "nobody has merged" in result.output) == (1, True), result.output
    assert desk.tip() == ""
