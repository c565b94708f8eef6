"""docs/adopt.md: its files have no fault, and its commands do what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app

PAGE = (Path(__file__).parent.parent.parent / "docs" / "adopt.md").read_text(encoding="utf-8")
FILES = re.findall(r"```yaml\n# ([\w./-]+)\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = sorted(set(re.findall(r"^(krampus policy [^\n>]*)>", PAGE, re.MULTILINE)))


@pytest.fixture
def adopted(tmp_path: Path) -> Path:
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.usefixtures("_outside")
def test_the_files_have_no_fault(adopted: Path) -> None:
    assert [name for name, _ in FILES] == ["krampus.yaml", "tasks/open-ssh.yaml"]

    result = CliRunner().invoke(app, ["validate", "--root", str(adopted)])

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_print_a_template(adopted: Path, command: str) -> None:
    if "--trusted" in command:
        file = adopted / "krampus.yaml"
        file.write_text(file.read_text().replace("oidc", "role"))

    result = CliRunner().invoke(app, [*shlex.split(command)[1:], "--root", str(adopted)])

    assert result.exit_code == 0, result.output
    assert "AWSTemplateFormatVersion" in result.stdout
    given = re.search(r"--(?:repository|trusted) (\S+)", command)
    assert given
    assert f"Default: {given[1]}" in result.stdout


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 3
