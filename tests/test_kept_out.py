"""What git keeps out of a checkout, and what a commit holds that no checkout shows, is told as what is not read."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.demo.server import Gate
from tests.aws import WEB, Here
from tests.desk import DAY, HOUR, Desk, instances, state, task

INSTANCE = f"arn:aws:ec2:eu-west-1:{WEB}:instance/i-0123456789abcdef0"


def exemption(arn: str = INSTANCE) -> str:
    return f"reason: R\nowner: web\nexpires: 2027-01-31\nresources: ['{arn}']\n"


def validated(desk: Desk) -> tuple[int, str]:
    result = desk.krampus("validate", after=timedelta())
    return result.exit_code, result.output


def within(root: Path) -> Path:
    """A repository of its own in a folder, with an exemption."""
    root.mkdir()
    (root / "bastion.yaml").write_text(exemption())
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "-A"), (*who, "commit", "--quiet", "-m", "x")):
        subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)
    return root


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        (".gitignore", "*.yaml\n!idle.yaml\n!krampus.yaml\n"),
        (".gitignore", "exemptions/\n"),
        (".git/info/exclude", "bastion.yaml\n"),
    ],
)
def test_a_file_that_git_ignores_is_a_fault(desk: Desk, rules: str, rule: str) -> None:
    desk.write({"tasks/idle.yaml": task("disable", INSTANCE)})
    (desk.root / rules).write_text(rule)
    desk.write({"exemptions/bastion.yaml": exemption()})

    code, said = validated(desk)

    assert (code, "exemptions/bastion.yaml:1:1: git ignores this file" in said) == (2, True), said
    assert desk.reconcile(timedelta(), expect=2)
    desk.git("add", "--force", "exemptions/bastion.yaml")
    assert validated(desk)[0] == 0  # what is committed all the same counts


def test_a_submodule_is_a_fault_whether_it_is_there_or_not(desk: Desk) -> None:
    desk.write({"tasks/idle.yaml": task("disable", INSTANCE)})
    inner = within(desk.root / "exemptions")
    assert "exemptions/.git:1:1: a repository of git's own" in validated(desk)[1]  # nobody has committed it yet

    desk.write({})
    assert desk.git("ls-files", "--stage", "exemptions").startswith("160000")
    assert "exemptions:1:1: this is a submodule" in validated(desk)[1]
    subprocess.run(["rm", "-rf", str(inner)], check=True)
    inner.mkdir()  # as a checkout leaves it
    code, said = validated(desk)
    assert (code, "exemptions:1:1: this is a submodule" in said) == (2, True)

    desk.git("rm", "--quiet", "--cached", "exemptions")
    (desk.root / ".gitmodules").write_text('[submodule "x"]\n\tpath = exemptions/shared\n\turl = ../x\n')
    (inner / "shared").mkdir()
    code, said = validated(desk)
    assert (code, "exemptions/shared:1:1: this is a submodule" in said) == (2, True)


def test_what_a_sparse_checkout_leaves_out_is_missed(desk: Desk) -> None:
    desk.write({"tasks/idle.yaml": task("disable", INSTANCE), "exemptions/bastion.yaml": exemption()})
    desk.git("sparse-checkout", "set", "tasks")

    code, said = validated(desk)

    assert not (desk.root / "exemptions").exists()
    assert (code, "exemptions/bastion.yaml:1:1: a sparse checkout" in said) == (2, True)


# --- what is read from commits


@pytest.mark.promise(1)
@pytest.mark.parametrize("name", ["exemptions/bastion.YAML", "Exemptions/bastion.yaml", "exemptions/bastion"])
def test_what_is_merged_under_an_unread_name_while_a_run_goes_on_stops_it(
    desk: Desk, gate: Gate, web: Here, name: str
) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.write({name: exemption(target)})
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.git("reset", "--quiet", "--hard", "HEAD~1")
    gate.requests.clear()

    result = desk.reconcile(DAY, expect=2)

    assert f"{name.partition('/')[0] if name[0] == 'E' else name}:1:1" in result.stderr
    assert (gate.writes, state(web, target)) == ([], "running")


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("leads", "code"), [("deep/a.yaml", 0), ("../tasks/idle.yaml", 2), ("/etc/passwd", 2), ("link.yaml", 2)]
)
def test_a_link_that_is_merged_counts_as_where_it_is_checked_out(desk: Desk, web: Here, leads: str, code: int) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    desk.git("push", "--quiet", "origin", "HEAD:main")
    (desk.root / "exemptions/deep").mkdir(parents=True)
    (desk.root / "exemptions/link.yaml").symlink_to(leads)
    desk.write({"exemptions/deep/a.yaml": exemption(target)} if not code else {})
    desk.git("push", "--quiet", "origin", "HEAD:main")
    assert validated(desk)[0] == code
    desk.git("reset", "--quiet", "--hard", "HEAD~1")

    result = desk.reconcile(DAY, expect=code)

    assert ("exemptions/link.yaml:1:1: the symbolic link points out of its folder" in result.stderr) is bool(code)
    assert state(web, target) == "running"


@pytest.mark.promise(1)
def test_a_submodule_that_is_merged_stops_the_run(desk: Desk, web: Here) -> None:
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    desk.reconcile(0 * HOUR)
    within(desk.root / "exemptions")
    desk.write({})
    desk.git("push", "--quiet", "origin", "HEAD:main")
    desk.git("reset", "--quiet", "--hard", "HEAD~1")
    subprocess.run(["rm", "-rf", str(desk.root / "exemptions")], check=True)

    assert "exemptions:1:1: this is a submodule" in desk.reconcile(DAY, expect=2).stderr
    assert state(web, target) == "running"


def test_a_name_that_no_folder_can_hold_is_a_fault(desk: Desk) -> None:
    blob = desk.git("rev-parse", "HEAD:krampus.yaml").strip()
    listing = f"100644 blob {blob}\t{'x' * 300}.yaml\0"

    def tree(entries: str) -> str:
        command = ["git", "-C", str(desk.root), "mktree", "-z"]
        return subprocess.run(command, input=entries.encode(), check=True, capture_output=True).stdout.decode().strip()

    top = tree(f"040000 tree {tree(listing)}\texemptions\0" + f"100644 blob {blob}\tkrampus.yaml\0")
    commit = desk.git("commit-tree", top, "-m", "x").strip()

    result = desk.krampus("plan", "--base", commit, after=timedelta())

    assert (result.exit_code, "have 1 faults" in result.stderr) == (0, True), result.output
