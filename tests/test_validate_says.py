"""`krampus validate` says what it read, passes over nothing that it is asked for, and tells all faults in one round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.cli.app import app
from reconciler.clients.git.kept_out import kept_out
from tests.aws import WEB
from tests.desk import CONFIG, Desk, task

BAD, GOOD = "title: A\n", "tasks/idle.yaml"


def arn(number: int) -> str:
    return f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-{number:017x}"


def exemption(*numbers: int, expires: str = "2026-12-31", **keys: str) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f"reason: R\nowner: web\nexpires: {expires}\n{more}resources: [{', '.join(map(arn, numbers))}]\n"


def write(root: Path, **files: str) -> None:
    """`tasks__a` is tasks/a.yaml."""
    for name, text in {"krampus": CONFIG, **files}.items():
        path = root / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def validate(root: Path, *arguments: str, code: int = 0, form: str = "text") -> str:
    command = ["validate", *arguments, "--root", str(root), "--format", form, "--now", "2026-12-01T12:00:00Z"]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize("form", ["text", "github"])
def test_it_says_what_it_read(tmp_path: Path, form: str) -> None:
    write(
        tmp_path,
        tasks__a=task("disable", *map(arn, range(39))),
        tasks__b=task("kill", arn(40)),
        tasks__c=task("kill", arn(41)),
        exemptions__a=exemption(0, 1, 2),
        exemptions__b=exemption(2, 3, 40),
    )

    assert validate(tmp_path, form=form) == "no faults\n3 tasks, 41 targets, 2 exemptions covering 5 of them\n"


@pytest.mark.usefixtures("_outside")
@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "0 tasks, 0 targets, 0 exemptions"),
        ({"tasks__a": task("kill", arn(1))}, "1 task, 1 target, 0 exemptions"),
        (
            {"tasks__a": task("kill", arn(1)), "exemptions__a": exemption(1)},
            "1 task, 1 target, 1 exemption covering 1 of them",
        ),
        (
            {"tasks__a": task("kill", arn(1)), "exemptions__a": exemption(2)},
            "1 task, 1 target, 1 exemption covering none of them",
        ),
        (
            {"tasks__a": task("kill", arn(1)), "exemptions__a": exemption(1, actions="[disable]")},
            "1 task, 1 target, 1 exemption covering none of them",
        ),
        (
            {"tasks__a": task("kill", arn(1)), "exemptions__a": exemption(1, expires="2026-11-30")},
            "1 task, 1 target, 1 exemption (1 ended) covering none of them",
        ),
    ],
)
def test_it_counts_in_plain_english(tmp_path: Path, files: dict[str, str], said: str) -> None:
    write(tmp_path, **files)

    assert validate(tmp_path).splitlines() == ["no faults", said]


# --- what is asked for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a fault in tasks/bad.yaml and in exemptions/bad.yaml."""
    root = tmp_path / "repository"
    write(root, tasks__idle=task("kill", arn(1)), tasks__deep__bad=BAD, exemptions__bad="reason: R\n")
    (root / "tasks/README.md").write_text("")
    (root / "docs").mkdir()
    (root / "docs/a.yaml").write_text("")
    return root


@pytest.mark.parametrize(
    ("asked", "files"),
    [
        ("tasks/", {"tasks/deep/bad.yaml"}),
        ("tasks/deep", {"tasks/deep/bad.yaml"}),
        ("tasks/deep/bad.yaml", {"tasks/deep/bad.yaml"}),
        ("tasks/deep/../deep/bad.yaml", {"tasks/deep/bad.yaml"}),
        ("exemptions", {"exemptions/bad.yaml"}),
        (".", {"tasks/deep/bad.yaml", "exemptions/bad.yaml"}),
    ],
)
@pytest.mark.parametrize("from_here", [True, False])
def test_a_folder_is_looked_into_from_here_or_from_the_root(
    root: Path, monkeypatch: pytest.MonkeyPatch, asked: str, files: set[str], from_here: bool
) -> None:
    monkeypatch.chdir(root if from_here else root.parent)

    said = validate(root, asked, code=2) if asked != "." or from_here else validate(root, str(root), code=2)

    assert {line.partition(":")[0] for line in said.splitlines() if ".yaml:" in line} == files


def test_an_absolute_path_and_one_from_elsewhere_are_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    for asked in (str(root / "tasks"), "repository/tasks", "tasks"):
        assert "tasks/deep/bad.yaml" in validate(root, asked, code=2)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("tasks/nope.yaml", "there is no such file"),
        ("nope/", "there is no such file"),
        ("tasks/deep/loop/x.yaml", "there is no such file"),
        ("x" * 300, "there is no such file"),
        ("/etc/passwd", "outside of the repository"),
        ("..", "outside of the repository"),
        ("docs/a.yaml", "not one of the files that are read"),
        ("docs", "not one of the files that are read"),
        ("tasks/README.md", "not one of the files that are read"),
    ],
)
def test_what_is_not_read_is_refused_and_not_called_fine(
    root: Path, monkeypatch: pytest.MonkeyPatch, asked: str, words: str
) -> None:
    monkeypatch.chdir(root)
    (root / "tasks/deep/loop").symlink_to("loop")
    command = ["validate", GOOD, asked, "--root", str(root)]

    done = CliRunner(env={"COLUMNS": "400"}).invoke(app, command, catch_exceptions=False)

    assert (done.exit_code, words in done.stderr, "no faults" in done.output) == (2, True, False), done.output


def test_a_link_is_asked_for_by_its_own_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    (root / "tasks/loop.yaml").symlink_to("loop.yaml")
    (root / "tasks/out.yaml").symlink_to("/etc/passwd")

    assert "levels of symbolic links" in validate(root, "tasks/loop.yaml", code=2)
    assert "points out of its folder" in validate(root, "tasks/out.yaml", code=2)


def test_faults_elsewhere_are_counted_and_those_of_the_configuration_told(root: Path) -> None:
    said = validate(root, GOOD)
    assert said.splitlines()[0] == "no faults"
    assert "faults in other files, which stop every run" in said
    assert "1 task" not in said

    (root / "krampus.yaml").write_text("accounts: {")
    assert "krampus.yaml:1:" in validate(root, GOOD, code=2)  # without it no target can be checked


# --- one round


def test_what_lasts_too_long_is_told_with_all_else(tmp_path: Path) -> None:
    write(tmp_path, tasks__bad=BAD, exemptions__a=exemption(1, expires="2099-01-01"))
    (tmp_path / "exemptions/b.YAML").touch()

    said = validate(tmp_path, code=2)

    assert "exemptions/a.yaml:3:10: it lasts" in said
    assert "tasks/bad.yaml:1:1" in said
    assert "exemptions/b.YAML:1:1" in said


def test_a_configuration_that_cannot_be_read_hides_nothing_that_it_does_not_decide(tmp_path: Path) -> None:
    again = task("kill", arn(1))
    more = {"exemptions__a": exemption(1, tasks="[nope]"), "tasks__Bad": again, "tasks__a": again, "tasks__b__a": again}
    write(tmp_path, krampus="accounts: {", **more)

    said = validate(tmp_path, code=2)

    for words in (
        "there is no task 'nope'",
        "cannot be a task's id",
        "already used by tasks/a.yaml",
        "krampus.yaml:1:",
    ):
        assert words in said


def test_a_limit_that_is_faulty_itself_says_nothing_of_exemptions(tmp_path: Path) -> None:
    config = CONFIG + "guardrails: {max_exemption: ever}\n"
    write(tmp_path, krampus=config, exemptions__a=exemption(1, expires="2099-01-01"))

    said = validate(tmp_path, code=2)

    assert "krampus.yaml" in said
    assert "it lasts" not in said


def test_a_list_whose_members_are_faulty_is_not_called_empty(tmp_path: Path) -> None:
    write(
        tmp_path,
        tasks__a="title: A\nreason: B\naction: kill\ntargets: [5]\n",
        exemptions__a=exemption(1, actions="[disble]", tasks="[1]").replace(f"[{arn(1)}]", "[*x]"),
        exemptions__b=exemption(1).replace(arn(1), ""),
    )

    said = validate(tmp_path, code=2).splitlines()

    assert [line.partition(":")[0] for line in said if "is empty" in line] == ["exemptions/b.yaml"]


def test_git_is_asked_in_a_fixed_number_of_calls(desk: Desk) -> None:
    """What git keeps out is asked of all files at once: a thousand take no longer than one."""
    folder = desk.root / "exemptions"
    folder.mkdir()
    (desk.root / ".gitignore").write_text("*.yaml\n")
    for number in range(1000):
        (folder / f"{number}.yaml").touch()

    began = datetime.now(UTC)
    found = kept_out(desk.root)

    assert len(found) == 1000
    assert datetime.now(UTC) - began < timedelta(seconds=5)
