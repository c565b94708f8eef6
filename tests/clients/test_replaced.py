"""What a push to the report branch removes: only what it is told to replace and does not write anew."""

from __future__ import annotations

from pathlib import Path

from reconciler.clients.git.report_branch import ReportBranch
from tests.clients.remote import Remote
from tests.clients.test_checkout import BRANCH, Build, checkout, everything, push


def pages(path: str) -> bool:
    return path.startswith("accounts/")


def replace_pages(door: ReportBranch, files: dict[str, bytes]) -> str:
    return door.push(Build(files), "Report", everything, replaced=pages)


def test_pages_that_are_not_written_any_more_go_and_all_else_stays(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"accounts/a.md": b"old", "accounts/b.md": b"gone", "ledger/x": b"1", "by-hand": b"2"})
    replace_pages(checkout(clone), {"accounts/a.md": b"new"})
    assert remote.files(BRANCH) == {"accounts/a.md": b"new", "ledger/x": b"1", "by-hand": b"2"}


def test_the_same_pages_make_no_commit(remote: Remote, clone: Path) -> None:
    first = replace_pages(checkout(clone), {"accounts/a.md": b"1"})
    assert replace_pages(checkout(clone), {"accounts/a.md": b"1"}) == first
    assert replace_pages(checkout(clone), {}) != first
    assert remote.files(BRANCH) == {}
    assert remote.count(BRANCH) == 2


def test_below_a_prefix_nothing_outside_of_it_goes(remote: Remote, clone: Path) -> None:
    before = remote.files("main")
    remote.write("main", {**before, "accounts/mine": b"1", "reports/accounts/a.md": b"2"})
    replace_pages(checkout(clone, branch="main", prefix="reports/"), {"README.md": b"3"})
    assert remote.files("main") == {**before, "accounts/mine": b"1", "reports/README.md": b"3"}


def test_a_push_that_is_told_of_nothing_removes_nothing(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"accounts/a.md": b"old"})
    push(checkout(clone), Build({"README.md": b"new"}))
    assert remote.files(BRANCH) == {"accounts/a.md": b"old", "README.md": b"new"}
