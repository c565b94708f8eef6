"""What it takes to start: each command imports what it needs, and none of it is slow to import before that."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from reconciler import __version__
from reconciler.cli.app import COMMANDS, app
from reconciler.load.schemas import SCHEMAS
from reconciler.resources.catalog import KINDS
from tests.bad_files import RIGHT

ROOT = Path(__file__).parent.parent
# The clients of AWS and of GitHub, templates, and what others have for notices, git and the demo.
SLOW = ("boto3", "botocore", "s3transfer", "github", "jinja2", "apprise", "git", "moto", "flask", "rich", "requests")
QUICK = (
    ["--version"],
    ["--help"],
    ["schema"],
    ["kinds"],
    ["validate"],
    *([name, "--help"] for name in COMMANDS),
    *(["schema", name] for name in SCHEMAS),
    ["kinds", "--format", "json"],
    *(["kinds", name] for name in KINDS),
    ["validate", "--format", "json"],
)
# Runs each in turn, from the quickest on, and says which slow modules have come by then, and what it ended with.
SCRIPT = f"""
import io, json, sys
from contextlib import redirect_stdout
from reconciler.cli.app import app
for arguments in json.loads(sys.argv[1]):
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            app(arguments)
    except SystemExit as ended:
        slow = [name for name in {SLOW!r} if name in sys.modules]
        ours = sorted(name for name in sys.modules if name.startswith("reconciler."))
        print(json.dumps([ended.code, slow, ours, said.getvalue()]))
"""


def started(folder: Path, *commands: list[str]) -> list[tuple[int, list[str], list[str], str]]:
    """Exit code, slow modules, our modules and output of each command, run in one process in that folder."""
    command = [sys.executable, "-P", "-c", SCRIPT, json.dumps(commands)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with tasks and exemptions, in git."""
    for name, text in RIGHT.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "Begin")):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return tmp_path


@pytest.mark.usefixtures("_outside")
def test_nothing_that_only_looks_at_files_imports_what_is_slow(repository: Path) -> None:
    done = started(repository, *QUICK)

    assert [(arguments, code, slow) for arguments, (code, slow, *_) in zip(QUICK, done, strict=True)] == [
        (arguments, 0, []) for arguments in QUICK
    ]


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize("command", ["--help", "--version"])
def test_help_and_version_import_no_command(tmp_path: Path, command: str) -> None:
    (_, _, ours, said) = started(tmp_path, [command])[0]

    allowed = ("reconciler.cli", "reconciler.clients", "reconciler.errors", "reconciler.render")
    assert [name for name in ours if not name.startswith(allowed)] == []
    assert all(name in said for name in (COMMANDS if command == "--help" else (__version__,)))


@pytest.mark.usefixtures("_outside")
def test_templates_that_are_krampus_own_need_no_look(repository: Path) -> None:
    shutil.copytree(ROOT / "templates", repository / "templates")
    assert started(repository, ["validate"])[0][1] == []
    (repository / "templates" / "report.md.j2").write_text("{{ name }", encoding="utf-8")
    code, slow, *_ = started(repository, ["validate"])[0]

    assert (code, slow) == (2, ["jinja2"])


@pytest.mark.usefixtures("_outside")
def test_the_version_has_the_commit_of_a_checkout(tmp_path: Path) -> None:
    said = started(tmp_path, ["--version"])[0][3]
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)

    assert said.split() == [
        "krampus",
        __version__,
        *(["(commit", f"{commit.stdout.strip()})"] if commit.stdout else []),
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_what_the_list_says_of_it(name: str) -> None:
    group = typer.main.get_group(app)
    context = typer.Context(group, info_name="krampus")
    command = group.get_command(context, name)

    assert command is not None
    assert command.name == name
    assert (command.help or "").replace("\n", " ").startswith(COMMANDS[name][1])
    assert [*group.list_commands(context)] == [*COMMANDS]
