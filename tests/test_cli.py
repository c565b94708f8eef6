"""The command line: what it prints, and that it never shows a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.resources.catalog import KINDS
from reconciler.resources.kind import unknown


def test_kinds_shows_all_kinds_and_all_that_one_takes() -> None:
    everything = CliRunner().invoke(app, ["kinds"]).stdout
    one = CliRunner().invoke(app, ["kinds", "ec2:security-group"]).stdout
    data = json.loads(CliRunner().invoke(app, ["kinds", "--format", "json"]).stdout)

    assert all(name in everything for name in KINDS)
    assert "option port" in one
    assert "ec2:RevokeSecurityGroupIngress" in one
    assert [kind["name"] for kind in data] == list(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_whose_resources_cannot_be_told_apart_says_so(name: str) -> None:
    said = "AWS tells a resource from another of its name by nothing" in CliRunner().invoke(app, ["kinds", name]).stdout
    (data,) = json.loads(CliRunner().invoke(app, ["kinds", name, "--format", "json"]).stdout)

    assert said is (KINDS[name].identity is unknown)
    assert data["dated"] is KINDS[name].dated


def test_an_unknown_kind_is_a_usage_error_with_the_nearest_one() -> None:
    result = CliRunner().invoke(app, ["kinds", "ec2:instanse"])

    assert result.exit_code == 2
    assert "did you mean 'ec2:instance'?" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--now", "tomorrow"],
        ["plan", "--root", "/nowhere"],
        ["plan", "--format", "xml"],
        ["nothing"],
        ["record"],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize("command", ["record", "apply", "publish"])
@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 2}', "no json"])
def test_a_file_that_is_no_plan_is_exit_2_with_a_word(tmp_path: Path, command: str, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)
    root = str(Path(__file__).parent.parent)

    result = CliRunner().invoke(app, [command, str(file), "--root", root])

    assert result.exit_code == 2
    assert "plan.json:1:1" in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_faults_of_a_run_inside_actions_are_annotations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    result = CliRunner().invoke(app, ["plan", "--root", str(tmp_path)])

    assert result.exit_code == 2
    assert "::error file=krampus.yaml,line=1,col=1::" in result.stderr
