"""`krampus init`: a repository that passes validate at once, acts on nothing, and leaves what is there as it is."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reconciler.cli.app import app
from reconciler.cli.init import ACTION
from reconciler.clients.installation import REPOSITORY, origin
from reconciler.load.repository import load
from reconciler.load.schemas import schema_text
from reconciler.starter.scaffold import WORKFLOWS

ROOT = Path(__file__).parent.parent
OURS = "acme/krampus@" + "a1" * 20
FILES = {
    "krampus.yaml",
    "README.md",
    "examples/tasks/open-ssh.yaml",
    "examples/exemptions/bastion.yaml",
    "tasks/.gitkeep",
    "exemptions/.gitkeep",
    ".github/CODEOWNERS",
    ".github/dependabot.yml",
    ".pre-commit-config.yaml",
    ".vscode/settings.json",
    *(f"schemas/{name}.json" for name in ("krampus", "task", "exemption")),
    *(f".github/workflows/{name}.yml" for name in WORKFLOWS),
}


def krampus(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def laid(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.usefixtures("_outside")
def test_it_lays_out_a_repository_that_passes_and_orders_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "repository"

    done = krampus("init", str(folder), "--action", OURS)

    assert done.exit_code == 0, done.output
    assert set(laid(folder)) == FILES
    assert krampus("validate", "--root", str(folder)).stdout == "no faults\n0 tasks, 0 targets, 0 exemptions\n"
    repository = load(folder)
    assert repository.orders == ()
    assert not any(account.enforce for account in repository.config.accounts.values())


@pytest.mark.usefixtures("_outside")
def test_its_examples_pass_too_once_they_are_copied(tmp_path: Path) -> None:
    krampus("init", str(tmp_path), "--action", OURS)
    for example in (tmp_path / "examples").rglob("*.yaml"):
        place = tmp_path / example.relative_to(tmp_path / "examples")
        place.write_text(example.read_text(encoding="utf-8"), encoding="utf-8")

    said = "no faults\n1 task, 1 target, 1 exemption covering none of them\n"
    assert krampus("validate", "--root", str(tmp_path)).stdout == said
    repository = load(tmp_path)
    assert [order.task for order in repository.orders] == ["open-ssh"]
    assert list(repository.exemptions) == ["exemptions/bastion.yaml"]


def test_what_is_there_is_left_and_named_and_twice_is_fine(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    outside = tmp_path / "outside"
    (tmp_path / "krampus.yaml").symlink_to(outside)

    first, second = (krampus("init", str(tmp_path), "--action", OURS) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert not outside.exists()
    assert f"kept: {tmp_path / 'README.md'}" in first.stdout
    assert all(f"kept: {tmp_path / name}" in second.stdout for name in FILES)
    assert "wrote" not in second.stdout


def test_a_folder_that_cannot_be_written_is_exit_1_with_a_word(tmp_path: Path) -> None:
    (tmp_path / ".github").write_text("a file where a folder must be")
    done = krampus("init", str(tmp_path), "--action", OURS)
    assert done.exit_code == 1
    assert ".github" in done.stderr


def test_its_workflows_are_our_own_but_for_the_action(tmp_path: Path) -> None:
    krampus("init", str(tmp_path), "--action", OURS)
    for name in WORKFLOWS:
        own = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        theirs = (tmp_path / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        assert theirs == own.replace("uses: ./\n", f"uses: {OURS}\n")
        assert "uses: ./" not in theirs


def test_editors_find_the_schemas(tmp_path: Path) -> None:
    krampus("init", str(tmp_path), "--action", OURS)
    settings = json.loads((tmp_path / ".vscode/settings.json").read_text(encoding="utf-8"))
    for place in settings["yaml.schemas"]:
        assert (tmp_path / place).read_text(encoding="utf-8") == schema_text(Path(place).stem)


@pytest.mark.parametrize("said", ["krampus", "acme/krampus", "acme/krampus@main", "acme/krampus@" + "A1" * 20, "./@x"])
def test_an_action_without_its_commit_is_refused(tmp_path: Path, said: str) -> None:
    assert krampus("init", str(tmp_path / "new"), "--action", said).exit_code == 2
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("_outside")
def test_by_default_the_action_is_this_very_krampus(tmp_path: Path) -> None:
    done = krampus("init", str(tmp_path))
    used = set(re.findall(r"uses: (\S+krampus@\S+|OWNER/\S+)", (tmp_path / ".github/workflows/plan.yml").read_text()))
    assert done.exit_code == 0
    assert all(ACTION.fullmatch(one) for one in used)
    assert ("could not find its own repository" in done.stdout) is any(one.startswith("OWNER/") for one in used)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/krampus.git", "acme/krampus"),
        ("https://github.com/acme/krampus", "acme/krampus"),
        ("git@github.com:acme/krampus.git", "acme/krampus"),
        ("ssh://git@github.com/acme/krampus", "acme/krampus"),
        ("https://user:secret@github.com/acme/krampus", "acme/krampus"),
        ("/srv/git/acme/krampus", None),
        ("../krampus", None),
    ],
)
def test_a_remote_names_its_repository(url: str, name: str | None) -> None:
    match = REPOSITORY.fullmatch(url)
    assert (match[1] if match else None) == name


@pytest.mark.usefixtures("_outside")
def test_a_checkout_tells_its_repository_and_commit(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        command = ["git", *who, "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "reconciler").mkdir()
    (tmp_path / "action.yml").write_text("")
    git("init", "--quiet")
    assert origin(tmp_path / "reconciler") == ("", "")
    git("remote", "add", "origin", "git@github.example:acme/krampus.git")
    git("commit", "--quiet", "--allow-empty", "-m", "Begin")
    assert origin(tmp_path / "reconciler") == ("acme/krampus", git("rev-parse", "HEAD"))
