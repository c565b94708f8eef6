"""What every workflow file keeps to: who may do what, pinned actions, bounded time, no expression in a program."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.workflows.world import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ENVIRONMENTS = {"record": "krampus-publish", "apply": "krampus-apply", "publish": "krampus-publish"}
PINNED = re.compile(r"uses: (\./|[\w-]+/[\w-]+@[0-9a-f]{40} # v[0-9.]+)$")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


JOBS = [pytest.param(job, id=f"{path.stem}/{name}") for path in FILES for name, job in read(path)["jobs"].items()]


@pytest.mark.parametrize("job", JOBS)
def test_no_job_holds_aws_credentials_and_may_write_to_github(job: dict[str, Any]) -> None:
    permissions = job["permissions"]
    writes = {what for what, level in permissions.items() if level == "write"}
    assert set(permissions.values()) <= {"read", "write"}
    assert "id-token" not in writes or writes == {"id-token"}


@pytest.mark.parametrize("job", JOBS)
def test_every_job_says_how_long_and_with_what_it_runs(job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60
    assert job["permissions"]
    assert job["runs-on"] == "ubuntu-24.04"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_workflow_grants_nothing_by_itself_and_runs_one_at_a_time(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert not {"pull_request_target", "workflow_run"} & set(workflow[True])


@pytest.mark.parametrize("path", [*FILES, ROOT / "action.yml"], ids=lambda path: path.stem)
def test_actions_are_pinned_by_their_commit(path: Path) -> None:
    used = [
        line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines() if "uses: " in line
    ]
    used = [line for line in used if not line.startswith("#")]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", [*FILES, ROOT / "action.yml"], ids=lambda path: path.stem)
def test_no_expression_becomes_a_part_of_a_program(path: Path) -> None:
    workflow = read(path)
    parts = workflow["jobs"].values() if "jobs" in workflow else [workflow["runs"]]
    programs = [step["run"] for part in parts for step in part["steps"] if "run" in step]
    assert programs
    assert not any("${{" in program for program in programs)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_only_jobs_with_an_environment_write_what_stands_or_touch_aws(path: Path) -> None:
    """They can be held to main, and so can the keys that they hold; the credentials of planning only read."""
    for name, job in read(path)["jobs"].items():
        assert job.get("environment") == ENVIRONMENTS.get(name), name
        assert "environment" in job or "secrets." not in str(job), name


@pytest.mark.usefixtures("_outside")
def test_git_gets_the_token_of_the_job_from_the_environment_alone() -> None:
    said = read(ROOT / ".github/workflows/reconcile.yml")["env"]
    key = said["GIT_CONFIG_KEY_0"].replace("${{ github.server_url }}", "https://github.example")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": said["GIT_CONFIG_COUNT"],
        "GIT_CONFIG_KEY_0": key,
        "GIT_CONFIG_VALUE_0": said["GIT_CONFIG_VALUE_0"],
        "GITHUB_TOKEN": "ghs_secret",
    }

    def asked(host: str) -> str:
        done = subprocess.run(
            ["git", "credential", "fill"],
            input=f"protocol=https\nhost={host}\n\n",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout

    assert "username=x-access-token\npassword=ghs_secret\n" in asked("github.example")
    assert "ghs_secret" not in asked("elsewhere.example")
