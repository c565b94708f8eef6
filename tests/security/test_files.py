"""What a branch can put in a file's place: links, pipes, devices, folders, a file without end. None of it is read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reconciler.checkout import MOST, Unreadable, read, read_handed
from reconciler.cli.app import app
from reconciler.cli.show import write
from reconciler.clients.file_tracker import FileTracker
from reconciler.clients.git.file_history import FileHistory
from reconciler.errors import InvalidInput, TrackerRefused
from reconciler.load.repository import load
from reconciler.model.issue import Draft
from tests.desk import CONFIG, Desk, task

SECRET = "the-secret-that-must-not-be-read"  # noqa: S105  no secret of anybody's
INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"
Trap = Callable[[Path], None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A valid repository beside a file that is not its own, and with files that no stage may read."""
    root = tmp_path / "repository"
    for folder in ("tasks/deep", "exemptions", ".git"):
        (root / folder).mkdir(parents=True)
    (root / "krampus.yaml").write_text(CONFIG.replace("../issues", "issues"))
    (root / "tasks/idle.yaml").write_text(task("disable", INSTANCE))
    (root / ".git/config").write_text(f"title: {SECRET}\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/task.yaml").write_text(task("kill", INSTANCE, reason=SECRET))
    return root


def link(place: str, target: str) -> Trap:
    def trap(root: Path) -> None:
        path = root / place
        if path.is_dir() and not path.is_symlink():
            for inner in sorted(path.rglob("*"), reverse=True):
                inner.rmdir() if inner.is_dir() else inner.unlink()
            path.rmdir()
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    return trap


def chain(root: Path) -> None:
    (root / "tasks/a.yaml").symlink_to("deep/b.yaml")
    (root / "tasks/deep/b.yaml").symlink_to("../../../outside/task.yaml")


def through_a_folder(root: Path) -> None:
    (root / "tasks/a.yaml").symlink_to("deep/up/outside/task.yaml")
    (root / "tasks/deep/up").symlink_to("../../..")


def a_socket(root: Path) -> None:
    os.mknod(root / "tasks/a.yaml", 0o600 | stat.S_IFSOCK)


def too_large(root: Path) -> None:
    (root / "tasks/a.yaml").write_text(task("disable", INSTANCE) + " " * MOST)


def a_folder(root: Path) -> None:
    (root / "tasks/a.yaml").mkdir()


def a_file_for_a_folder(root: Path) -> None:
    (root / "exemptions").rmdir()
    (root / "exemptions").write_text("")


TRAPS: dict[str, tuple[Trap, str, str]] = {
    "a relative link out": (link("tasks/a.yaml", "../../outside/task.yaml"), "tasks/a.yaml", "points out"),
    "an absolute link": (link("tasks/a.yaml", "/etc/passwd"), "tasks/a.yaml", "points out"),
    "a link to the environment": (link("exemptions/a.yaml", "/proc/self/environ"), "exemptions/a.yaml", "points out"),
    "a link to git's configuration": (link("tasks/a.yaml", "../.git/config"), "tasks/a.yaml", "points out"),
    "a link to krampus.yaml": (link("exemptions/a.yaml", "../krampus.yaml"), "exemptions/a.yaml", "points out"),
    "a link to another folder": (link("exemptions/a.yaml", "../tasks/idle.yaml"), "exemptions/a.yaml", "points out"),
    "a chain of links": (chain, "tasks/a.yaml", "points out"),
    "a link through a linked folder": (through_a_folder, "tasks/a.yaml", "points out"),
    "a link to a device": (link("tasks/a.yaml", "/dev/zero"), "tasks/a.yaml", "points out"),
    "a link to itself": (link("tasks/a.yaml", "a.yaml"), "tasks/a.yaml", "levels of symbolic links"),
    "a link to nothing": (link("tasks/a.yaml", "nothing.yaml"), "tasks/a.yaml", "No such file"),
    "a linked configuration": (link("krampus.yaml", ".git/config"), "krampus.yaml", "points out"),
    "a configuration from outside": (link("krampus.yaml", "/proc/self/environ"), "krampus.yaml", "points out"),
    "a linked folder of tasks": (link("tasks", "../outside"), "tasks", "no folder"),
    "a linked folder of exemptions": (link("exemptions", "/proc/self"), "exemptions", "no folder"),
    "exemptions that are tasks": (link("exemptions", "tasks"), "exemptions", "no folder"),
    "a linked folder inside": (link("tasks/deep", "../../outside"), "tasks/deep", "leads to a folder"),
    "a linked folder with a file's name": (link("tasks/a.yaml", "deep"), "tasks/a.yaml", "no regular file"),
    "a folder": (a_folder, "tasks/a.yaml", "no regular file"),
    "a file for a folder": (a_file_for_a_folder, "exemptions", "no folder"),
    "a socket": (a_socket, "tasks/a.yaml", "cannot be read"),
    "a file without end": (too_large, "tasks/a.yaml", "larger than 1,048,576 bytes"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_a_fault_and_is_not_read(name: str, root: Path) -> None:
    trap, file, says = TRAPS[name]
    trap(root)

    with pytest.raises(InvalidInput) as caught:
        load(root)

    found = {(fault.file, fault.message) for fault in caught.value.faults if says in fault.message and fault.help}
    assert file in {where for where, _ in found}, caught.value.faults
    assert SECRET not in str(caught.value.faults)


def test_a_link_to_a_file_of_the_same_folder_is_read(root: Path) -> None:
    (root / "exemptions/deep").mkdir()
    (root / "exemptions/deep/a.yaml").write_text(
        f"reason: R\nowner: web\nexpires: 2027-01-31\nresources: [{INSTANCE}]\n"
    )
    (root / "exemptions/b.yaml").symlink_to("deep/a.yaml")

    assert len(load(root).exemptions) == 2


@pytest.mark.usefixtures("_outside")
def test_a_pipe_that_nobody_fills_stops_nothing(root: Path) -> None:
    os.mkfifo(root / "tasks/a.yaml")
    (root / "templates").mkdir()
    os.mkfifo(root / "templates/plan.md.j2")
    command = [sys.executable, "-m", "reconciler", "validate", "--root", str(root)]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 2
    assert "tasks/a.yaml:1:1" in done.stdout
    assert "templates/plan.md.j2:1:1" in done.stdout
    assert done.stdout.count("no regular file") == 2


def test_a_pipe_that_somebody_fills_is_not_read(root: Path) -> None:
    os.mkfifo(root / "tasks/a.yaml")
    end = os.open(root / "tasks/a.yaml", os.O_RDWR)
    os.write(end, SECRET.encode())

    with pytest.raises(Unreadable, match="no regular file"):
        read(root, "tasks", "a.yaml")
    os.close(end)


def test_a_file_that_becomes_a_link_between_check_and_read_is_not_followed(root: Path) -> None:
    """Another process exchanges them again and again; whenever it is read, it is the file itself or nothing."""
    place, done = root / "tasks/a.yaml", threading.Event()

    def exchange() -> None:
        while not done.is_set():
            (root / "new").write_text("mine")
            (root / "new").replace(place)
            (root / "link").symlink_to("../../outside/task.yaml")
            (root / "link").replace(place)

    exchanging = threading.Thread(target=exchange)
    exchanging.start()
    seen = set()
    try:
        for _ in range(4000):
            try:
                seen.add(read(root, "tasks", "a.yaml"))
            except Unreadable:
                seen.add(None)
    finally:
        done.set()
        exchanging.join()

    assert seen <= {b"mine", None}


@pytest.mark.parametrize(
    "name", ["../krampus.yaml", "/etc/passwd", "deep/../../.git/config", "../../outside/task.yaml"]
)
def test_a_path_does_not_lead_out_either(name: str, root: Path) -> None:
    with pytest.raises(Unreadable, match="points out"):
        read(root, "tasks", name)


def test_a_file_that_is_handed_over_is_bounded_and_a_file(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("0123456789")
    os.mkfifo(tmp_path / "pipe")

    assert read_handed(tmp_path / "plan.json", most=10) == b"0123456789"
    for path, most in ((tmp_path / "plan.json", 9), (tmp_path / "pipe", 9), (tmp_path, 9), (Path("/dev/zero"), 9)):
        with pytest.raises(Unreadable):
            read_handed(path, most)


@pytest.mark.parametrize("command", ["record", "apply", "publish"])
def test_a_plan_that_is_a_pipe_or_a_device_is_invalid(command: str, desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for file in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        result = CliRunner().invoke(app, [command, str(file), "--root", str(desk.root)])
        assert result.exit_code == 2, result.output
        assert "no regular file" in result.output


def test_what_is_written_follows_no_link_that_stands_there(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".plan.json.half").symlink_to("precious")
    (tmp_path / "plan.json").symlink_to("precious")

    write(tmp_path / "plan.json", "{}")

    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "plan.json").read_text() == "{}"
    assert not (tmp_path / "plan.json").is_symlink()


def test_the_tracker_of_files_follows_no_link(tmp_path: Path) -> None:
    draft = Draft("k", "", "A title", f"<!-- krampus:v1 key={'0' * 20} -->\nText", (), open=True)
    (tmp_path / "precious").write_text(f"---\ntitle: {SECRET}\n---\n")
    folder = tmp_path / "issues"
    folder.mkdir()
    (folder / "0001-a-title.tmp").symlink_to("../precious")

    with pytest.raises(TrackerRefused, match="cannot be written"):
        FileTracker(folder).create(draft)
    assert SECRET in (tmp_path / "precious").read_text()
    (folder / "0001-a-title.tmp").unlink()
    FileTracker(folder).create(draft)
    (folder / "0002-x.md").symlink_to("../precious")
    with pytest.raises(TrackerRefused, match="points out"):
        FileTracker(folder).all_issues([""])

    (tmp_path / "linked").symlink_to("issues")
    with pytest.raises(TrackerRefused, match="symbolic link"):
        FileTracker(tmp_path / "linked").create(draft)


def test_a_commit_whose_paths_lead_out_writes_nothing_there(desk: Desk) -> None:
    """git checks out no such tree, but it can be pushed."""
    blob = desk.git("rev-parse", "HEAD:krampus.yaml").strip()
    inner = bytes.fromhex(blob)

    def tree(name: bytes, mode: bytes, sha: bytes) -> str:
        command = ["git", "-C", str(desk.root), "hash-object", "-t", "tree", "--literally", "-w", "--stdin"]
        raw = mode + b" " + name + b"\0" + sha
        return subprocess.run(command, input=raw, check=True, capture_output=True).stdout.decode().strip()

    up = tree(b"..", b"40000", bytes.fromhex(tree(b"evil.yaml", b"100644", inner)))
    commit = desk.git("commit-tree", tree(b"tasks", b"40000", bytes.fromhex(up)), "-m", "x").strip()
    assert "tasks/../evil.yaml" in desk.git("ls-tree", "-r", "--name-only", commit)

    assert FileHistory(desk.root).files_at(commit) == {}
