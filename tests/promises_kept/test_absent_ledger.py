"""Absence is not emptiness: a ledger that has lost lines is not taken for one that never had them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from tests.aws import Here
from tests.depth import sample
from tests.desk import CONFIG, DAY, HOUR, Desk, instances, state, task
from tests.github import conftest as github_fixtures
from tests.github.fake import FakeGithub
from tests.security.pusher import forget

hub = github_fixtures.hub
BRANCH = "krampus/reports"


@pytest.fixture
def targets(desk: Desk, web: Here) -> list[str]:
    """Two instances of two tasks: the first is told of, stopped and settled, the second told of a day later."""
    first, second = instances(web, 2)
    desk.write({"tasks/idle.yaml": task("disable", first)})
    desk.reconcile(0 * HOUR)
    desk.reconcile(DAY)
    desk.write({"tasks/late.yaml": task("disable", second, grace="10d")})
    desk.reconcile(2 * DAY)
    assert sorted(event for event, _ in desk.events()) == ["applied", "intended", "noticed", "noticed", "settled"]
    return [first, second]


def deleted(desk: Desk) -> None:
    """Somebody deletes the branch."""
    desk.git("update-ref", "-d", f"refs/heads/{BRANCH}", at=desk.remote)


def deleted_and_pruned(desk: Desk) -> None:
    """And a fetch takes what git itself remembers of it."""
    deleted(desk)
    desk.git("fetch", "--quiet", "--prune", "origin")


def set_back(desk: Desk) -> None:
    """Somebody sets the branch back by two commits."""
    desk.git("update-ref", f"refs/heads/{BRANCH}", f"{BRANCH}~2", at=desk.remote)
    desk.git("fetch", "--quiet", "--prune", "origin")


def cut_off(desk: Desk) -> None:
    """Somebody cuts the last two lines off."""
    work = desk.root.parent / "work"
    desk.git("clone", "--quiet", "--branch", BRANCH, str(desk.remote), str(work))
    for _ in range(2):  # a month may have but one
        file = max((work / "ledger").iterdir())
        left = file.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]
        file.write_text("".join(left), encoding="utf-8") if left else file.unlink()
    desk.git("commit", "--quiet", "-am", "Tidy up", at=work)
    desk.git("push", "--quiet", at=work)


def months_removed(desk: Desk) -> None:
    """Somebody deletes the months' files."""
    work = desk.root.parent / "work"
    desk.git("clone", "--quiet", "--branch", BRANCH, str(desk.remote), str(work))
    desk.git("rm", "--quiet", "-r", "ledger", at=work)
    desk.git("commit", "--quiet", "-m", "Tidy up", at=work)
    desk.git("push", "--quiet", at=work)


LOSSES = {
    "deleted": ([deleted], "holds no ledger", "this clone has seen it at commit"),
    "deleted, pruned": ([deleted_and_pruned], "holds no ledger", "git push origin"),
    "deleted, fresh clone": ([deleted, forget], "holds no ledger", "of orders that it does not know"),
    "set back": ([set_back], "has 3 lines", "this clone has seen it at commit"),
    "cut off": ([cut_off, forget], "has 3 lines", "heartbeat.json remembers 5 lines"),
    "month removed": ([months_removed, forget], "holds no ledger", "heartbeat.json remembers 5"),
}


@pytest.mark.parametrize("loss", sample(LOSSES, "deleted, fresh clone", "cut off"))
def test_lines_that_are_lost_stop_every_command_until_a_person_begins_anew(
    desk: Desk, web: Here, targets: list[str], loss: str
) -> None:
    losses, there, known = LOSSES[loss]
    for lose in losses:
        lose(desk)
    tip, issues = desk.tip(), {file.name: file.read_text(encoding="utf-8") for file in desk.issues.glob("*.md")}
    plan = desk.root.parent / "plan.json"

    commands = [("ledger", "verify"), ("undo", "idle"), ("undo", "idle", "--dry-run"), ("plan", "--out", str(plan))]
    for command in (*commands, ("reconcile",)):
        said = desk.krampus(*command, after=20 * DAY)
        assert said.exit_code == 1, (command, said.output)
        assert there in said.stderr, (command, said.stderr)
        assert known in said.stderr, (command, said.stderr)
        assert "`krampus ledger adopt` begins anew" in said.stderr
    checks = desk.krampus("doctor", "--no-act", after=20 * DAY)
    assert checks.exit_code == 3
    assert "wrong: ledger: lines of the ledger are missing" in checks.output
    assert (desk.tip(), state(web, targets[0]), state(web, targets[1])) == (tip, "stopped", "running")
    operators = next(file for file in desk.issues.glob("*.md") if "Needs attention" in file.read_text(encoding="utf-8"))
    assert "## Lines of the ledger are missing" in operators.read_text(encoding="utf-8")
    rest = {file.name: file.read_text(encoding="utf-8") for file in desk.issues.glob("*.md") if file != operators}
    assert rest == {name: text for name, text in issues.items() if name != operators.name}

    begun = desk.krampus("ledger", "adopt", after=20 * DAY)
    assert begun.exit_code == 0, begun.output
    assert "begun anew, though there was more" in begun.stdout
    assert desk.git("log", "-1", "--format=%s", BRANCH, at=desk.remote).startswith("Begin anew: ")
    assert json.loads(desk.reported("adopted.json"))["missing"]
    assert desk.krampus("ledger", "verify", after=20 * DAY).exit_code == 0

    desk.reconcile(20 * DAY)
    assert state(web, targets[1]) == "running"  # what was lost does not count: its team is told anew
    assert ("noticed", targets[1]) in desk.events()
    assert "Lines of the ledger are missing" not in operators.read_text(encoding="utf-8")
    desk.reconcile(31 * DAY)
    assert state(web, targets[1]) == "stopped"
    assert desk.krampus("ledger", "adopt", after=31 * DAY).stdout.startswith("nothing to adopt")


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.usefixtures("targets")
def test_what_was_forgotten_on_purpose_stops_no_other_clone(desk: Desk) -> None:
    """Another clone has seen the lines that are lost, and none of those that came after the adoption."""
    seen = desk.tip()
    set_back(desk)
    assert desk.krampus("ledger", "adopt", after=3 * DAY).exit_code == 0
    desk.reconcile(3 * DAY)
    desk.git("update-ref", "refs/krampus/seen/krampus/reports", seen)

    assert desk.krampus("ledger", "verify", after=4 * DAY).exit_code == 0
    desk.reconcile(4 * DAY)


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.usefixtures("targets")
def test_whoever_has_no_plan_can_tell_the_operators(desk: Desk) -> None:
    """The job `publish`, where `plan` has failed."""
    cut_off(desk)
    tip, before = desk.tip(), sorted(desk.issues.glob("*.md"))

    assert desk.krampus("ledger", "verify", after=3 * DAY).exit_code == 1
    assert sorted(desk.issues.glob("*.md")) == before
    assert desk.krampus("ledger", "verify", "--tell", after=3 * DAY).exit_code == 1

    (operators,) = set(desk.issues.glob("*.md")) - set(before)
    assert "heartbeat.json remembers 5 lines" in operators.read_text(encoding="utf-8")
    assert desk.tip() == tip


@pytest.mark.proof("one more story beside those that `make test` tells")
def test_the_branch_is_put_back_as_the_words_say(desk: Desk, web: Here, targets: list[str]) -> None:
    deleted_and_pruned(desk)
    words = desk.krampus("reconcile", after=20 * DAY).stderr
    command = next(line for line in words.splitlines() if "git push origin" in line).partition("git push ")[2].split()

    desk.git("push", "--quiet", *command[:2])

    assert desk.krampus("ledger", "verify", after=20 * DAY).exit_code == 0
    desk.reconcile(20 * DAY)
    assert state(web, targets[1]) == "stopped"


@pytest.mark.proof("one more story beside those that `make test` tells")
@pytest.mark.usefixtures("targets")
def test_separate_jobs_do_not_begin_anew_either(desk: Desk) -> None:
    """The branch is deleted after the plan was made: neither record nor publish makes another."""
    plan = desk.root.parent / "plan.json"
    assert desk.krampus("plan", "--out", str(plan), after=20 * DAY).exit_code == 0
    deleted(desk)
    forget(desk)

    for command in ("record", "apply", "publish"):
        said = desk.krampus(command, str(plan))
        assert (said.exit_code, desk.tip()) == (1, ""), said.output
        assert "lines of the ledger are missing" in said.stderr


def test_issues_that_are_closed_remember_it_too(desk: Desk, web: Here) -> None:
    """All that was done is seen to stand: no issue is open, and a resource stands disabled."""
    (target,) = instances(web)
    desk.write({"tasks/idle.yaml": task("disable", target)})
    for days in (0, 1, 2):
        desk.reconcile(days * DAY)
    assert "state: closed" in desk.issue()
    deleted(desk)
    forget(desk)
    for command in (("ledger", "verify"), ("undo", "idle"), ("reconcile",)):
        said = desk.krampus(*command, after=3 * DAY)
        assert said.exit_code == 1, (command, said.output)
        assert "1 issue tells of orders that it does not know" in said.stderr


@pytest.mark.usefixtures("web")
def test_the_first_run_of_all_needs_no_ledger(desk: Desk, web: Here) -> None:
    assert desk.krampus("ledger", "verify", after=0 * HOUR).stdout.startswith("0 lines in 0 files")
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    desk.reconcile(0 * HOUR)
    desk.reconcile(DAY)


def test_nor_does_one_after_a_first_run_that_was_killed_when_it_had_told(desk: Desk, web: Here) -> None:
    """The lease stands on the branch: it was pushed before the issue was opened."""
    desk.write({"tasks/idle.yaml": task("disable", *instances(web))})
    hook = desk.remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\ntest ! -e refused || exit 1\ntouch refused\n", encoding="utf-8")
    hook.chmod(0o755)
    assert desk.krampus("reconcile", after=0 * HOUR).exit_code == 1  # all but the lease is refused
    assert len(list(desk.issues.glob("*.md"))) == 1
    hook.unlink()

    desk.reconcile(HOUR)


def test_issues_on_github_remember_a_branch_that_was_deleted(
    desk: Desk, web: Here, hub: FakeGithub, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = re.sub("issues: {tracker: files.*", "issues: {tracker: github}", CONFIG)
    cloud = replace(desk, pushes=True)
    cloud.write({"krampus.yaml": f"{config}report: {{signers: protected-branch}}\n"})
    cloud.write({"tasks/idle.yaml": task("disable", *instances(web))})
    cloud.reconcile(0 * HOUR)
    (told,) = hub.issues("acme/cloud")
    told.state = "closed"  # by its team, and there is no open one
    deleted(cloud)
    forget(cloud)
    hub.seen()

    said = cloud.reconcile(2 * DAY, expect=1)

    assert f"1 issue tells of orders that it does not know: {hub.url}/acme/cloud/issues/{told.number}" in said.stderr
    assert cloud.tip() == ""
    operators = hub.issues("acme/cloud")[-1]
    assert "## Lines of the ledger are missing" in operators.body
    assert "DELETE" not in {request.verb for request in hub.seen()}
    assert told.comments == []
    for command in (("ledger", "verify"), ("undo", "idle", "--dry-run")):
        assert cloud.krampus(*command, after=2 * DAY).exit_code == 1

    monkeypatch.delenv("GITHUB_TOKEN")
    for command in (("ledger", "verify"), ("undo", "idle", "--dry-run")):
        words = cloud.krampus(*command, after=2 * DAY)
        assert "could not be asked" in words.stderr, (command, words.output)
    assert "could not be asked" in cloud.krampus("doctor", "--no-act", after=2 * DAY).output
