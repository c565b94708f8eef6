"""What the report branch is after Krampus read and wrote it, alone and next to others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconciler.clients.git.report_branch import Moved, ReportBranch
from reconciler.errors import DoorClosed
from reconciler.model.branch_snapshot import BranchSnapshot
from tests.clients.remote import Remote, git, raw

BRANCH = "krampus/reports"


def everything(_path: str) -> bool:
    return True


def checkout(root: Path, branch: str = BRANCH, prefix: str = "", timeout: float = 60.0) -> ReportBranch:
    return ReportBranch(root, branch, prefix, pause=lambda _seconds: None, timeout=timeout)


class Build:
    """Writes the same files on every call, remembers the tips, and may let others do something first."""

    def __init__(
        self, files: Mapping[str, bytes], *meanwhile: Mapping[str, bytes], remote: Remote | None = None
    ) -> None:
        self.files = files
        self.meanwhile = list(meanwhile)
        self.remote = remote
        self.tips: list[BranchSnapshot] = []

    def __call__(self, tip: BranchSnapshot) -> Mapping[str, bytes]:
        self.tips.append(tip)
        if self.meanwhile and self.remote:
            self.remote.write(BRANCH, self.meanwhile.pop(0))
        return self.files


def push(door: ReportBranch, build: Build, base: BranchSnapshot | None = None) -> str:
    return door.push(build, "Report", everything, base)


def test_the_first_push_begins_a_branch_of_its_own(remote: Remote, clone: Path) -> None:
    build = Build({"README.md": b"# Report\n", "state/111122223333/task.jsonl": b"{}\n"})
    commit = push(checkout(clone), build)
    assert remote.tip(BRANCH) == commit
    assert remote.files(BRANCH) == build.files
    assert remote.count(BRANCH) == 1
    assert build.tips == [BranchSnapshot("", {})]


def test_a_commit_says_who_and_what(remote: Remote, clone: Path) -> None:
    push(checkout(clone), Build({"a": b"1"}))
    who = "krampus <krampus@users.noreply.github.com>"
    told = git(remote.path, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%s|%b", BRANCH).split("|")
    assert told[:3] == [who, who, "Report"]
    assert told[3].startswith("Push: ")


def test_fetch_reads_only_what_is_wanted(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"state/a.jsonl": b"a\n", "state/b.bin": b"\x00\r\n\xff", "README.md": b"text"})
    tip = checkout(clone).fetch(lambda path: path.startswith("state/"))
    assert tip == BranchSnapshot(remote.tip(BRANCH), {"state/a.jsonl": b"a\n", "state/b.bin": b"\x00\r\n\xff"})


def test_a_branch_whose_name_merely_ends_alike_is_another(remote: Remote, clone: Path) -> None:
    remote.write("x/refs/heads/" + BRANCH, {"a": b"1"})
    assert checkout(clone).fetch(everything) == BranchSnapshot("", {})


def test_nothing_new_makes_no_commit(remote: Remote, clone: Path) -> None:
    first = push(checkout(clone), Build({"a": b"1", "b": b"2"}))
    assert push(checkout(clone), Build({"a": b"1"})) == first
    assert push(checkout(clone), Build({})) == first
    assert remote.count(BRANCH) == 1


def test_nothing_new_is_not_pushed(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"a": b"1"})
    before, build = remote.tip(BRANCH), Build({"a": b"1"}, {"ann": b"a"}, remote=remote)
    assert push(checkout(clone), build) == before
    assert len(build.tips) == 1


def test_nothing_to_write_begins_no_branch(remote: Remote, clone: Path) -> None:
    assert push(checkout(clone), Build({})) == ""
    assert remote.tip(BRANCH) == ""


def test_what_is_not_written_stays(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"kept": b"by hand", "changed": b"old"})
    before = remote.tip(BRANCH)
    commit = push(checkout(clone), Build({"changed": b"new"}))
    assert remote.files(BRANCH) == {"kept": b"by hand", "changed": b"new"}
    assert git(remote.path, "rev-parse", f"{commit}^") == before


def test_a_prefix_keeps_the_rest_of_the_branch(remote: Remote, clone: Path) -> None:
    before = remote.files("main")
    door = checkout(clone, branch="main", prefix="reports/")
    push(door, Build({"README.md": b"# Report\n"}))
    assert remote.files("main") == {**before, "reports/README.md": b"# Report\n"}
    assert door.fetch(everything).files == {"README.md": b"# Report\n"}


def test_a_folder_that_begins_like_the_prefix_is_another(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"reports-old/a": b"1", "reports/b": b"2"})
    assert checkout(clone, prefix="reports").fetch(everything).files == {"b": b"2"}


def test_odd_names_of_files_come_through(remote: Remote, clone: Path) -> None:
    names = ['a "b"\tc', "new\nline", "-dash", "--force", "ünï", ":(top)x", "*", "a b/c", "\udcff"]
    files = {name: name.encode(errors="surrogateescape") for name in names}
    door = checkout(clone)
    push(door, Build(files))
    assert remote.files(BRANCH) == files
    assert door.fetch(everything).files == files


@pytest.mark.parametrize("shallow", [True, False])
def test_the_users_own_things_stay_as_they_are(remote: Remote, clone: Path, tmp_path: Path, shallow: bool) -> None:
    root = clone if shallow else tmp_path / "full"
    if not shallow:
        git(tmp_path, "clone", "--quiet", str(remote.path), "full")
    (root / "staged.txt").write_text("staged")
    git(root, "add", "staged.txt")
    (root / "krampus.yaml").write_text("edited, not staged")
    (root / "loose.txt").write_text("untracked")
    before = _belongings(root)
    for branch in (BRANCH, "main"):
        remote.write(branch, {"by-hand": branch.encode()})
        door = checkout(root, branch)
        push(door, Build({"report": b"1"}))
        assert door.fetch(everything).files["report"] == b"1"
    assert _belongings(root) == before


def _belongings(root: Path) -> dict[str, object]:
    files = {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file() and ".git" not in f.parts}
    own = {name: (root / ".git" / name).read_bytes() for name in ("HEAD", "index", "config")}
    more = {name: (root / ".git" / name).exists() for name in ("FETCH_HEAD", "ORIG_HEAD", "shallow")}
    branches = git(root, "for-each-ref", "refs/heads", "refs/tags")
    return {**files, **own, **more, "branches": branches, "log": git(root, "log", "--format=%H")}


def test_the_krampus_folder_may_be_below_the_top(remote: Remote, clone: Path) -> None:
    door = checkout(clone / "tasks")
    push(door, Build({"a": b"1"}))
    assert remote.files(BRANCH) == {"a": b"1"}
    assert door.head() == git(clone, "rev-parse", "HEAD")


@pytest.mark.usefixtures("_outside")
def test_head_of_what_is_no_repository(tmp_path: Path) -> None:
    assert checkout(tmp_path).head() == ""
    assert checkout(tmp_path / "nowhere").head() == ""
    git(tmp_path, "init", "--quiet")
    assert checkout(tmp_path).head() == ""


def test_what_others_push_meanwhile_is_kept(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"start": b"0"})
    build = Build({"report": b"1"}, {"ann": b"a"}, {"bob": b"b"}, remote=remote)
    pauses: list[float] = []
    commit = ReportBranch(clone, BRANCH, pause=pauses.append).push(build, "Report", everything)
    assert remote.tip(BRANCH) == commit
    assert remote.files(BRANCH) == {"start": b"0", "report": b"1", "ann": b"a", "bob": b"b"}
    assert [sorted(tip.files) for tip in build.tips] == [["start"], ["ann", "start"], ["ann", "bob", "start"]]
    assert [0.5 <= pauses[0] < 1.0, 1.0 <= pauses[1] < 1.5, len(pauses)] == [True, True, 2]


def test_a_branch_that_never_stands_still_is_given_up(remote: Remote, clone: Path) -> None:
    build = Build({"report": b"1"}, *({str(n): b""} for n in range(9)), remote=remote)
    with pytest.raises(DoorClosed, match="fetch first"):
        push(checkout(clone), build)
    assert len(build.tips) == 5
    assert "report" not in remote.files(BRANCH)


@pytest.mark.parametrize("begun", [True, False])
def test_with_a_base_a_branch_that_moved_before_is_left_alone(remote: Remote, clone: Path, begun: bool) -> None:
    if begun:
        remote.write(BRANCH, {"start": b"0"})
    door = checkout(clone)
    base = door.fetch(everything)
    remote.write(BRANCH, {"other": b"run"})
    before, build = remote.tip(BRANCH), Build({"report": b"1"})
    with pytest.raises(Moved, match=f"to {before[:12]}"):
        push(door, build, base)
    assert (remote.tip(BRANCH), build.tips) == (before, [])


@pytest.mark.parametrize("begun", [True, False])
def test_with_a_base_a_branch_that_moves_meanwhile_is_left_alone(remote: Remote, clone: Path, begun: bool) -> None:
    if begun:
        remote.write(BRANCH, {"start": b"0"})
    door = checkout(clone)
    build = Build({"report": b"1"}, {"other": b"run"}, remote=remote)
    with pytest.raises(Moved):
        push(door, build, door.fetch(everything))
    assert "other" in remote.files(BRANCH)
    assert "report" not in remote.files(BRANCH)
    assert len(build.tips) == 1


def test_with_a_base_a_branch_that_stays_is_written(remote: Remote, clone: Path) -> None:
    door = checkout(clone)
    first = push(door, Build({"a": b"1"}), door.fetch(everything))
    second = push(door, Build({"a": b"2"}), door.fetch(everything))
    assert git(remote.path, "rev-list", BRANCH).split() == [second, first]


def test_of_two_runs_that_write_the_same_at_the_same_second_one_wins(
    remote: Remote, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_DATE", "2026-11-02T05:23:00Z")
    connections = checkout(clone), checkout(remote.shallow_clone(tmp_path / "second"))
    bases = [door.fetch(everything) for door in connections]

    class First(Build):
        def __call__(self, tip: BranchSnapshot) -> Mapping[str, bytes]:
            push(connections[0], Build(self.files), bases[0])
            return super().__call__(tip)

    with pytest.raises(Moved):
        push(connections[1], First({"lock": b"same"}), bases[1])
    assert remote.count(BRANCH) == 1


def test_four_publishers_at_once_lose_nothing(remote: Remote, tmp_path: Path) -> None:
    remote.write(BRANCH, {"ledger": b""})
    roots = [remote.shallow_clone(tmp_path / f"publisher-{number}") for number in range(4)]

    def publish(root: Path) -> None:
        line = root.name.encode() + b"\n"
        ReportBranch(root, BRANCH).push(lambda tip: {"ledger": tip.files["ledger"] + line}, "Report", everything)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, roots))
    assert sorted(remote.files(BRANCH)["ledger"].decode().split()) == [root.name for root in roots]
    assert remote.count(BRANCH) == 5
    raw(remote.path, "fsck", "--strict")


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("script", ["kill -9 $PPID", "sleep 30"])
def test_a_push_that_landed_without_an_answer_is_a_success(
    remote: Remote, clone: Path, locked: bool, script: str
) -> None:
    remote.hook("post-receive", script)
    door = checkout(clone, timeout=2.0)
    commit = push(door, Build({"a": b"1"}), door.fetch(everything) if locked else None)
    assert remote.tip(BRANCH) == commit
    assert remote.count(BRANCH) == 1


def test_what_landed_without_an_answer_and_was_built_upon_is_not_written_twice(remote: Remote, clone: Path) -> None:
    above = f"$(git commit-tree -p {BRANCH} -m Above {BRANCH}^{{tree}})"
    who = "GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=b"
    remote.hook("post-receive", f"export {who}; git update-ref refs/heads/{BRANCH} {above}; kill -9 $PPID")
    build = Build({"a": b"1"})
    commit = push(checkout(clone), build)
    assert commit == remote.tip(BRANCH)
    assert git(remote.path, "log", "--format=%s", BRANCH).split() == ["Above", "Report"]
    assert [tip.files for tip in build.tips] == [{}, {"a": b"1"}]


def test_a_branch_that_is_locked_for_a_moment_is_tried_again(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"start": b"0"})
    lock = remote.path / "refs" / "heads" / f"{BRANCH}.lock"
    lock.touch()
    commit = ReportBranch(clone, BRANCH, pause=lambda _seconds: lock.unlink()).push(
        Build({"a": b"1"}), "Report", everything
    )
    assert remote.tip(BRANCH) == commit


@pytest.mark.usefixtures("_outside")
def test_git_is_imported_only_when_it_is_used() -> None:
    code = "import sys, reconciler.clients.git.report_branch; sys.exit('git' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
