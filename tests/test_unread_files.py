"""Every file of tasks/ and exemptions/ is read or is a fault, wherever it is read: none is an exemption for nobody."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from reconciler.errors import Fault, InvalidInput
from reconciler.load.repository import load
from tests.aws import WEB
from tests.desk import CONFIG, task

INSTANCE = f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0"


def exemption(arn: str = INSTANCE) -> str:
    return f"reason: R\nowner: web\nexpires: 2027-01-31\nresources: ['{arn}']\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A valid repository, in no git."""
    root = tmp_path / "repository"
    for folder in ("tasks", "exemptions"):
        (root / folder).mkdir(parents=True)
    (root / "krampus.yaml").write_text(CONFIG)
    (root / "tasks/idle.yaml").write_text(task("disable", INSTANCE))
    return root


def faults(root: Path) -> tuple[Fault, ...]:
    try:
        load(root)
    except InvalidInput as invalid:
        return invalid.faults
    return ()


# file -> a word of its fault, or of what to do about it
UNREAD = {
    "bastion.YAML": "bastion.yaml",
    "bastion.Yml": "bastion.yaml",
    "bastion.yml": "ends in .yml",
    "bastion.yaml.txt": "bastion.yaml",
    "bastion.yaml~": "bastion.yaml",
    "bastion.yaml.bak": "left it behind",
    "bastion.yaml.example": "bastion.yaml",
    "bastion.json": "bastion.yaml",
    "bastion": "bastion.yaml",
    "bastion.yam": "bastion.yaml",
    "bastion.ymal": "bastion.yaml",
    "bastion yaml": "does not end in .yaml",
    "bastion.yaml ": "a blank",
    "bastion.y\u0430ml": "CYRILLIC SMALL LETTER A",
    "bastion\u2024yaml": "does not end in .yaml",
    "bastion.yaml\u00a0": "NO-BREAK SPACE",
    "bas\u200btion.yaml": "ZERO WIDTH SPACE",
    "bas\ntion.yaml": "control character",
    "bas\u202etion.yaml": "RIGHT-TO-LEFT OVERRIDE",
    "bas\udce9tion.yaml": "not UTF-8",
    ".bastion.yaml": "begins with a dot",
    ".bastion.yaml.swp": "left it behind",
    ".#bastion.yaml": "begins with a dot",
    "#bastion.yaml#": "left it behind",
    ".DS_Store": "does not end in .yaml",
    ".gitignore": "does not end in .yaml",
    "notes.md": "move it out",
    "README.yml": "ends in .yml",
    "README.json": "README.yaml",
    "deep/er/bastion.YML": "bastion.yaml",
    "x" * 250 + ".yml": "ends in .yml",
    ".hidden/bastion.yaml": "hidden",
}


@pytest.mark.parametrize("folder", ["tasks", "exemptions"])
@pytest.mark.parametrize("name", UNREAD)
def test_a_file_of_another_name_is_a_fault(root: Path, folder: str, name: str) -> None:
    (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
    (root / folder / name).write_text(exemption())

    found = [fault for fault in faults(root) if UNREAD[name] in f"{fault.message} {fault.help}"]

    places = {f"{folder}/{name}", f"{folder}/.hidden"}
    assert [fault for fault in found if fault.file in places and (fault.line, fault.column) == (1, 1) and fault.help]


@pytest.mark.parametrize(
    "name", ["README", "README.md", "readme.txt", "README-exemptions.md", ".gitkeep", "deep/README"]
)
def test_what_speaks_to_people_alone_is_none(root: Path, name: str) -> None:
    (root / "exemptions" / name).parent.mkdir(exist_ok=True)
    (root / "exemptions" / name).write_text("resources: everything")

    assert faults(root) == ()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    os.mknod(path, 0o600 | stat.S_IFSOCK)


def without_end(path: Path) -> None:
    path.touch()
    os.truncate(path, 100 << 20)


def no_text(path: Path) -> None:
    path.write_bytes(b"\0\xff" * 10)


FORMS: dict[str, Callable[[Path], None]] = {
    "a pipe": a_pipe,
    "a socket": a_socket,
    "a folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to a folder": lambda path: path.symlink_to("."),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to a name that is too long": lambda path: path.symlink_to("x" * 300),
    "a link out": lambda path: path.symlink_to("/etc/passwd"),
    "a file without end": without_end,
    "no text": no_text,
    "nothing": lambda path: path.touch(),
}


PLACES = ("tasks/a.yaml", "exemptions/a.yaml", "exemptions/a.yml", "exemptions/a", "krampus.yaml")
# Folders within are read.
NO_FILES = [pair for pair in product(PLACES, FORMS) if pair != ("exemptions/a", "a folder")]


@pytest.mark.parametrize(("place", "form"), NO_FILES)
def test_what_is_no_file_is_a_fault_at_once(root: Path, place: str, form: str) -> None:
    (root / place).unlink(missing_ok=True)
    FORMS[form](root / place)

    found = [fault for fault in faults(root) if fault.file == place]

    (root / place).rmdir() if form == "a folder" else (root / place).unlink()  # nobody need clean up after it
    assert found
    assert found[0].help


@pytest.mark.parametrize("folder", ["tasks", "exemptions"])
def test_a_folder_that_is_none_is_a_fault(root: Path, folder: str) -> None:
    (root / folder).rename(root / "elsewhere")
    for form in (lambda path: path.symlink_to("elsewhere"), lambda path: path.write_text(""), a_pipe):
        form(root / folder)
        assert folder in {fault.file for fault in faults(root)}
        (root / folder).unlink()


def test_folders_without_end_are_a_fault_and_no_traceback(root: Path) -> None:
    deep = root / "exemptions"
    for _ in range(150):
        deep = deep / "d"
    deep.mkdir(parents=True)

    (fault,) = faults(root)

    assert "folders stand within each other" in fault.message


def test_two_names_that_some_machines_cannot_tell_apart_are_a_fault(root: Path) -> None:
    for name in ("bastion.yaml", "Bastion.yaml", "caf\u00e9.yaml", "cafe\u0301.yaml"):
        (root / "exemptions" / name).write_text(exemption())

    assert len([fault for fault in faults(root) if "differs from" in fault.message]) == 2


# name at the root (a slash makes it a folder) -> what it is taken for
ALIKE = {
    "Exemptions/": "exemptions",
    "exemption/": "exemptions",
    "exempt/": "exemptions",
    "exeptions/": "exemptions",
    "exceptions/": "exemptions",
    ".exemptions/": "exemptions",
    "exempti\u043ens/": "exemptions",
    "exemptions\u00a0/": "exemptions",
    "exemptions.yaml": "exemptions/",
    "exemption.yml": "exemptions/",
    "Tasks/": "tasks",
    "task/": "tasks",
    "taks/": "tasks",
    "tasks.yaml": "tasks/",
    "Templates/": "templates",
    "template/": "templates",
    "krampus.yml": "krampus.yaml",
    "Krampus.yaml": "krampus.yaml",
    ".krampus.yaml": "krampus.yaml",
    "krampus.yaml.txt": "krampus.yaml",
    "krampus.json": "krampus.yaml",
    "kranpus.yaml": "krampus.yaml",
    "krampus.y\u0430ml": "krampus.yaml",
}
OTHERS = (
    *("tests/", "tools/", "docs/", "examples/", "schemas/", "terraform/", "modules/", "krampus/", "test/", "temp/"),
    *("README.md", "Makefile", "Taskfile.yml", "template.yaml", "tasks.json", "tasks.py", "krampus.py", "krampus.md"),
    *(".krampus.yaml.swp", "krampus.yaml~", "krampus.yaml.example", ".pre-commit-config.yaml", "mkdocs.yml"),
)


def lay(root: Path, name: str) -> None:
    if name.endswith("/"):
        (root / name).mkdir()
        (root / name / "bastion.yaml").write_text(exemption())
    else:
        (root / name).write_text(exemption())


@pytest.mark.parametrize("name", ALIKE)
def test_a_look_alike_at_the_root_is_a_fault(root: Path, name: str) -> None:
    lay(root, name)

    (fault,) = faults(root)

    assert (fault.file, fault.line, fault.column) == (name.removesuffix("/"), 1, 1)
    assert f"`{ALIKE[name]}`" in fault.message


def test_other_names_at_the_root_are_none(root: Path) -> None:
    for name in OTHERS:
        lay(root, name)

    assert faults(root) == ()


def test_a_look_alike_alone_is_named_where_the_right_one_is_missing(root: Path) -> None:
    (root / "krampus.yaml").rename(root / "krampus.yml")

    assert [(fault.file, fault.help) for fault in faults(root) if "missing" in fault.message] == [
        ("krampus.yaml", "rename krampus.yml to krampus.yaml")
    ]
