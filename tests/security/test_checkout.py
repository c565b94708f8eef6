"""Row 3: whoever can bring a file to the repository runs nothing with it, in no job and on no machine.

Each trap leaves a mark if it is ever run, imported or obeyed; the marks are counted.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.aws import DATA, WEB, Here
from tests.desk import DAY, instances, state, task
from tests.security.traps import MODULES, lay, left, script, traps
from tests.workflows.conftest import COMMIT
from tests.workflows.machine import ACTION, Event, Job, run
from tests.workflows.world import ROOT, World

OWN = """
name: own
on: push
permissions: {}
env:
  PYTHONPATH: CHECKOUT
  PYTHONUSERBASE: CHECKOUT
  PYTHONSTARTUP: CHECKOUT/setup.py
  PYTHONWARNINGS: "error::logging.Trap"
  PYTHONBREAKPOINT: setup.trap
  VIRTUAL_ENV: CHECKOUT
jobs:
  own:
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@v1
        with: {persist-credentials: false}
      - uses: ACTION
        with: {command: validate}
"""


def good(jobs: dict[str, Job]) -> dict[str, str]:
    """What is not as it should be, with all that the job printed."""
    return {name: job.log for name, job in jobs.items() if job.result not in ("success", "skipped")}


@pytest.fixture
def trapped(world: World, marks: Path) -> World:
    """The repository of the workflows, full of traps; venv and pip are really started, to say what they can do."""
    lay(world.desk.root, traps(marks))
    (world.desk.root / "plan.json").symlink_to(marks / "plan")  # what is written there would be a mark
    (world.desk.root / "in").symlink_to(marks)
    world.desk.write({}, "Lay traps")
    world.probe = True
    return world


@pytest.mark.usefixtures("_outside")
def test_a_trap_that_is_run_is_seen(marks: Path, tmp_path: Path) -> None:
    lay(tmp_path / "checkout", traps(marks))
    for module in ("venv", "pip", "logging"):
        subprocess.run([sys.executable, "-m", module], cwd=tmp_path / "checkout", capture_output=True, check=False)
    assert left(marks)
    subprocess.run([str(marks.parent / "run-trap"), "by-hand"], check=True)
    assert "by-hand" in left(marks)


@pytest.mark.proof("seventeen seconds: every job of every workflow")
def test_no_job_of_the_workflows_runs_anything_of_the_checkout(trapped: World, marks: Path) -> None:
    world, accounts = trapped, (Here(trapped.aws, WEB), Here(trapped.aws, DATA))
    targets = [instances(one, 1)[0] for one in accounts]
    world.desk.write({"tasks/idle.yaml": task("disable", *targets)}, "Order")
    sha = world.main()
    pull = {"number": 1, "head": {"repo": {"full_name": world.name}}, "base": {"sha": sha}}
    world.hub.open_pull(world.name, 1)
    world.desk.write({}, "Propose")
    proposal = Event("pull_request", world.main(), {"pull_request": pull})
    said = good(run(world, "validate", proposal) | run(world, "plan", proposal))
    assert said == {}

    for after in (0 * DAY, DAY):
        world.after = after
        jobs = run(world, "reconcile", Event("schedule", world.main(), inputs={"mode": "", "allow": ""}))
        assert good(jobs) == {}
    assert [state(one, target) for one, target in zip(accounts, targets, strict=True)] == ["stopped"] * 2

    world.desk.remove("tasks/idle.yaml")
    asked = {"task": "idle", "target": targets[0], "while_paused": False}
    assert good(run(world, "undo", Event("workflow_dispatch", world.main(), inputs=asked))) == {}
    assert state(accounts[0], targets[0]) == "running"
    assert left(marks) == []
    assert "Usage:" in (world.folder / "help").read_text(encoding="utf-8")  # venv and pip did start


def test_no_variable_of_the_job_lends_the_checkout_to_python(trapped: World, marks: Path) -> None:
    text = OWN.replace("ACTION", f"{ACTION}@{COMMIT}").replace("CHECKOUT", str(trapped.desk.root))
    trapped.desk.write({".github/workflows/own.yml": text}, "Use the action")
    jobs = run(trapped, "own", Event("push", trapped.main()))
    assert good(jobs) == {}
    assert "no faults" in jobs["own"].log
    assert left(marks) == []


@pytest.mark.usefixtures("_outside")
def test_what_stands_next_to_the_action_stands_for_no_other_module(marks: Path, tmp_path: Path) -> None:
    there = {name for name in MODULES if name not in ("reconciler", "distutils") and find_spec(name)}
    lay(tmp_path / "action", {f"{name}.py": script(marks, name) for name in there})
    (tmp_path / "action" / "reconciler").symlink_to(ROOT / "reconciler")
    started = tmp_path / "action" / "reconciler" / "__main__.py"
    done = subprocess.run([sys.executable, "-I", started, "kinds"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert left(marks) == []
