"""Row 3, where git is asked: no setting, attribute or folder of a repository runs a program or changes what is read.

Each trap leaves a mark if it is ever run; the marks are counted.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.clients.git.brought import brought
from reconciler.clients.git.file_history import FileHistory
from reconciler.clients.git.main_branch import MainBranch
from reconciler.clients.git.origin import origin_and_commit
from reconciler.clients.git.report_branch import ReportBranch
from reconciler.clients.git.tracking import fetched
from reconciler.errors import DoorClosed
from tests.aws import Here
from tests.clients.remote import Remote
from tests.desk import DAY, START, Desk, instances, state, task
from tests.security.traps import hostile, lay, left, runnable, script, traps
from tests.workflows.world import ROOT

EXEMPTION = f"""
reason: The bastion stays
owner: web
expires: {START + 30 * DAY:%Y-%m-%d}
resources: ["arn:aws:ec2:eu-west-1:111122223333:security-group/sg-0a1b2c3d4e5f60718"]
"""


@pytest.fixture
def armed(desk: Desk, web: Here, marks: Path) -> Desk:
    """A clone of which the configuration, the hooks and the attributes are traps, with something for each to do."""
    lay(desk.root, traps(marks))
    desk.write({"exemptions/bastion.yaml": EXEMPTION, "tasks/idle.yaml": task("disable", *instances(web))}, "Order")
    _sign(desk)
    desk.git("push", "--quiet", "origin", "main")
    ahead = time.time() + 3600  # newer than git's index: git compares what it holds, by way of a filter
    os.utime(desk.root / "exemptions" / "bastion.yaml", (ahead, ahead))
    desk.git("add", "exemptions")
    desk.git("clone", "--quiet", "--bare", str(desk.remote), str(marks.parent / "lender"))
    own = desk.root / ".git"
    (own / "objects" / "info" / "alternates").write_text(f"{marks.parent / 'lender' / 'objects'}\n")
    (own / "info" / "attributes").write_text("* filter=trap diff=trap merge=trap\n")
    for name in ("pre-push", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        runnable(own / "hooks" / name, script(marks, f"hook-{name}"))
    shutil.copy(own / "config", own / "config.plain")
    with (own / "config").open("a") as config:
        config.write(hostile(marks, "own"))
    return desk


@contextmanager
def disarmed(desk: Desk) -> Iterator[None]:
    """The clone without its settings and hooks, for what a person does in it."""
    own = desk.root / ".git"
    for name, other in (("config", "config.armed"), ("config.plain", "config"), ("hooks", "hooks.armed")):
        (own / name).rename(own / other)
    yield
    (own / "config.armed").replace(own / "config")
    (own / "hooks.armed").rename(own / "hooks")


def _sign(desk: Desk) -> None:
    """Put what looks like a signature on the last commit: a log that shows signatures asks a program about it."""
    head, _, message = desk.git("cat-file", "commit", "HEAD").partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----"
    (desk.root.parent / "signed").write_text(f"{head}\n{signature}\n\n{message}")
    commit = desk.git("hash-object", "-t", "commit", "-w", str(desk.root.parent / "signed")).strip()
    desk.git("update-ref", "refs/heads/main", commit)


def test_no_setting_of_the_clone_runs_a_program(armed: Desk, web: Here, marks: Path) -> None:
    target = json.loads((armed.root / "tasks" / "idle.yaml").read_text())["targets"][0]
    plan, outcomes = str(marks.parent / "plan.json"), str(marks.parent / "outcomes.json")
    assert armed.krampus("validate", after=0 * DAY).exit_code == 0
    armed.reconcile(0 * DAY)
    for command in (
        ("plan", "--out", plan),
        ("record", plan),
        ("apply", plan, "--out", outcomes),
        ("publish", plan, outcomes),
    ):
        after = None if command[0] in ("record", "publish") else DAY
        done = armed.krampus(*command, after=after)
        assert done.exit_code == 0, done.output
    assert state(web, target) == "stopped"
    for asked in (("ledger", "verify"), ("ledger", "show", target)):
        assert armed.krampus(*asked).exit_code == 0
    with disarmed(armed):
        armed.remove("tasks/idle.yaml")
        armed.git("push", "--quiet", "origin", "main")
    assert armed.krampus("undo", "idle", after=DAY).exit_code == 0
    assert state(web, target) == "running"
    assert left(marks) == []


def test_the_doors_ask_git_everything_with_the_same_care(armed: Desk, marks: Path) -> None:
    history, branch = FileHistory(armed.root), ReportBranch(armed.root, "krampus/reports")
    assert list(history.set_on("exemptions")) == ["exemptions/bastion.yaml"]  # as it was committed, attributes or not
    assert history.authors("tasks") == {"tasks/idle.yaml": "AUTHOR@example.org".lower()}  # and no .mailmap
    assert history.asked("idle").commits[-1].subject == "Order"
    assert "tasks/idle.yaml" in history.files_at("HEAD")
    assert len(brought(armed.root, START)) == 1
    main = MainBranch(armed.root)
    assert (main.newest(branch.head(), required=True), main.uncommitted()) == (branch.head(), ())
    Remote(armed.remote).write("krampus/reports", {"README.md": b"x"})
    assert branch.fetch(lambda _path: True).files == {"README.md": b"x"}
    branch.push(lambda _tip: {"README.md": b"y"}, "Report", lambda _path: True)
    branch.dry_run_push()
    assert branch.user() == "Ada <ada@example.org>"
    assert fetched(armed.root, "main", "krampus.yaml")
    assert origin_and_commit(armed.root)[0] == str(armed.remote)
    assert left(marks) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("remote.origin.url", "ext::{trap}"),
        ("remote.origin.url", "trap::x"),
        ("remote.origin.vcs", "trap"),
        ("remote.origin.url", "git://127.0.0.1/x"),
        ("remote.origin.pushurl", "trap::x"),
    ],
)
def test_no_remote_is_a_program(desk: Desk, marks: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: str) -> None:
    trap = f"{marks.parent}/run-trap"
    runnable(marks.parent / "bin" / "git-remote-trap", script(marks, "helper"))
    monkeypatch.setenv("PATH", f"{marks.parent / 'bin'}:{os.environ['PATH']}")
    for name, text in {"protocol.allow": "always", "core.gitProxy": f"{trap} proxy", key: value}.items():
        desk.git("config", name, text.format(trap=f"{trap} ext"))
    with pytest.raises(DoorClosed, match=r"transport '(ext|trap|git)' not allowed"):
        ReportBranch(desk.root, "krampus/reports").push(lambda _tip: {"x": b"x"}, "Report", lambda _path: True)
    assert left(marks) == []


@pytest.mark.parametrize("remote", ["ssh://127.0.0.1:9/x", "http://127.0.0.1:9/x"])
def test_a_folder_that_looks_like_a_repository_is_none(desk: Desk, marks: Path, remote: str) -> None:
    desk.write({"vendor/krampus.yaml": (desk.root / "krampus.yaml").read_text()}, "Begin another")
    files = {name: text for name, text in traps(marks).items() if name.startswith("vendor/")}
    helper = f'helper = "!{marks.parent}/run-trap vendor-credential #"'
    asks = f'[credential]\n\t{helper}\n[remote "origin"]\n\turl = {remote}\n'
    lay(desk.root, {**files, "vendor/config": files["vendor/config"] + asks})
    root = desk.root / "vendor"
    with pytest.raises(DoorClosed):
        ReportBranch(root, "krampus/reports").fetch(lambda _path: True)
    with pytest.raises(DoorClosed, match=r"safe\.bareRepository"):
        FileHistory(root).set_on("exemptions")  # not "no commits", which would let an exemption begin now
    with pytest.raises(DoorClosed, match=r"safe\.bareRepository"):
        FileHistory(root).asked("idle")
    assert left(marks) == []


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE"])
def test_no_variable_puts_another_repository_in_place_of_the_folder_s(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    desk.write({"exemptions/bastion.yaml": EXEMPTION}, "Except")
    head = desk.git("rev-parse", "HEAD").strip()
    desk.git("init", "--quiet", "--bare", str(tmp_path / "other"))
    monkeypatch.setenv(name, str(tmp_path / "other"))
    assert ReportBranch(desk.root, "krampus/reports").head() == head
    assert list(FileHistory(desk.root).set_on("exemptions")) == ["exemptions/bastion.yaml"]


@pytest.mark.parametrize("lie", ["graft", "replacement"])
def test_no_lie_about_the_history_changes_who_wrote_a_file(desk: Desk, lie: str) -> None:
    desk.write({"tasks/idle.yaml": "{}"}, "Order")
    desk.write({"tasks/idle.yaml": "{ }"}, "Order it otherwise")
    history = FileHistory(desk.root)
    before = history.asked("idle"), history.set_on("tasks")
    head, first = (desk.git("rev-parse", name).strip() for name in ("HEAD", "HEAD~2"))
    if lie == "graft":
        (desk.root / ".git" / "info" / "grafts").write_text(f"{head} {first}\n")
    else:
        desk.git("replace", "--graft", head, first)
    assert len(desk.git("log", "--format=%H").split()) == 2  # git believes it
    assert (history.asked("idle"), history.set_on("tasks")) == before
    assert len(before[0].commits) == 2


# git's commands that reach a remote or compare the work tree, where a setting or an attribute may name a program.
GUARDED = {"fetch", "push", "ls-remote", "diff", "status"}
# Those that run more of what a repository configures than can be held back; Krampus has no need of them.
NEVER = {"add", "am", "apply", "archive", "bisect", "blame", "checkout", "cherry-pick", "clone", "commit", "difftool"}
NEVER |= {"filter-branch", "gc", "grep", "merge", "mergetool", "pull", "rebase", "reset", "restore", "revert", "stash"}
NEVER |= {"submodule", "switch", "tag", "worktree", "send-email", "maintenance", "interpret-trailers"}


def test_what_needs_care_is_asked_in_one_place() -> None:
    breaches = [
        f"{path.name}: {node.value}"
        for path in (ROOT / "reconciler" / "clients" / "git").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in (NEVER if path.name == "guarded.py" else NEVER | GUARDED)
    ]
    assert breaches == []
