"""An undo in an emergency: a task in force, while Krampus is paused; one run, or all since a time; two at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.demo.server import Gate
from tests.applied import done, exemption
from tests.aws import Here
from tests.desk import DAY, HOUR, START, Desk, instances, state, task
from tests.golden_files import same

WHO = "Ada <ada@example.org>"
NIGHT = 2 * DAY


def pause(desk: Desk) -> None:
    desk.write({"krampus.yaml": (desk.root / "krampus.yaml").read_text() + "paused: true\n"})


def unpause(desk: Desk) -> None:
    desk.write({"krampus.yaml": (desk.root / "krampus.yaml").read_text().replace("paused: true\n", "")})


def lines(desk: Desk, event: str) -> list[dict[str, object]]:
    return [line for line in desk.ledger() if line["event"] == event]


def test_a_task_in_force_is_undone_while_paused_and_held_until_its_file_changes(
    desk: Desk, gate: Gate, web: Here
) -> None:
    (target,) = instances(web)
    done(desk, target)
    refused = desk.krampus("undo", "open", "--while-paused", after=NIGHT)
    assert (refused.exit_code, state(web, target)) == (2, "stopped")
    assert "pause Krampus first (KRAMPUS_PAUSED=1)" in refused.stderr
    pause(desk)
    refused = desk.krampus("undo", "open", after=NIGHT)
    assert (refused.exit_code, state(web, target)) == (2, "stopped")
    assert "Krampus is paused, so undo with --while-paused" in refused.stderr

    result = desk.krampus("undo", "open", "--while-paused", after=NIGHT)

    assert result.exit_code == 0, result.output
    assert state(web, target) == "running"
    (hold,) = (line for line in lines(desk, "lapsed") if line["cause"] == "taken_back")
    assert hold["by"] == WHO
    assert desk.events().index(("lapsed", target)) < len(desk.events()) - 2  # written with the intent, before the call
    assert "restored" in desk.issue()
    assert "held from now on, until tasks/open.yaml changes" in desk.issue()

    unpause(desk)
    gate.requests.clear()
    for after in (NIGHT + HOUR, NIGHT + 9 * DAY):
        desk.reconcile(after)
        said = desk.report()[target]
        assert (said["verdict"], said["reason"]) == ("held", "taken_back")
        assert said["why"] == f"taken back by {WHO} on {START + NIGHT:%Y-%m-%d}, until the task's file changes"
    assert gate.writes == []
    assert "taken back by" in desk.issue()
    operators = next(path.read_text() for path in desk.issues.glob("*.md") if "These need a person" in path.read_text())
    assert "## Taken back, and held until the task's file changes" in operators

    noticed = len(lines(desk, "noticed"))
    desk.write({"tasks/open.yaml": task("disable", target, severity="low")})
    desk.reconcile(NIGHT + 10 * DAY)
    assert (desk.report()[target]["verdict"], len(lines(desk, "noticed"))) == ("scheduled", noticed + 1)
    desk.reconcile(NIGHT + 10 * DAY + 23 * HOUR)
    assert (gate.writes, state(web, target)) == ([], "running")
    desk.reconcile(NIGHT + 11 * DAY)
    assert state(web, target) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_the_file_as_it_was_before_holds_nothing_once_another_was_told(desk: Desk, web: Here) -> None:
    """Put back to what it said, it is another change, and its notice counts."""
    (target,) = instances(web)
    done(desk, target)
    before = (desk.root / "tasks/open.yaml").read_text()
    pause(desk)
    desk.krampus("undo", "open", "--while-paused", after=NIGHT)
    unpause(desk)
    desk.write({"tasks/open.yaml": task("disable", target, severity="low")})
    desk.reconcile(NIGHT + HOUR)
    desk.write({"tasks/open.yaml": before})
    desk.reconcile(NIGHT + 2 * HOUR)
    assert desk.report()[target]["verdict"] == "scheduled"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.parametrize("found", ["undone", "failed"])
def test_what_is_found_undone_and_what_fails_is_held_too(desk: Desk, gate: Gate, web: Here, found: str) -> None:
    (target,) = instances(web)
    done(desk, target)
    pause(desk)
    if found == "undone":
        web.client("ec2").start_instances(InstanceIds=[target.rpartition("/")[2]])
    else:
        gate.refuse = lambda request: ("UnauthorizedOperation", "no") if request.operation == "StartInstances" else None
    desk.krampus("undo", "open", "--while-paused", after=NIGHT)
    gate.refuse = lambda _request: None
    unpause(desk)
    web.client("ec2").start_instances(InstanceIds=[target.rpartition("/")[2]])
    gate.requests.clear()

    desk.reconcile(NIGHT + HOUR)

    assert desk.report()[target]["reason"] == "taken_back"
    assert gate.writes == []
    again = desk.krampus("undo", "open", after=NIGHT + 2 * HOUR)  # the hold stands, so nothing would be done again
    assert again.exit_code == 0, again.output


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_an_exemption_speaks_before_the_hold(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    pause(desk)
    desk.krampus("undo", "open", "--while-paused", after=NIGHT)
    unpause(desk)
    desk.write({"exemptions/needed.yaml": exemption(target)})
    desk.reconcile(NIGHT + HOUR)
    assert desk.report()[target]["verdict"] == "exempt"


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_another_task_that_orders_the_same_is_held_with_it(desk: Desk, gate: Gate, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    (desk.root / "tasks/open.yaml").unlink()
    desk.write({"tasks/twin.yaml": task("disable", target)})
    desk.reconcile(1 * DAY + 2 * HOUR)
    assert desk.krampus("undo", "open", after=NIGHT).exit_code == 2  # the twin would do it again
    pause(desk)
    assert desk.krampus("undo", "open", "--while-paused", after=NIGHT).exit_code == 0
    unpause(desk)
    gate.requests.clear()
    desk.reconcile(NIGHT + HOUR)
    assert (desk.report()[target]["reason"], gate.writes) == ("taken_back", [])


def in_two_runs(desk: Desk, first: str, second: str) -> list[str]:
    """Two targets, each stopped by a run of its own; the names of the runs."""
    desk.write({"tasks/one.yaml": task("disable", first), "tasks/two.yaml": task("disable", second, grace="2d")})
    for after in (0 * HOUR, DAY, 2 * DAY, 2 * DAY + HOUR):
        desk.reconcile(after)
    return [str(line["run"]) for line in lines(desk, "intended")]


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_one_run_alone_is_undone_by_the_head_of_its_name(desk: Desk, web: Here) -> None:
    first, second = instances(web, 2)
    _, run = in_two_runs(desk, first, second)
    pause(desk)

    unknown = desk.krampus("undo", "--run", "nonesuch", "--while-paused", after=3 * DAY)
    assert (unknown.exit_code, "the ledger has no run 'nonesuch'" in unknown.stderr) == (2, True)
    assert run in unknown.stderr
    assert desk.krampus("undo", "--run", run[:8], after=3 * DAY).exit_code == 2  # in force
    result = desk.krampus("undo", "--run", run[:8], "--while-paused", after=3 * DAY)

    assert result.exit_code == 0, result.output
    assert (state(web, first), state(web, second)) == ("stopped", "running")
    again = desk.krampus("undo", "--run", run, "--while-paused", after=3 * DAY)
    assert (again.exit_code, again.stdout) == (0, f"the run {run}: nothing to undo\n")


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_what_an_earlier_run_did_to_the_target_stays_and_stays_known(desk: Desk, web: Here) -> None:
    """A group is closed on one port by a run, and on another by a later one, of the same task."""
    from tests.applied import open_group, rules

    group = open_group(web)
    done(desk, group, options={"port": 22})
    closed = rules(web, group)
    desk.write({"tasks/open.yaml": task("disable", group, options={"port": 443})})
    for after in (2 * DAY, 3 * DAY):
        desk.reconcile(after)
    assert len(rules(web, group)) == len(closed) - 1
    last = str(lines(desk, "intended")[-1]["run"])
    desk.remove("tasks/open.yaml")

    assert desk.krampus("undo", "--run", last, after=4 * DAY).exit_code == 0
    assert rules(web, group) == closed
    assert lines(desk, "restored")[-1]["runs"] == [last]
    assert desk.krampus("undo", "open", after=4 * DAY + HOUR).exit_code == 0
    assert len(rules(web, group)) == len(closed) + 1


def test_all_since_a_time(desk: Desk, web: Here) -> None:
    first, second = instances(web, 2)
    in_two_runs(desk, first, second)
    pause(desk)
    coming = f"{START + 9 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    assert desk.krampus("undo", "--all-since", coming, "--while-paused", after=3 * DAY).exit_code == 2
    assert desk.krampus("undo", "--all-since", "3", "--while-paused", after=3 * DAY).exit_code == 2
    assert desk.krampus("undo", "open", "--all-since", "6h", after=3 * DAY).exit_code == 2
    assert desk.krampus("undo", after=3 * DAY).exit_code == 2
    nothing = desk.krampus("undo", "--all-since", "6h", "--while-paused", after=3 * DAY)
    assert (nothing.exit_code, nothing.stdout.endswith("nothing to undo\n")) == (0, True)

    assert desk.krampus("undo", "--all-since", "2d", "--while-paused", after=3 * DAY + HOUR).exit_code == 0
    assert (state(web, first), state(web, second)) == ("stopped", "running")
    begin = f"{START + DAY:%Y-%m-%dT%H:%M:%SZ}"
    assert desk.krampus("undo", "--all-since", begin, "--while-paused", after=3 * DAY + HOUR).exit_code == 0
    assert state(web, first) == "running"


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_one_that_cannot_be_undone_stops_nobody_else(desk: Desk, web: Here) -> None:
    first, second = instances(web, 2)
    in_two_runs(desk, first, second)
    desk.remove("tasks/two.yaml")
    result = desk.krampus("undo", "--all-since", "5d", after=3 * DAY)
    assert result.exit_code == 3
    assert (state(web, first), state(web, second)) == ("stopped", "running")


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_of_two_tasks_that_did_the_same_one_is_undone_first(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    web.client("ec2").start_instances(InstanceIds=[target.rpartition("/")[2]])
    desk.remove("tasks/open.yaml")
    desk.write({"tasks/other.yaml": task("disable", target)})
    for after in (2 * DAY, 3 * DAY):
        desk.reconcile(after)
    desk.remove("tasks/other.yaml")

    assert desk.krampus("undo", "--all-since", "9d", after=4 * DAY).exit_code == 3
    assert state(web, target) == "running"
    assert desk.krampus("undo", "--all-since", "9d", after=4 * DAY + HOUR).exit_code == 0


def test_a_dry_run_reads_as_what_it_is(desk: Desk, gate: Gate, web: Here) -> None:
    one, other = instances(web, 2)
    done(desk, one, other)
    web.client("ec2").start_instances(InstanceIds=[other.rpartition("/")[2]])
    pause(desk)
    head = desk.head()
    gate.requests.clear()

    result = desk.krampus("undo", "--all-since", "3d", "--while-paused", "--dry-run", after=NIGHT)

    assert (result.exit_code, gate.writes, desk.head()) == (0, [], head)
    text = result.stdout
    for real, name in ((one, "ONE"), (other, "OTHER")):
        text = text.replace(real, name).replace(real.rpartition("/")[2], name)
    for at, name in ((START + NIGHT, "NOW"), (START - DAY, "THEN")):
        text = text.replace(f"{at:%Y-%m-%d %H:%M}", name).replace(f"{at:%Y-%m-%dT%H:%M:%SZ}", name)
    same("undo-dry-run.txt", text)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_two_that_are_started_together_both_happen(desk: Desk, web: Here) -> None:
    first, second = instances(web, 2)
    desk.write({"tasks/one.yaml": task("disable", first), "tasks/two.yaml": task("disable", second)})
    for after in (0 * HOUR, DAY, DAY + HOUR):
        desk.reconcile(after)
    for name in ("one", "two"):
        desk.remove(f"tasks/{name}.yaml")
    at = f"{START + NIGHT:%Y-%m-%dT%H:%M:%SZ}"
    command = [sys.executable, "-P", "-m", "reconciler", "undo", "--root", str(desk.root), "--now", at]
    both = [
        subprocess.Popen([*command, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name in ("one", "two")
    ]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert (state(web, first), state(web, second)) == ("running", "running")
    assert {line["target"] for line in lines(desk, "restored")} == {first, second}


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_as_separate_jobs_and_the_pause_ends_in_between(
    desk: Desk, gate: Gate, web: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was recorded under the pause is held, so nothing need be undone in haste, and the same command goes on."""
    (target,) = instances(web)
    done(desk, target)
    plan = str(tmp_path / "undo.json")
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    assert desk.krampus("undo", "--out", plan, "--while-paused", "open", after=NIGHT).exit_code == 0
    monkeypatch.delenv("KRAMPUS_PAUSED")
    assert desk.krampus("record", plan).exit_code == 2  # nobody paused it, says the job that records
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    assert desk.krampus("record", plan).exit_code == 0
    monkeypatch.delenv("KRAMPUS_PAUSED")
    gate.requests.clear()
    assert desk.krampus("apply", plan).exit_code == 2
    assert gate.writes == []
    desk.krampus("publish", plan)

    desk.reconcile(NIGHT + HOUR)
    assert desk.report()[target]["verdict"] == "satisfied"
    assert desk.krampus("undo", "open", after=NIGHT + 2 * HOUR).exit_code == 0
    assert state(web, target) == "running"
    desk.reconcile(NIGHT + 3 * HOUR)
    assert desk.report()[target]["reason"] == "taken_back"


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_as_separate_jobs_under_the_pause_it_is_undone(
    desk: Desk, web: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (target,) = instances(web)
    done(desk, target)
    plan, out = str(tmp_path / "undo.json"), str(tmp_path / "outcomes.json")
    monkeypatch.setenv("KRAMPUS_PAUSED", "1")
    desk.krampus("undo", "--out", plan, "--while-paused", "open", after=NIGHT)
    assert desk.krampus("record", plan).exit_code == 0
    assert desk.krampus("record", plan).exit_code == 0  # its job is run anew, and does not wait for itself
    assert desk.krampus("apply", plan, "--out", out).exit_code == 0
    assert desk.krampus("publish", plan, out).exit_code == 0
    assert (state(web, target), desk.events().count(("lapsed", target))) == ("running", 1)


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_an_undo_recorded_after_another_run_wrote_is_decided_again_and_goes_on(
    desk: Desk, web: Here, tmp_path: Path
) -> None:
    one, other = instances(web, 2)
    desk.write({"tasks/one.yaml": task("disable", one), "tasks/two.yaml": task("disable", other)})
    for after in (0 * HOUR, DAY, DAY + HOUR):
        desk.reconcile(after)
    for name in ("one", "two"):
        desk.remove(f"tasks/{name}.yaml")
    plan, out = str(tmp_path / "undo.json"), str(tmp_path / "outcomes.json")
    desk.krampus("undo", "--out", plan, "one", after=NIGHT)
    assert desk.krampus("undo", "two", after=NIGHT + timedelta(minutes=2)).exit_code == 0

    later = NIGHT + timedelta(minutes=3)
    assert desk.krampus("record", plan, after=later).exit_code == 0
    assert desk.krampus("apply", plan, "--out", out, after=later).exit_code == 0
    assert desk.krampus("publish", plan, out, after=later).exit_code == 0
    assert (state(web, one), state(web, other)) == ("running", "running")


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_lines_that_git_ends_otherwise_are_no_change(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    done(desk, target)
    pause(desk)
    desk.krampus("undo", "open", "--while-paused", after=NIGHT)
    unpause(desk)
    file = desk.root / "tasks/open.yaml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    desk.write({})
    desk.reconcile(NIGHT + HOUR)
    assert desk.report()[target]["reason"] == "taken_back"
