"""What is said when git or the remote refuses, and that hostile settings and names reach nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.clients.git.report_branch import Moved
from reconciler.errors import DoorClosed
from tests.clients.remote import Remote, git, hook
from tests.clients.test_checkout import BRANCH, Build, checkout, everything, push


@pytest.mark.parametrize("locked", [True, False])
def test_a_hook_that_refuses_is_quoted_and_not_asked_again(remote: Remote, clone: Path, locked: bool) -> None:
    asked = remote.path / "asked"
    words = r"printf 'error: GH006: \033[31mProtected branch\033[0m update failed.\342\200\256\n\nfetch first\n' >&2"
    remote.hook("pre-receive", f"echo x >> {asked}; {words}; exit 1")
    door = checkout(clone)
    with pytest.raises(DoorClosed) as caught:
        push(door, Build({"a": b"1"}), door.fetch(everything) if locked else None)
    assert not isinstance(caught.value, Moved)
    assert str(caught.value).splitlines()[:-1] == [
        "branch 'krampus/reports' could not be pushed:",
        "[remote rejected] (pre-receive hook declined)",
        "error: GH006: Protected branch update failed.",
        "fetch first",
    ]
    assert "contents: write" in str(caught.value)
    assert asked.read_text() == "x\n"
    assert remote.tip(BRANCH) == ""


def test_a_branch_in_the_way_of_the_folder_is_told(remote: Remote, clone: Path) -> None:
    remote.write("krampus", {"a": b"1"})
    build = Build({"a": b"1"})
    with pytest.raises(DoorClosed, match="refs/heads/krampus"):
        push(checkout(clone), build)
    assert len(build.tips) <= 5


def test_a_push_that_is_never_answered_is_given_up(remote: Remote, clone: Path) -> None:
    remote.hook("pre-receive", "sleep 30")
    with pytest.raises(DoorClosed, match="git push did not answer within 2 seconds"):
        push(checkout(clone, timeout=2.0), Build({"a": b"1"}))
    assert remote.tip(BRANCH) == ""


@pytest.mark.usefixtures("_outside")
def test_no_remote(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "init", "--quiet", "--bare", "origin")  # git would take the folder for the remote
    for act in (lambda: checkout(tmp_path).fetch(everything), lambda: push(checkout(tmp_path), Build({"a": b"1"}))):
        with pytest.raises(DoorClosed, match=r"has no remote 'origin'.*git remote add origin URL"):
            act()
    assert git(tmp_path / "origin", "for-each-ref") == ""


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(DoorClosed, match="in no git repository"):
        checkout(tmp_path).fetch(everything)


def test_a_dead_remote(clone: Path, tmp_path: Path) -> None:
    git(clone, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    with pytest.raises(DoorClosed, match=r"(?s)gone\.git.*does not appear to be a git repository.*git ls-remote"):
        push(checkout(clone), Build({"a": b"1"}))


def test_credentials_in_an_address_are_never_told(clone: Path) -> None:
    git(clone, "remote", "set-url", "origin", "http://user:hunter2@127.0.0.1:9/r.git")
    with pytest.raises(DoorClosed) as caught:
        checkout(clone).fetch(everything)
    assert "http://127.0.0.1:9/r.git" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "user" not in str(caught.value)


def test_what_a_server_says_is_cleaned_of_secrets(remote: Remote, clone: Path) -> None:
    secrets = "at https://x-access-token:hunter2@github.com/o/r; AUTHORIZATION: basic hunter3"
    remote.hook("pre-receive", f"echo '{secrets}' >&2; echo 'with ghs_hunter4' >&2; exit 1")
    with pytest.raises(DoorClosed) as caught:
        push(checkout(clone), Build({"a": b"1"}))
    assert "at https://github.com/o/r" in str(caught.value)
    assert "hunter" not in str(caught.value)


def test_a_broken_configuration_is_told_as_it_is(clone: Path) -> None:
    with (clone / ".git" / "config").open("a") as config:
        config.write("[broken\n")
    with pytest.raises(DoorClosed, match="bad config line"):
        checkout(clone).fetch(everything)
    with pytest.raises(DoorClosed, match="bad config line"):
        checkout(clone).head()


@pytest.mark.parametrize("branch", ["--upload-pack=x", "-x", "@{-1}", "a..b", "HEAD", "", "a\nb", "a b", "x.lock"])
def test_what_is_no_name_for_a_branch(remote: Remote, clone: Path, branch: str) -> None:
    git(clone, "checkout", "--quiet", "main")
    git(clone, "checkout", "--quiet", "--detach")  # now @{-1} is main
    before = git(remote.path, "for-each-ref")
    for act in (lambda: checkout(clone, branch).fetch(everything), lambda: push(checkout(clone, branch), Build({}))):
        with pytest.raises(DoorClosed, match="is not a valid branch name"):
            act()
    assert git(remote.path, "for-each-ref") == before


@pytest.mark.parametrize(
    "path", ["../out", "a/../../out", "/etc/out", ".git/config", "a//b", "", "a\0" + "b", "kept/x"]
)
def test_a_path_that_git_drops_or_that_would_drop_another_is_refused(remote: Remote, clone: Path, path: str) -> None:
    remote.write(BRANCH, {"kept": b"a file", "folder/kept": b"another"})
    before = remote.tip(BRANCH)
    for files in ({path: b"1", "fine": b"2"}, {"folder": b"1"}):
        with pytest.raises(DoorClosed, match=r"cannot take|malformed"):
            push(checkout(clone), Build(files))
    assert remote.tip(BRANCH) == before


def test_a_link_in_place_of_a_file_is_refused(remote: Remote, clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(remote.path), "hands")
    writer = tmp_path / "hands"
    git(writer, "checkout", "--quiet", "--orphan", BRANCH)
    (writer / "ledger").symlink_to("/etc/passwd")
    git(writer, "add", "ledger")
    git(writer, "commit", "--quiet", "--message", "Link")
    git(writer, "push", "--quiet", "origin", BRANCH)
    with pytest.raises(DoorClosed, match=r"'ledger'.*is no regular file"):
        checkout(clone).fetch(everything)
    assert "tasks/new.yaml" in checkout(clone).fetch(lambda path: path != "ledger").files


def test_hostile_settings_run_nothing_and_change_nothing(remote: Remote, clone: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    for name in ("pre-push", "reference-transaction", "post-index-change", "fsmonitor", "gpg"):
        hook(hooks / name, f"echo {name} >> {ran}")
    hook(hooks / "filter", f"echo filter >> {ran}; tr a-z A-Z")
    settings = {
        "core.hooksPath": str(hooks),
        "core.fsmonitor": str(hooks / "fsmonitor"),
        "core.autocrlf": "true",
        "core.attributesFile": str(tmp_path / "attributes"),
        "core.splitIndex": "true",
        "filter.shout.clean": str(hooks / "filter"),
        "commit.gpgSign": "true",
        "push.gpgSign": "true",
        "gpg.program": str(hooks / "gpg"),
        "user.name": "Somebody",
        "push.followTags": "true",
        "remote.origin.tagOpt": "--tags",
        "i18n.commitEncoding": "latin-1",
    }
    (tmp_path / "attributes").write_text("* filter=shout text eol=crlf\n")
    git(clone, "tag", "--annotate", "--message", "mine", "mine")
    git(remote.path, "tag", "theirs", "main")
    for key, value in settings.items():
        git(clone, "config", key, value)
    remote.write(BRANCH, {"start": b"0"})
    build = Build({"a": b"lower\r\nand\n"})
    commit = push(checkout(clone), build)
    assert checkout(clone).head() == remote.tip("main")
    assert remote.files(BRANCH) == {"start": b"0", **build.files}
    assert not ran.exists()
    assert [git(where, "tag") for where in (clone, remote.path)] == ["mine", "theirs"]
    assert list((clone / ".git").glob("sharedindex.*")) == []
    assert b"encoding" not in git(remote.path, "cat-file", "commit", commit).encode()


def test_an_object_that_was_replaced_locally_reads_as_the_remote_has_it(remote: Remote, clone: Path) -> None:
    remote.write(BRANCH, {"ledger": b"true", "lie": b"false"})
    door = checkout(clone)
    tip = door.fetch(everything)
    git(clone, "replace", f"{tip.commit}:ledger", f"{tip.commit}:lie")
    assert door.fetch(everything) == tip


def test_an_ext_remote_runs_nothing(clone: Path, tmp_path: Path) -> None:
    git(clone, "config", "remote.origin.url", f"ext::touch {tmp_path}/ran")
    git(clone, "config", "protocol.ext.allow", "always")
    with pytest.raises(DoorClosed, match="transport 'ext' not allowed"):
        checkout(clone).fetch(everything)
    assert not (tmp_path / "ran").exists()


def test_no_git_at_all(clone: Path) -> None:
    code = (
        "import sys, pathlib, reconciler.clients.git.report_branch as c;"
        "c.ReportBranch(pathlib.Path(sys.argv[1]), 'b').head()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, clone], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert "DoorClosed: git cannot be started; install it" in ended.stderr
